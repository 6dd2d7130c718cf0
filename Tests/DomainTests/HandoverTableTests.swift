import Domain
import Testing

/// Every kind of input that a hand-over can be told; redeeming and ticks before, at and after the limit.
enum HandoverInputKind: String, CaseIterable {
  case turnCame, redeemedInTime, redeemedAtTheEnd, redeemedLate, doorOpened, openedAndClosed, jammed, refused
  case expired, outcomeUnknown, cancelled, tickEarly, tickDue, tickLate

  static let redeemed: [Self] = [.redeemedInTime, .redeemedAtTheEnd, .redeemedLate]
  static let ticks: [Self] = [.tickEarly, .tickDue, .tickLate]
  static let commandOutcomes: [Self] = [.openedAndClosed, .jammed, .refused, .expired, .outcomeUnknown]

  var items: [ItemState] { Self.commandOutcomes.contains(self) ? ItemState.allCases : [.unknown] }

  func input(_ item: ItemState) -> Handover.Input {
    switch self {
    case .turnCame: .turnCame(lifetime: .seconds(17))
    case .redeemedInTime, .redeemedAtTheEnd, .redeemedLate: .redeemed
    case .doorOpened: .doorOpened
    case .openedAndClosed: .commandEnded(.openedAndClosed, item: item)
    case .jammed: .commandEnded(.jammed, item: item)
    case .refused: .commandEnded(.refused, item: item)
    case .expired: .commandEnded(.expired, item: item)
    case .outcomeUnknown: .commandEnded(.unknown, item: item)
    case .cancelled: .cancelled
    case .tickEarly, .tickDue, .tickLate: .tick
    }
  }

  /// When it comes, where the state waits until `limit`.
  func moment(limit: Instant) -> Instant {
    switch self {
    case .redeemedInTime, .tickEarly: limit - .milliseconds(1)
    case .redeemedAtTheEnd, .tickDue: limit
    case .redeemedLate, .tickLate: limit + .seconds(3600)
    case .turnCame, .doorOpened, .openedAndClosed, .jammed, .refused, .expired, .outcomeUnknown, .cancelled:
      limit - .seconds(1)
    }
  }
}

/// One line of the table: in these states this input has this answer.
struct HandoverRow: Sendable {
  enum Answer: Sendable {
    case goes(Handover.State, [Handover.Effect] = [])
    case ignored
    case refused(Handover.Refusal)
  }

  var states: [Handover.State]
  var kinds: [HandoverInputKind]
  var directions: [Handover.Direction]
  var items: [ItemState]
  var answer: Answer

  init(
    _ states: [Handover.State], _ kinds: [HandoverInputKind],
    for directions: [Handover.Direction] = Handover.Direction.allCases,
    item items: [ItemState] = ItemState.allCases,
    _ answer: Answer
  ) {
    self.states = states
    self.kinds = kinds
    self.directions = directions
    self.items = items
    self.answer = answer
  }

  func covers(_ handover: Handover, _ kind: HandoverInputKind, _ item: ItemState) -> Bool {
    states.contains(handover.state) && kinds.contains(kind) && directions.contains(handover.direction)
      && items.contains(item)
  }

  private static let over = Handover.State.allCases.filter(\.isOver)
  private static let afterRedeeming: [Handover.State] = [
    .opening, .open, .completed, .keyNotMoved, .jammed, .failed, .unknown,
  ]
  /// L2: nobody can say what followed, so a person has to look.
  private static let lost = Answer.goes(.unknown, [.quarantine(.outcomeUnknown), .keyUncertain, .end])

  static let all: [HandoverRow] = [
    // H4: served in turn; H2: the QR lives from being shown.
    HandoverRow([.queued], [.turnCame], .goes(.shown)),
    HandoverRow([.queued], HandoverInputKind.redeemed, .refused(.notShown)),
    HandoverRow([.queued, .shown], [.cancelled], .goes(.cancelled, [.end])),
    HandoverRow([.queued, .shown], [.tickEarly], .ignored),
    HandoverRow([.queued, .shown], [.tickDue, .tickLate], .goes(.expired, [.end])),
    HandoverRow([.queued, .shown], [.doorOpened] + HandoverInputKind.commandOutcomes, .ignored),
    HandoverRow([.shown], [.turnCame], .ignored),

    // H2: redeemed once, in time; H3: that compartment opens.
    HandoverRow([.shown], [.redeemedInTime], .goes(.opening, [.open])),
    HandoverRow([.shown], [.redeemedAtTheEnd, .redeemedLate], .refused(.expired)),
    HandoverRow(afterRedeeming, HandoverInputKind.redeemed, .refused(.alreadyRedeemed)),
    HandoverRow([.expired], HandoverInputKind.redeemed, .refused(.expired)),
    HandoverRow([.cancelled], HandoverInputKind.redeemed, .refused(.over)),

    HandoverRow([.opening], [.doorOpened], .goes(.open)),
    // H3: custody moves when the door has closed, unless the sensor sees that the key did not move.
    HandoverRow(
      [.opening, .open], [.openedAndClosed], for: [.takeOut], item: [.absent, .unknown],
      .goes(.completed, [.keyTaken, .end])),
    HandoverRow(
      [.opening, .open], [.openedAndClosed], for: [.takeOut], item: [.present], .goes(.keyNotMoved, [.end])),
    // H5.
    HandoverRow(
      [.opening, .open], [.openedAndClosed], for: [.putBack], item: [.present],
      .goes(.completed, [.keyPutBack(isVerifiedBySensor: true), .end])),
    HandoverRow(
      [.opening, .open], [.openedAndClosed], for: [.putBack], item: [.unknown],
      .goes(.completed, [.keyPutBack(isVerifiedBySensor: false), .end])),
    HandoverRow(
      [.opening, .open], [.openedAndClosed], for: [.putBack], item: [.absent], .goes(.keyNotMoved, [.end])),
    // H3: a jam leaves custody unchanged; never another box. Refused or expired: no coil was energised.
    HandoverRow([.opening], [.jammed], .goes(.jammed, [.quarantine(.jammed), .end])),
    HandoverRow([.opening], [.refused, .expired], .goes(.failed, [.end])),
    HandoverRow([.opening, .open], [.outcomeUnknown], lost),
    // A door that was seen open has neither jammed nor been refused: that is no knowledge.
    HandoverRow([.open], [.jammed, .refused, .expired], lost),
    HandoverRow([.open], [.doorOpened], .ignored),
    // The command ends by its own outcome, not by time.
    HandoverRow([.opening, .open], [.turnCame] + HandoverInputKind.ticks, .ignored),
    HandoverRow([.opening, .open] + over, [.cancelled], .refused(.over)),

    HandoverRow(
      over, [.turnCame, .doorOpened] + HandoverInputKind.commandOutcomes + HandoverInputKind.ticks, .ignored),
  ]
}

extension Handover {
  static let story = Instant(milliseconds: 1_800_000_000_000)

  /// A hand-over that was asked for at `story`, and a minute later shown for a minute, unless still queued.
  static func example(_ direction: Direction, _ state: State = .queued) -> Handover {
    var handover = Handover(
      location: .init(rawValue: 1), workOrder: .init(rawValue: 2), key: .init(rawValue: 3),
      locker: .init(rawValue: 4), compartment: .init(rawValue: 5), direction: direction, state: state,
      tablet: .init(rawValue: 6), staff: .init(rawValue: 7), requestedAt: story, revision: 40)
    guard state != .queued else { return handover }
    handover.shownAt = story + .seconds(60)
    handover.expiresAt = story + .seconds(120)
    if state.isOver { handover.endedAt = story + .seconds(130) }
    return handover
  }
}

@Suite struct HandoverTableTests {
  private static let examples = Handover.State.allCases.flatMap { state in
    Handover.Direction.allCases.map { Handover.example($0, state) }
  }

  private func forEachCase(_ body: (Handover, HandoverInputKind, ItemState) -> Void) {
    for handover in Self.examples {
      for kind in HandoverInputKind.allCases {
        for item in kind.items { body(handover, kind, item) }
      }
    }
  }

  @Test func `every state and every input has its row`() {
    var pairs: Set<[String]> = []
    for row in HandoverRow.all {
      for state in row.states {
        for kind in row.kinds { pairs.insert([state.rawValue, kind.rawValue]) }
      }
    }
    #expect(Handover.State.allCases.count == 11)
    #expect(pairs.count == Handover.State.allCases.count * HandoverInputKind.allCases.count)
  }

  @Test func `every case has exactly one row, and every row a case`() {
    var used = [Int](repeating: 0, count: HandoverRow.all.count)
    var undecided: [String] = []
    forEachCase { handover, kind, item in
      let matching = HandoverRow.all.indices.filter { HandoverRow.all[$0].covers(handover, kind, item) }
      if matching.count != 1 { undecided.append("\(matching.count) rows: \(handover.state) \(kind) \(item)") }
      for index in matching { used[index] += 1 }
    }
    #expect(undecided == [])
    #expect(used.indices.filter { used[$0] == 0 } == [])
  }

  @Test func `H1–H5 every hand-over answers every input as its row says`() {
    var wrong: [String] = []
    forEachCase { handover, kind, item in
      for row in HandoverRow.all where row.covers(handover, kind, item) {
        guard let difference = difference(from: row, handover, kind, item) else { continue }
        wrong.append("\(handover.state) \(handover.direction) \(kind) \(item): \(difference)")
      }
    }
    #expect(wrong == [])
  }

  /// What the hand-over does otherwise than the row says; `nil` when nothing.
  private func difference(
    from row: HandoverRow, _ before: Handover, _ kind: HandoverInputKind, _ item: ItemState
  ) -> String? {
    // H4: ten minutes for waiting its turn.
    let now = kind.moment(limit: before.expiresAt ?? before.requestedAt + .seconds(600))
    var after = before
    let result = Result { () throws(Handover.Refusal) in try after.apply(kind.input(item), at: now) }
    var expected = before
    let answer: Result<[Handover.Effect], Handover.Refusal>
    switch row.answer {
    case .goes(let next, let effects):
      answer = .success(effects)
      expected.state = next
      expected.revision += 1
      if next.isOver { expected.endedAt = now }
      if next == .shown {
        expected.shownAt = now
        expected.expiresAt = now + .seconds(17)
      }
    case .ignored: answer = .success([])
    case .refused(let refusal): answer = .failure(refusal)
    }
    guard result == answer else { return "\(result) instead of \(answer)" }
    return after == expected ? nil : "\(after) instead of \(expected)"
  }
}
