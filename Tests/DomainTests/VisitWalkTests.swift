import Domain
import Testing

/// SplitMix64: the same seed gives the same walks everywhere.
struct WalkGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func isLucky(_ perCent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < perCent }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &self)]
  }

  /// What time passes before the next input: none, some, exactly until `wakeUp`, long, or a clock set back.
  mutating func moment(after now: Instant, wakeUp: Instant?) -> Instant {
    switch Int.random(in: 0..<10, using: &self) {
    case 0: now
    case 1: wakeUp ?? now
    case 2: (wakeUp ?? now) - .milliseconds(1)
    case 3: now + .seconds(3600)
    case 4: now - .milliseconds(Int64.random(in: 1...90_000, using: &self))
    default: now + .milliseconds(Int64.random(in: 1...9_000, using: &self))
    }
  }
}

/// Random inputs in random order: what has to hold whatever happens.
@Suite struct VisitWalkTests {
  private static let walks = 20_000
  private static let longestWalk = 60
  private static let stepsAfterEnd = 4

  /// Another one each time. A failure names it; written here as a number, it walks the same way again.
  private static let seed = UInt64.random(in: .min ... .max)

  @Test func `S6 D8 P1 what holds for every visit holds on random walks`() {
    print("seed of the visits' walks: \(Self.seed)")
    var generator = WalkGenerator(seed: Self.seed)
    var reached: [Visit.State: Int] = [:]
    for number in 1...Self.walks {
      var walk = VisitWalk(&generator)
      var steps = 0
      while steps < Self.longestWalk && walk.stepsAfterEnd < Self.stepsAfterEnd && walk.broken.isEmpty {
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
    for state in Visit.State.allCases {
      #expect(reached[state, default: 0] >= Self.walks / 200, "\(state), seed \(Self.seed)")
    }
  }
}

/// One visit, what it has led to, and which properties it has broken.
private struct VisitWalk {
  private static let custody: [Visit.Effect] = [
    .keyDropped(isVerifiedBySensor: true), .keyDropped(isVerifiedBySensor: false), .keyReturned,
    .keyUncertain,
    .boxOpened,
  ]
  private static let doorInMotion: [Visit.State] = [.opening, .doorOpen, .returnOpening, .returnOpen]

  var visit: Visit
  private var now = Instant(milliseconds: 1_800_000_000_000)
  private var all: [Visit.Effect] = []
  /// The door was open for a key to be laid in, and has not closed since over an empty box.
  private var keyPerhapsInside = false
  private var followsOpenAnother = false
  private(set) var reached: Set<Visit.State>
  private(set) var broken: [String] = []
  private(set) var stepsAfterEnd = 0
  private var log: [(Instant, Visit.State, Visit.Input)] = []

  /// What happened, a line each, for people.
  var story: String {
    log.map { "\($0) \($1) \($2)" }.joined(separator: "\n") + "\n\(visit.state) \(all)"
  }

  init(_ generator: inout WalkGenerator) {
    visit = Visit(
      locker: .init(rawValue: 1), purpose: generator.pick(Visit.Purpose.allCases), startedAt: now,
      endAfter: .seconds(Int64.random(in: 5...600, using: &generator)), isPinVerified: generator.isLucky(50))
    reached = [visit.state]
  }

  mutating func step(_ generator: inout WalkGenerator) {
    let input = nextInput(&generator)
    now = generator.moment(after: now, wakeUp: visit.wakeUp)
    let before = visit
    log.append((now, before.state, input))
    do throws(Visit.Refusal) {
      let effects = try visit.apply(input, at: now)
      note(input, from: before)
      check(effects, of: input, from: before)
      all += effects
      followsOpenAnother = effects.contains(.openAnother)
    } catch {
      hold(visit == before, "a refusal changes nothing")
    }
    reached.insert(visit.state)
    if before.state.isOver { stepsAfterEnd += 1 }
    checkTime(since: before)
  }

  /// Mostly what fits the step, often what does not.
  private func nextInput(_ generator: inout WalkGenerator) -> Visit.Input {
    // D7: nothing comes between asking for another box and hearing that there is none.
    if followsOpenAnother && generator.isLucky(30) { return .noOtherCompartment }
    let item = generator.pick(ItemState.allCases)
    let kind =
      generator.isLucky(60) ? generator.pick(fitting) : generator.pick(VisitInputKind.allCases)
    return kind == .noOtherCompartment ? .touched : kind.input(item)
  }

  private var fitting: [VisitInputKind] {
    switch visit.state {
    case .authenticating: [.identifiedOne, .identifiedSeveral, .admitted]
    case .choosing: [.choseOffered]
    case .contact: [.savedContact]
    case .validating: [.validated]
    case .opening: [.doorOpened, .doorOpened, .openedAndClosed, .jammed, .aborted]
    case .doorOpen: [.openedAndClosed, .openedAndClosed, .aborted]
    case .doorClosed: [.confirmed, .reopened, .aborted]
    case .returnOpening: [.doorOpened, .doorOpened, .jammed]
    case .returnOpen: [.openedAndClosed, .tickDue]
    case .done, .aborted, .timedOut, .failed: [.tickDue]
    }
  }

  /// Follows door and sensor, as somebody who looks at them would.
  private mutating func note(_ input: Visit.Input, from before: Visit) {
    guard before.purpose == .dropOff, Self.doorInMotion.contains(before.state) else { return }
    if case .doorOpened = input { keyPerhapsInside = true }
    // Where the sensor sees the jammed box empty, nothing is left behind in it.
    if case .commandEnded(.jammed, .absent) = input { keyPerhapsInside = false }
    if case .commandEnded(.openedAndClosed, let item) = input {
      let isReturned = before.state == .returnOpening || before.state == .returnOpen
      keyPerhapsInside = item == .present || (item == .unknown && !isReturned)
    }
  }

  private mutating func check(_ effects: [Visit.Effect], of input: Visit.Input, from before: Visit) {
    let sofar = all + effects
    hold(visit.isPossible, "the table knows every state that is reached")
    if before.state.isOver {
      var faded = before
      faded.isFarewellShown = visit.isFarewellShown
      hold(visit == faded && effects.isEmpty, "after the end only the last screen goes")
      hold(before.isFarewellShown || !visit.isFarewellShown, "the last screen does not come back")
      return
    }
    if case .tick = input {
      hold(!effects.contains(.open) && !effects.contains(.openAnother), "D8: a time-out never opens a door")
      hold(visit.state == before.state || visit.state == .timedOut, "time only ends a visit")
    }
    hold(sofar.count { $0 == .end } == (visit.state.isOver ? 1 : 0), "one end, and only at the end")
    hold(effects.last == .end || !effects.contains(.end), "the end is the last effect")
    let custody = sofar.filter(Self.custody.contains)
    hold(custody.count <= 1, "S6: custody moves once at most")
    hold(custody.isEmpty || visit.state.isOver, "custody moves at the end")
    // H6: a box PIN that may have opened its box is used up as well.
    let isSpent = visit.state == .done || (visit.purpose == .openBox && sofar.contains(.keyUncertain))
    hold(sofar.count { $0 == .usePin } == (isSpent ? 1 : 0), "S1: the PIN is used up when done")
    hold(
      (visit.state == .done) == !custody.filter { $0 != .keyUncertain }.isEmpty,
      "done is when custody has moved")
    if visit.state == .done {
      hold(fitsPurpose(custody), "the purpose says how custody moves")
    }
    hold(
      !effects.contains(.open) || !Self.doorInMotion.contains(before.state), "S6: one door at a time")
    if effects.contains(.openAnother) {
      hold(before.state == .opening && before.purpose == .dropOff, "P1: never another box on pick-up")
      hold(effects.first == .quarantine(.jammed), "D7: another box opens for a jammed one only")
    }
    if visit.state.isOver && visit.state != .done && keyPerhapsInside && !sensesEmpty(input) {
      hold(effects.contains(.keyUncertain), "D8: no key is left inside without a word")
    }
    if effects.contains(.keyUncertain) {
      hold(effects.contains { if case .quarantine = $0 { true } else { false } }, "D8: the box stays locked")
    }
  }

  private func fitsPurpose(_ custody: [Visit.Effect]) -> Bool {
    switch visit.purpose {
    case .dropOff:
      custody == [.keyDropped(isVerifiedBySensor: true)]
        || custody == [.keyDropped(isVerifiedBySensor: false)]
    case .pickUp: custody == [.keyReturned]
    case .openBox: custody == [.boxOpened]
    }
  }

  private func sensesEmpty(_ input: Visit.Input) -> Bool {
    switch input {
    case .commandEnded(_, let item), .confirmed(let item), .aborted(let item), .tick(let item):
      item == .absent
    case .identified, .admitted, .chose, .savedContact, .validated, .doorOpened, .noOtherCompartment,
      .reopened,
      .touched:
      false
    }
  }

  private mutating func checkTime(since before: Visit) {
    hold(visit.lastTouch >= before.lastTouch, "the idle time never starts in the past")
    hold((visit.endedAt != nil) == visit.state.isOver, "ended at the end")
    hold(before.endedAt == nil || visit.endedAt == before.endedAt, "it ends once")
    guard let wakeUp = visit.wakeUp else { return }
    hold(wakeUp > (visit.endedAt ?? visit.lastTouch), "the next wake-up is to come")
    var woken = visit
    do throws(Visit.Refusal) {
      _ = try woken.apply(.tick(item: .unknown), at: wakeUp)
      hold(
        visit.state.isOver ? !woken.isFarewellShown : woken.state == .timedOut,
        "a tick at the wake-up progresses")
      hold(woken.wakeUp != wakeUp, "no wake-up twice")
    } catch {
      hold(false, "time is never refused")
    }
  }

  private mutating func hold(_ condition: Bool, _ property: String) {
    if !condition { broken.append(property) }
  }
}
