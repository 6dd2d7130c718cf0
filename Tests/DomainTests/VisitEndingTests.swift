import Domain
import Testing

/// D8: how a drop-off ends other than by Confirm.
@Suite struct VisitEndingTests {
  private let leftBehind: [Visit.Effect] = [.quarantine(.keyMayBeInside), .keyUncertain, .end]

  /// What leads to each state in which a drop-off waits for the customer.
  private static let waits: [(state: Visit.State, inputs: [Visit.Input])] = [
    (.authenticating, []),
    (.choosing, [.identified(appointments: [.init(rawValue: 7), .init(rawValue: 8)])]),
    (.contact, [.identified(appointments: [.init(rawValue: 7)])]),
    (.validating, [.identified(appointments: [.init(rawValue: 7)]), .savedContact]),
    (.doorOpen, VisitStory.untilDoorOpen),
    (.doorClosed, VisitStory.untilClosed(.present)),
    (.returnOpen, VisitStory.untilDoorOpen + [.aborted(item: .present)]),
  ]

  @Test(arguments: waits.map(\.state))
  func `D8 the warning comes at 40 seconds and the visit ends at 60, and no door opens`(state: Visit.State)
    throws
  {
    let inputs = try #require(Self.waits.first { $0.state == state }).inputs
    var story = try VisitStory.after(.dropOff, inputs)
    try #require(story.visit.state == state)
    #expect(story.visit.warnAt == story.now + .seconds(40))
    #expect(story.visit.wakeUp == story.now + .seconds(60))
    #expect(try story.tell(.tick(item: .present), after: .milliseconds(59_999)) == [])
    #expect(story.visit.state == state)
    let effects = try story.tell(.tick(item: .present), after: .milliseconds(1))
    #expect(effects == (story.visit.keyMayBeInside ? leftBehind : [.end]))
    #expect(story.visit.state == .timedOut)
    #expect(story.visit.warnAt == nil)
  }

  @Test func `D8 the limits are those of the location`() throws {
    var story = VisitStory(.dropOff, limits: Location.Limits(warning: .seconds(5), end: .seconds(600)))
    #expect(story.visit.warnAt == story.now + .seconds(5))
    #expect(try story.tell(.tick(item: .unknown), after: .seconds(599)) == [])
    #expect(try story.tell(.tick(item: .unknown)) == [.end])
  }

  @Test(arguments: waits.map(\.state))
  func `D8 a touch extends`(state: Visit.State) throws {
    let inputs = try #require(Self.waits.first { $0.state == state }).inputs
    var story = try VisitStory.after(.dropOff, inputs)
    for _ in 1...10 {
      #expect(try story.tell(.touched, after: .seconds(59)) == [])
      #expect(story.visit.state == state)
      #expect(story.visit.wakeUp == story.now + .seconds(60))
    }
  }

  @Test func `D8 a clock that is set back takes no time away`() throws {
    var story = VisitStory(.dropOff)
    let before = story.visit
    _ = try story.tell(.touched, after: .seconds(-3600))
    #expect(story.visit == before)
  }

  @Test(arguments: [Visit.State.opening, .returnOpening])
  func `D8 while a door is about to open its command ends the waiting, not time`(state: Visit.State) throws {
    var story = try VisitStory.after(
      .dropOff, VisitStory.untilOpening + (state == .opening ? [] : [.aborted(item: .unknown)]))
    try #require(story.visit.state == state)
    #expect(story.visit.wakeUp == nil)
    #expect(story.visit.warnAt == nil)
    #expect(try story.tell(.tick(item: .unknown), after: .seconds(86_400)) == [])
    #expect(story.visit.state == state)
  }

  @Test(arguments: [ItemState.present, .unknown])
  func `D8 a key perhaps inside at the time-out stays locked in, uncertain`(item: ItemState) throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(item))
    #expect(try story.tell(.tick(item: item), after: .seconds(60)) == leftBehind)
    #expect(story.visit.notice == .keyMayBeInside)
  }

  @Test func `D8 an empty box at the time-out is free again`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.absent))
    #expect(try story.tell(.tick(item: .absent), after: .seconds(60)) == [.end])
    #expect(story.visit.state == .timedOut)
    #expect(story.visit.notice == nil)
  }

  @Test(arguments: [Visit.State.authenticating, .choosing, .contact, .validating])
  func `D8 aborting before a box opens ends the visit at once`(state: Visit.State) throws {
    let inputs = try #require(Self.waits.first { $0.state == state }).inputs
    var story = try VisitStory.after(.dropOff, inputs)
    #expect(try story.tell(.aborted(item: .unknown)) == [.end])
    #expect(story.visit.state == .aborted)
  }

  @Test(arguments: [ItemState.present, .unknown])
  func `D8 aborting with the key inside gives it back first`(item: ItemState) throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(item))
    #expect(try story.tell(.aborted(item: item)) == [.open])
    #expect(story.visit.state == .returnOpening)
    #expect(try story.tell(.doorOpened) == [])
    #expect(story.visit.state == .returnOpen)
    let closed: ItemState = item == .present ? .absent : .unknown
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: closed)) == [.end])
    #expect(story.visit.state == .aborted)
    #expect(story.visit.notice == nil)
  }

  @Test func `D8 aborting with an empty box opens nothing`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.absent))
    #expect(try story.tell(.aborted(item: .absent)) == [.end])
    #expect(story.visit.state == .aborted)
  }

  @Test func `D8 aborting at the open door ends when it has closed`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilDoorOpen)
    #expect(try story.tell(.aborted(item: .present)) == [])
    #expect(story.visit.state == .returnOpen)
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.confirmed(item: .present)) }
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.reopened) }
    #expect(try story.tell(.aborted(item: .present)) == [])
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: .absent)) == [.end])
    #expect(story.visit.state == .aborted)
  }

  @Test func `D8 aborting while the door is about to open waits for it`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilOpening)
    #expect(try story.tell(.aborted(item: .unknown)) == [])
    #expect(story.visit.state == .returnOpening)
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.confirmed(item: .unknown)) }
    #expect(try story.tell([.doorOpened, .commandEnded(.openedAndClosed, item: .unknown)]) == [.end])
    #expect(story.visit.state == .aborted)
  }

  @Test func `D8 aborting before a door that then jams opens no other`() throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilOpening + [.aborted(item: .unknown)])
    #expect(try story.tell(.commandEnded(.jammed, item: .unknown)) == [.quarantine(.jammed), .end])
    #expect(story.visit.state == .aborted)
  }

  @Test func `D8 a key that was offered back and left inside is uncertain`() throws {
    var story = try VisitStory.after(
      .dropOff, VisitStory.untilClosed(.present) + [.aborted(item: .present), .doorOpened])
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: .present)) == leftBehind)
    #expect(story.visit.state == .aborted)
    #expect(story.visit.notice == .keyLeftInside)
  }

  @Test(arguments: [
    (CommandOutcome.jammed, Quarantine.jammed, Visit.Notice.doorJammed),
    (.refused, .keyMayBeInside, .lockerNotAnswering), (.expired, .keyMayBeInside, .lockerNotAnswering),
    (.unknown, .outcomeUnknown, .outcomeUnknown),
  ])
  func `D8 a key that cannot be given back is uncertain`(
    outcome: CommandOutcome, quarantine: Quarantine, notice: Visit.Notice
  ) throws {
    var story = try VisitStory.after(.dropOff, VisitStory.untilClosed(.unknown) + [.aborted(item: .unknown)])
    #expect(
      try story.tell(.commandEnded(outcome, item: .unknown)) == [
        .quarantine(quarantine), .keyUncertain, .end,
      ])
    #expect(story.visit.state == .failed)
    #expect(story.visit.notice == notice)
  }

  @Test func `D8 the last screen stays ten seconds, and nothing can be touched any more`() throws {
    var story = try VisitStory.after(.dropOff, [.aborted(item: .unknown)])
    #expect(story.visit.isFarewellShown)
    #expect(story.visit.wakeUp == story.now + .seconds(10))
    let ended = story.visit
    for input: Visit.Input in [
      .identified(appointments: [VisitStory.appointment]), .admitted, .chose(VisitStory.appointment),
      .savedContact, .validated, .confirmed(item: .present), .reopened, .aborted(item: .present), .touched,
    ] {
      #expect(throws: Visit.Refusal.visitOver) { try story.tell(input, after: .zero) }
    }
    #expect(try story.tell(.tick(item: .unknown), after: .milliseconds(9_999)) == [])
    #expect(story.visit == ended)
    #expect(try story.tell(.tick(item: .unknown), after: .milliseconds(1)) == [])
    #expect(!story.visit.isFarewellShown)
    #expect(story.visit.wakeUp == nil)
    #expect(try story.tell(.tick(item: .unknown), after: .seconds(3600)) == [])
  }
}
