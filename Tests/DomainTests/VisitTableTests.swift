import Domain
import Testing

/// Every kind of input that a visit can be told, split where the product tells cases apart.
enum VisitInputKind: String, CaseIterable {
  case identifiedNone, identifiedOne, identifiedSeveral, admitted, choseOffered, choseOther, savedContact
  case validated, doorOpened, openedAndClosed, jammed, refused, expired, outcomeUnknown
  case noOtherCompartment, confirmed, reopened, aborted, touched, tickEarly, tickDue, tickLate

  static let offered = [WorkOrder.ID(rawValue: 7), WorkOrder.ID(rawValue: 8)]
  static let commandOutcomes: [Self] = [.openedAndClosed, .jammed, .refused, .expired, .outcomeUnknown]

  /// What the item sensor may say along with it.
  var items: [ItemState] {
    switch self {
    case .openedAndClosed, .jammed, .refused, .expired, .outcomeUnknown, .confirmed, .aborted, .tickEarly,
      .tickDue, .tickLate:
      ItemState.allCases
    case .identifiedNone, .identifiedOne, .identifiedSeveral, .admitted, .choseOffered, .choseOther,
      .savedContact, .validated, .doorOpened, .noOtherCompartment, .reopened, .touched:
      [.unknown]
    }
  }

  func input(_ item: ItemState) -> Visit.Input {
    switch self {
    case .identifiedNone: .identified(appointments: [])
    case .identifiedOne: .identified(appointments: [Self.offered[0]])
    case .identifiedSeveral: .identified(appointments: Self.offered)
    case .admitted: .admitted
    case .choseOffered: .chose(Self.offered[1])
    case .choseOther: .chose(WorkOrder.ID(rawValue: 9))
    case .savedContact: .savedContact
    case .validated: .validated
    case .doorOpened: .doorOpened
    case .openedAndClosed: .commandEnded(.openedAndClosed, item: item)
    case .jammed: .commandEnded(.jammed, item: item)
    case .refused: .commandEnded(.refused, item: item)
    case .expired: .commandEnded(.expired, item: item)
    case .outcomeUnknown: .commandEnded(.unknown, item: item)
    case .noOtherCompartment: .noOtherCompartment
    case .confirmed: .confirmed(item: item)
    case .reopened: .reopened
    case .aborted: .aborted(item: item)
    case .touched: .touched
    case .tickEarly, .tickDue, .tickLate: .tick(item: item)
    }
  }

  var isTick: Bool { self == .tickEarly || self == .tickDue || self == .tickLate }

  /// Something that a person in front of the screen, or the door, does: it starts the idle time anew (D8).
  var isMovement: Bool {
    switch self {
    case .doorOpened, .openedAndClosed, .identifiedNone, .identifiedOne, .identifiedSeveral, .admitted,
      .choseOffered, .choseOther, .savedContact, .validated, .confirmed, .reopened, .aborted, .touched:
      true
    case .jammed, .refused, .expired, .outcomeUnknown, .noOtherCompartment, .tickEarly, .tickDue, .tickLate:
      false
    }
  }
}

/// One line of the table: in these states this input has this answer.
struct VisitRow: Sendable {
  enum Answer: Sendable {
    case goes(Visit.State, [Visit.Effect] = [], Visit.Notice? = nil)
    /// Only the idle time starts anew.
    case stays
    case ignored
    case refused(Visit.Refusal)
    /// Only the last screen goes.
    case fades
  }

  var states: [Visit.State]
  var kinds: [VisitInputKind]
  var purposes: [Visit.Purpose]
  var items: [ItemState]
  var isPinVerified: Bool?
  var keyMayBeInside: Bool?
  var answer: Answer
  var change: @Sendable (inout Visit) -> Void

  /// - Parameters:
  ///   - pin, keyMayBeInside: `nil` where it does not matter.
  ///   - change: what else of the visit is different afterwards.
  init(
    _ states: [Visit.State], _ kinds: [VisitInputKind],
    for purposes: [Visit.Purpose] = Visit.Purpose.allCases,
    item items: [ItemState] = ItemState.allCases, pin isPinVerified: Bool? = nil,
    key keyMayBeInside: Bool? = nil,
    _ answer: Answer, change: @escaping @Sendable (inout Visit) -> Void = { _ in }
  ) {
    self.states = states
    self.kinds = kinds
    self.purposes = purposes
    self.items = items
    self.isPinVerified = isPinVerified
    self.keyMayBeInside = keyMayBeInside
    self.answer = answer
    self.change = change
  }

  func covers(_ visit: Visit, _ kind: VisitInputKind, _ item: ItemState) -> Bool {
    states.contains(visit.state) && kinds.contains(kind) && purposes.contains(visit.purpose)
      && items.contains(item) && isPinVerified.map { $0 == visit.isPinVerified } ?? true
      && keyMayBeInside.map { $0 == visit.keyMayBeInside } ?? true
  }
}

extension Visit {
  /// Whether a visit can be like this: who picks up has nothing to choose or validate, nothing is given back
  /// to them, and only who drops off can have laid a key in, once a door was open.
  var isPossible: Bool {
    switch state {
    case .authenticating: !keyMayBeInside
    case .choosing, .contact, .validating: purpose == .dropOff && !keyMayBeInside
    case .opening: purpose == .dropOff || !keyMayBeInside
    case .doorOpen: (purpose == .dropOff) == keyMayBeInside
    case .doorClosed: purpose != .openBox && (purpose == .dropOff) == keyMayBeInside
    case .returnOpening: purpose == .dropOff
    case .returnOpen: purpose == .dropOff && keyMayBeInside
    case .done, .aborted, .timedOut, .failed: purpose == .dropOff || !keyMayBeInside
    }
  }
}

@Suite struct VisitTableTests {
  private static let noon = Instant(milliseconds: 1_800_000_000_000)
  private static let limit: Duration = .seconds(23)
  private let rows = VisitRow.beforeTheDoor + VisitRow.withTheDoor + VisitRow.returning + VisitRow.over

  /// One visit for each state, purpose and circumstance that can be.
  private static let visits: [Visit] = Visit.State.allCases.flatMap { state in
    Visit.Purpose.allCases.flatMap { purpose in
      [(false, false), (false, true), (true, false), (true, true)].map { pin, key in
        Visit(
          id: .init(rawValue: 1), locker: .init(rawValue: 2), purpose: purpose, state: state,
          notice: .keyNotDetected, startedAt: noon - .seconds(100), warningAfter: .seconds(11),
          endAfter: limit,
          lastTouch: noon, endedAt: state.isOver ? noon + .seconds(3) : nil, isFarewellShown: state.isOver,
          isPinVerified: pin, pin: .init(rawValue: 3),
          choices: state == .choosing ? VisitInputKind.offered : [],
          workOrder: state == .authenticating || state == .choosing ? nil : .init(rawValue: 6),
          key: .init(rawValue: 4), compartment: .init(rawValue: 5), keyMayBeInside: key)
      }
    }
  }.filter(\.isPossible)

  /// When the input comes: a tick around the moment that the state waits for, anything else soon.
  private static func moment(of kind: VisitInputKind, in visit: Visit) -> Instant {
    let due = visit.endedAt.map { $0 + .seconds(10) } ?? noon + limit
    if kind.isTick {
      return due + (kind == .tickEarly ? .milliseconds(-1) : kind == .tickDue ? .zero : .seconds(3600))
    }
    return noon + .seconds(5)
  }

  @Test func `every state and every input has its row`() {
    var pairs: Set<[String]> = []
    for row in rows {
      for state in row.states {
        for kind in row.kinds { pairs.insert([state.rawValue, kind.rawValue]) }
      }
    }
    #expect(Visit.State.allCases.count == 13)
    #expect(pairs.count == Visit.State.allCases.count * VisitInputKind.allCases.count)
    #expect(Set(Self.visits.map(\.state)) == Set(Visit.State.allCases))
  }

  @Test func `every case has exactly one row, and every row a case`() {
    var used = [Int](repeating: 0, count: rows.count)
    var undecided: [String] = []
    for visit in Self.visits {
      for kind in VisitInputKind.allCases {
        for item in kind.items {
          let matching = rows.indices.filter { rows[$0].covers(visit, kind, item) }
          if matching.count != 1 { undecided.append("\(matching.count) rows: \(name(visit, kind, item))") }
          for index in matching { used[index] += 1 }
        }
      }
    }
    #expect(undecided == [])
    #expect(rows.indices.filter { used[$0] == 0 }.map { "\(rows[$0].states) \(rows[$0].kinds)" } == [])
  }

  @Test(arguments: Visit.State.allCases)
  func `D1–D9 P1 H6 every visit answers every input as its row says`(state: Visit.State) {
    var wrong: [String] = []
    for visit in Self.visits where visit.state == state {
      for kind in VisitInputKind.allCases {
        for item in kind.items {
          for row in rows where row.covers(visit, kind, item) {
            if let difference = difference(from: row, visit, kind, item) {
              wrong.append("\(name(visit, kind, item)): \(difference)")
            }
          }
        }
      }
    }
    #expect(wrong == [])
  }

  private func name(_ visit: Visit, _ kind: VisitInputKind, _ item: ItemState) -> String {
    """
    \(visit.state) \(visit.purpose) pin \(visit.isPinVerified) key inside \(visit.keyMayBeInside), \
    \(kind), item \(item)
    """
  }

  /// What the visit does otherwise than the row says; `nil` when nothing.
  private func difference(
    from row: VisitRow, _ before: Visit, _ kind: VisitInputKind, _ item: ItemState
  ) -> String? {
    let now = Self.moment(of: kind, in: before)
    var after = before
    let result = Result { () throws(Visit.Refusal) in try after.apply(kind.input(item), at: now) }
    var expected = before
    let answer: Result<[Visit.Effect], Visit.Refusal>
    switch row.answer {
    case .goes(let next, let effects, let notice):
      answer = .success(effects)
      expected.state = next
      expected.notice = notice
      if next.isOver {
        expected.endedAt = now
        expected.isFarewellShown = true
      }
      // Whether the end of a command that opened nothing counts as a movement makes no difference.
      if kind.isMovement || (!kind.isTick && after.lastTouch == now) { expected.lastTouch = now }
    case .stays:
      answer = .success([])
      expected.lastTouch = now
    case .fades:
      answer = .success([])
      expected.isFarewellShown = false
    case .ignored: answer = .success([])
    case .refused(let refusal): answer = .failure(refusal)
    }
    row.change(&expected)
    guard result == answer else { return "\(result) instead of \(answer)" }
    return after == expected ? nil : "found against expected: \(changes(after, expected))"
  }
}

/// The fields in which two visits differ.
func changes(_ left: Visit, _ right: Visit) -> String {
  zip(Mirror(reflecting: left).children, Mirror(reflecting: right).children).compactMap { left, right in
    let (before, after) = ("\(left.value)", "\(right.value)")
    return before == after ? nil : "\(left.label ?? "?"): \(before) against \(after)"
  }.joined(separator: ", ")
}
