import Domain
import Testing

/// A visit and the clock on the wall.
struct VisitStory {
  var visit: Visit
  var now = Instant(milliseconds: 1_800_000_000_000)

  init(_ purpose: Visit.Purpose, isPinVerified: Bool = true, limits: Location.Limits = Location.Limits()) {
    visit = Visit(
      locker: .init(rawValue: 2), purpose: purpose, startedAt: now, warningAfter: limits.warning,
      endAfter: limits.end, isPinVerified: isPinVerified, pin: .init(rawValue: 3), key: .init(rawValue: 4),
      compartment: .init(rawValue: 5))
  }

  /// A second later, or at another time, this happens.
  mutating func tell(_ input: Visit.Input, after time: Duration = .seconds(1)) throws -> [Visit.Effect] {
    now = now + time
    return try visit.apply(input, at: now)
  }

  /// Several things happen, a second apart. Returns what the last of them led to.
  mutating func tell(_ inputs: [Visit.Input]) throws -> [Visit.Effect] {
    var effects: [Visit.Effect] = []
    for input in inputs { effects = try tell(input) }
    return effects
  }

  /// The visit as it is once the inputs have been told.
  static func after(_ purpose: Visit.Purpose, _ inputs: [Visit.Input]) throws -> VisitStory {
    var story = VisitStory(purpose)
    _ = try story.tell(inputs)
    return story
  }

  static let appointment = WorkOrder.ID(rawValue: 7)
  /// Up to the command to open.
  static let untilOpening: [Visit.Input] = [
    .identified(appointments: [appointment]), .savedContact, .validated,
  ]
  static let untilDoorOpen = untilOpening + [.doorOpened]
  /// The door has closed, and this is what the item sensor says.
  static func untilClosed(_ item: ItemState) -> [Visit.Input] {
    untilDoorOpen + [.commandEnded(.openedAndClosed, item: item)]
  }
}

@Suite struct VisitDropOffTests {
  private let appointment = VisitStory.appointment

  @Test func `D7 a compartment opens, the key goes in, the door closes, and Confirm ends the visit`() throws {
    var story = VisitStory(.dropOff)
    #expect(try story.tell(.identified(appointments: [appointment])) == [])
    #expect(story.visit.state == .contact)
    #expect(try story.tell(.savedContact) == [])
    #expect(story.visit.state == .validating)
    #expect(try story.tell(.validated) == [.open])
    #expect(story.visit.state == .opening)
    #expect(try story.tell(.doorOpened) == [])
    #expect(story.visit.state == .doorOpen)
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: .present)) == [])
    #expect(story.visit.state == .doorClosed)
    #expect(
      try story.tell(.confirmed(item: .present)) == [.keyDropped(isVerifiedBySensor: true), .usePin, .end])
    #expect(story.visit.state == .done)
    #expect(story.visit.notice == nil)
    #expect(story.visit.endedAt == story.now)
    #expect(story.visit.workOrder == appointment)
  }

  @Test func `D10 without an item sensor the drop is not verified by sensor`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.unknown))
    #expect(
      try story.tell(.confirmed(item: .unknown)) == [.keyDropped(isVerifiedBySensor: false), .usePin, .end])
  }

  @Test func `D4 without a PIN the contact step is skipped`() throws {
    var story = VisitStory(.dropOff, isPinVerified: false)
    _ = try story.tell(.identified(appointments: [appointment]))
    #expect(story.visit.state == .validating)
    #expect(throws: Visit.Refusal.wrongStep) { try story.tell(.savedContact) }
  }

  @Test(arguments: [true, false])
  func `D11 of two appointments with one plate the customer picks one, and no other`(hasPin: Bool) throws {
    let offered = [WorkOrder.ID(rawValue: 8), appointment]
    var story = VisitStory(.dropOff, isPinVerified: hasPin)
    _ = try story.tell(.identified(appointments: offered))
    #expect(story.visit.state == .choosing)
    #expect(story.visit.choices == offered)
    #expect(story.visit.workOrder == nil)
    #expect(throws: Visit.Refusal.noMatch) { try story.tell(.chose(WorkOrder.ID(rawValue: 9))) }
    #expect(story.visit.state == .choosing)
    _ = try story.tell(.chose(appointment))
    #expect(story.visit.workOrder == appointment)
    #expect(story.visit.choices == [])
    #expect(story.visit.state == (hasPin ? .contact : .validating))
  }

  @Test func `D3 who matches no appointment of today stays before the first step`() throws {
    var story = VisitStory(.dropOff)
    #expect(throws: Visit.Refusal.noMatch) { try story.tell(.identified(appointments: [])) }
    #expect(story.visit.state == .authenticating)
  }

  @Test func `D6 nothing opens before the work is validated`() throws {
    var story = try VisitStory.after(.dropOff, [.identified(appointments: [appointment])])
    for input: Visit.Input in [.validated, .reopened, .admitted, .confirmed(item: .present)] {
      #expect(throws: Visit.Refusal.wrongStep) { try story.tell(input) }
    }
    #expect(story.visit.state == .contact)
  }

  @Test func `D7 Confirm and reopen wait for the door to be closed`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilOpening)
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.confirmed(item: .present)) }
    _ = try story.tell(.doorOpened)
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.confirmed(item: .present)) }
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.reopened) }
    #expect(story.visit.state == .doorOpen)
  }

  @Test func `D7 an empty box is not confirmed, it is opened again`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.absent))
    #expect(story.visit.notice == .keyNotDetected)
    #expect(throws: Visit.Refusal.keyNotDetected) { try story.tell(.confirmed(item: .absent)) }
    #expect(try story.tell(.reopened) == [.open])
    #expect(story.visit.notice == nil)
    _ = try story.tell([.doorOpened, .commandEnded(.openedAndClosed, item: .present)])
    #expect(story.visit.notice == nil)
    #expect(try story.tell(.confirmed(item: .present)).first == .keyDropped(isVerifiedBySensor: true))
  }

  @Test func `D7 a door that does not open is quarantined and another opens by itself`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilOpening)
    for _ in 1...3 {
      #expect(
        try story.tell(.commandEnded(.jammed, item: .unknown)) == [.quarantine(.jammed), .openAnother])
      #expect(story.visit.state == .opening)
      #expect(story.visit.notice == .doorJammed)
    }
    _ = try story.tell([.doorOpened, .commandEnded(.openedAndClosed, item: .present)])
    #expect(story.visit.notice == nil)
    _ = try story.tell(.confirmed(item: .present))
    #expect(story.visit.state == .done)
  }

  @Test func `D7 when no other box is left the visit fails and says so`() throws {
    var story = try VisitStory.after(
      .dropOff, VisitStory.untilOpening + [.commandEnded(.jammed, item: .unknown)])
    #expect(try story.tell(.noOtherCompartment) == [.end])
    #expect(story.visit.state == .failed)
    #expect(story.visit.notice == .noFreeCompartment)
  }

  @Test(arguments: [ItemState.present, .unknown])
  func `D7 no other box opens where the key may lie behind the jammed door`(item: ItemState) throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(item) + [.reopened])
    #expect(
      try story.tell(.commandEnded(.jammed, item: item)) == [.quarantine(.jammed), .keyUncertain, .end])
    #expect(story.visit.state == .failed)
    #expect(story.visit.notice == .doorJammed)
  }

  @Test func `D7 behind a door that jams on reopening an empty box is replaced by another`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.absent) + [.reopened])
    #expect(
      try story.tell(.commandEnded(.jammed, item: .absent)) == [.quarantine(.jammed), .openAnother])
    // The new box has not been open, so nothing can lie in it.
    #expect(try story.tell(.commandEnded(.refused, item: .unknown)) == [.end])
    #expect(story.visit.notice == .lockerNotAnswering)
  }

  @Test(arguments: [CommandOutcome.refused, .expired])
  func `L2 a locker that does not fire ends the visit with nothing moved`(outcome: CommandOutcome) throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilOpening)
    #expect(try story.tell(.commandEnded(outcome, item: .unknown)) == [.end])
    #expect(story.visit.state == .failed)
    #expect(story.visit.notice == .lockerNotAnswering)
  }

  @Test(arguments: [CommandOutcome.refused, .expired])
  func `D8 a locker that does not open again for a key inside leaves it uncertain`(outcome: CommandOutcome)
    throws
  {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.present) + [.reopened])
    #expect(
      try story.tell(.commandEnded(outcome, item: .present))
        == [.quarantine(.keyMayBeInside), .keyUncertain, .end])
    #expect(story.visit.state == .failed)
  }

  @Test(arguments: Visit.Purpose.allCases)
  func `L2 an outcome that nobody knows makes custody uncertain and repeats nothing`(purpose: Visit.Purpose)
    throws
  {
    for opened in [[], [Visit.Input.doorOpened]] {
      let start = purpose == .dropOff ? VisitStory.untilOpening : [.admitted]
      var story = try VisitStory.after(purpose, start + opened)
      #expect(
        try story.tell(.commandEnded(.unknown, item: .unknown))
          == [.quarantine(.outcomeUnknown), .keyUncertain] + (purpose == .openBox ? [.usePin, .end] : [.end]))
      #expect(story.visit.state == .failed)
      #expect(story.visit.notice == .outcomeUnknown)
    }
  }

  @Test func `L2 a late report changes nothing of a visit that is over`() throws {
    var story = try VisitStory.after(
      .dropOff, VisitStory.untilClosed(.present) + [.confirmed(item: .present)])
    let done = story.visit
    for outcome in CommandOutcome.allCases {
      #expect(try story.tell(.commandEnded(outcome, item: .absent)) == [])
    }
    #expect(try story.tell([.doorOpened, .noOtherCompartment]) == [])
    #expect(story.visit == done)
  }
}
