import Domain
import Testing

/// Random inputs in random order: what has to hold whatever happens.
@Suite struct HandoverWalkTests {
  private static let walks = 20_000
  private static let longestWalk = 25

  /// Another one each time. A failure names it; written here as a number, it walks the same way again.
  private static let seed = UInt64.random(in: .min ... .max)

  @Test func `S6 H2 H3 what holds for every hand-over holds on random walks`() {
    print("seed of the hand-overs' walks: \(Self.seed)")
    var generator = WalkGenerator(seed: Self.seed)
    var reached: [Handover.State: Int] = [:]
    for number in 1...Self.walks {
      var walk = HandoverWalk(&generator)
      var steps = 0
      while steps < Self.longestWalk && walk.broken.isEmpty {
        walk.step(&generator)
        steps += 1
      }
      if !walk.broken.isEmpty {
        Issue.record("seed \(Self.seed), walk \(number): \(walk.broken)\n\(walk.story)")
        return
      }
      for state in walk.reached { reached[state, default: 0] += 1 }
    }
    // Properties of what is never reached would say nothing.
    for state in Handover.State.allCases {
      #expect(reached[state, default: 0] >= Self.walks / 200, "\(state), seed \(Self.seed)")
    }
  }
}

/// One hand-over, what it has led to, and which properties it has broken.
private struct HandoverWalk {
  private static let custody: [Handover.Effect] = [
    .keyTaken, .keyPutBack(isVerifiedBySensor: true), .keyPutBack(isVerifiedBySensor: false), .keyUncertain,
  ]

  private var handover: Handover
  private var now = Handover.story
  private var all: [Handover.Effect] = []
  private(set) var reached: Set<Handover.State> = [.queued]
  private(set) var broken: [String] = []
  private var log: [(Instant, Handover.State, Handover.Input)] = []

  /// What happened, a line each, for people.
  var story: String {
    log.map { "\($0) \($1) \($2)" }.joined(separator: "\n") + "\n\(handover.state) \(all)"
  }

  init(_ generator: inout WalkGenerator) {
    handover = .example(generator.pick(Handover.Direction.allCases))
  }

  mutating func step(_ generator: inout WalkGenerator) {
    let kind = generator.pick(generator.isLucky(40) ? fitting : HandoverInputKind.allCases)
    let input = kind.input(generator.pick(ItemState.allCases))
    now = generator.moment(after: now, wakeUp: handover.wakeUp)
    let before = handover
    log.append((now, before.state, input))
    do throws(Handover.Refusal) {
      let effects = try handover.apply(input, at: now)
      check(effects, of: input, from: before)
      all += effects
    } catch {
      hold(handover == before, "a refusal changes nothing")
    }
    reached.insert(handover.state)
    checkTime(since: before)
  }

  private var fitting: [HandoverInputKind] {
    switch handover.state {
    case .queued: [.turnCame]
    case .shown: [.redeemedInTime]
    case .opening: [.doorOpened, .openedAndClosed, .jammed]
    case .open: [.openedAndClosed]
    case .completed, .keyNotMoved, .expired, .cancelled, .jammed, .failed, .unknown: [.tickDue]
    }
  }

  private mutating func check(_ effects: [Handover.Effect], of input: Handover.Input, from before: Handover) {
    let sofar = all + effects
    if before.state.isOver { hold(handover == before && effects.isEmpty, "after the end nothing changes") }
    hold(sofar.count { $0 == .open } == (handover.state.isRedeemed ? 1 : 0), "H2: redeemed once, opened once")
    if effects.contains(.open) {
      hold(input == .redeemed && effects == [.open], "H3: opens for redeeming, and nothing else happens then")
      hold(handover.expiresAt.map { now < $0 } ?? false, "H2: redeemed in time")
    }
    if case .tick = input { hold(handover == before || handover.state == .expired, "time only expires") }
    hold(sofar.count { $0 == .end } == (handover.state.isOver ? 1 : 0), "one end, and only at the end")
    hold(effects.last == .end || !effects.contains(.end), "the end is the last effect")
    let custody = sofar.filter(Self.custody.contains)
    hold(
      custody.count == (handover.state == .completed || handover.state == .unknown ? 1 : 0),
      "S6: custody once")
    hold(
      !custody.contains(.keyUncertain) || handover.state == .unknown, "uncertain where the outcome is unknown"
    )
    hold(!custody.contains(.keyTaken) || handover.direction == .takeOut, "taken where it is to be taken out")
    let isPutBack = custody.contains { if case .keyPutBack = $0 { true } else { false } }
    hold(!isPutBack || handover.direction == .putBack, "put back where it is to be put back")
    hold((handover.revision - before.revision) == (handover == before ? 0 : 1), "a revision for each change")
  }

  private mutating func checkTime(since before: Handover) {
    hold((handover.endedAt != nil) == handover.state.isOver, "ended at the end")
    hold(before.endedAt == nil || handover.endedAt == before.endedAt, "it ends once")
    hold(
      before.expiresAt == nil || handover.expiresAt == before.expiresAt, "H2: the QR's time is never extended"
    )
    guard let wakeUp = handover.wakeUp else { return }
    hold(wakeUp > (handover.shownAt ?? handover.requestedAt), "the next wake-up is to come")
    var woken = handover
    do throws(Handover.Refusal) {
      _ = try woken.apply(.tick, at: wakeUp)
      hold(woken.state == .expired, "a tick at the wake-up progresses")
    } catch {
      hold(false, "time is never refused")
    }
  }

  private mutating func hold(_ condition: Bool, _ property: String) {
    if !condition { broken.append(property) }
  }
}
