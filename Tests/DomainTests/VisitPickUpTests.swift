import Domain
import Testing

@Suite struct VisitPickUpTests {
  @Test(arguments: [ItemState.absent, .unknown])
  func `P1 the box opens for the pick-up PIN, and the key is returned when the door has closed`(
    item: ItemState
  )
    throws
  {
    var story = VisitStory(.pickUp)
    #expect(try story.tell(.admitted) == [.open])
    #expect(try story.tell(.doorOpened) == [])
    #expect(story.visit.state == .doorOpen)
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: item)) == [.keyReturned, .usePin, .end])
    #expect(story.visit.state == .done)
  }

  @Test(arguments: [Visit.Purpose.pickUp, .openBox])
  func `P1 H6 no number and no appointment opens a box, only its PIN`(purpose: Visit.Purpose) throws {
    var story = VisitStory(purpose)
    #expect(throws: Visit.Refusal.noMatch) {
      try story.tell(.identified(appointments: [VisitStory.appointment]))
    }
    #expect(throws: Visit.Refusal.wrongStep) { try story.tell(.validated) }
    #expect(throws: Visit.Refusal.wrongStep) { try story.tell(.reopened) }
    #expect(story.visit.state == .authenticating)
    var dropping = VisitStory(.dropOff)
    #expect(throws: Visit.Refusal.wrongStep) { try dropping.tell(.admitted) }
  }

  @Test func `P1 a key that the sensor still sees is not returned, and the box opens again`() throws {
    var story = try VisitStory.after(.pickUp, [.admitted, .doorOpened])
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: .present)) == [])
    #expect(story.visit.state == .doorClosed)
    #expect(story.visit.notice == .keyStillInside)
    #expect(throws: Visit.Refusal.wrongStep) { try story.tell(.confirmed(item: .present)) }
    #expect(try story.tell(.reopened) == [.open])
    #expect(
      try story.tell([.doorOpened, .commandEnded(.openedAndClosed, item: .absent)])
        == [.keyReturned, .usePin, .end])
  }

  @Test(arguments: [true, false])
  func `P1 S1 who leaves the key inside keeps the PIN, and the key stays in the box`(isAborted: Bool) throws {
    var story = try VisitStory.after(
      .pickUp, [.admitted, .doorOpened, .commandEnded(.openedAndClosed, item: .present)])
    let input: Visit.Input = isAborted ? .aborted(item: .present) : .tick(item: .present)
    #expect(try story.tell(input, after: .seconds(60)) == [.end])
    #expect(story.visit.state == (isAborted ? .aborted : .timedOut))
  }

  @Test(arguments: [Visit.Purpose.pickUp, .openBox])
  func `P1 H6 a jam leaves custody unchanged and opens no other box`(purpose: Visit.Purpose) throws {
    for item in ItemState.allCases {
      var story = try VisitStory.after(purpose, [.admitted])
      #expect(try story.tell(.commandEnded(.jammed, item: item)) == [.quarantine(.jammed), .end])
      #expect(story.visit.state == .failed)
      #expect(story.visit.notice == .doorJammed)
    }
  }

  @Test(arguments: [CommandOutcome.refused, .expired])
  func `P1 a locker that does not fire leaves box and custody as they are`(outcome: CommandOutcome) throws {
    var story = try VisitStory.after(.pickUp, [.admitted])
    #expect(try story.tell(.commandEnded(outcome, item: .present)) == [.end])
    #expect(story.visit.notice == .lockerNotAnswering)
  }

  @Test(arguments: [Visit.Purpose.pickUp, .openBox])
  func `D8 a door left open by who picks up makes custody uncertain and opens nothing`(purpose: Visit.Purpose)
    throws
  {
    var story = try VisitStory.after(purpose, [.admitted, .doorOpened])
    #expect(throws: Visit.Refusal.doorStillOpen) { try story.tell(.aborted(item: .unknown)) }
    #expect(try story.tell(.tick(item: .unknown), after: .seconds(58)) == [])
    #expect(
      try story.tell(.tick(item: .unknown), after: .seconds(1))
        == [.quarantine(.keyMayBeInside), .keyUncertain] + (purpose == .openBox ? [.usePin, .end] : [.end]))
    #expect(story.visit.state == .timedOut)
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: .absent)) == [])
    #expect(story.visit.state == .timedOut)
  }

  @Test(arguments: ItemState.allCases)
  func `H6 a box PIN opens one box, whatever is in it, and is used up when the door has closed`(
    item: ItemState
  )
    throws
  {
    var story = VisitStory(.openBox)
    #expect(try story.tell(.admitted) == [.open])
    _ = try story.tell(.doorOpened)
    #expect(try story.tell(.commandEnded(.openedAndClosed, item: item)) == [.boxOpened, .usePin, .end])
    #expect(story.visit.state == .done)
  }

  @Test func `P1 a report of the open door that was lost changes nothing of what follows`() throws {
    var pickUp = try VisitStory.after(.pickUp, [.admitted])
    #expect(
      try pickUp.tell(.commandEnded(.openedAndClosed, item: .absent)) == [.keyReturned, .usePin, .end])
    var openBox = try VisitStory.after(.openBox, [.admitted])
    #expect(try openBox.tell(.commandEnded(.openedAndClosed, item: .absent)) == [.boxOpened, .usePin, .end])
    var dropOff = try VisitStory.after(.dropOff, VisitStory.untilOpening)
    #expect(try dropOff.tell(.commandEnded(.openedAndClosed, item: .present)) == [])
    #expect(dropOff.visit.state == .doorClosed)
    // The key that went in unseen is given back all the same.
    #expect(try dropOff.tell(.aborted(item: .present)) == [.open])
  }
}
