import API
import RPC
import TestSupport
import Testing

/// Touches at the wrong moment, and touches that come twice.
@Suite struct KioskViewTouchTests {
  /// What a touch is refused with on a step; `nil` where it belongs.
  private static func refusal(of touch: KioskTouch, on stage: DropStage) -> Failure.Reason? {
    switch (stage, touch) {
    case (.done, _): "VISIT_OVER"
    case (_, .abort), (_, .extend): nil
    case (.authenticate, .pin), (.authenticate, .number): nil
    case (.choose, .choose), (.contact, .contact), (.validate, .validate): nil
    case (.doorClosed, .confirm), (.doorClosed, .reopen): nil
    case (.opening, .confirm): "DOOR_STILL_OPEN"
    case (.doorOpen, .confirm), (.doorOpen, .reopen): "DOOR_STILL_OPEN"
    case (.givingBack, .confirm), (.givingBack, .reopen): "DOOR_STILL_OPEN"
    case (.givingBackOpen, .confirm), (.givingBackOpen, .reopen): "DOOR_STILL_OPEN"
    case (_, .pin), (_, .number), (_, .choose), (_, .contact), (_, .validate), (_, .confirm), (_, .reopen):
      "WRONG_STEP"
    }
  }

  @Test(arguments: DropStage.allCases)
  func `D7 every touch that does not belong to the step is refused and changes nothing`(
    stage: DropStage
  ) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    if stage == .choose { _ = try await shop.book("4712", at: "2027-03-01T15:00") }
    let visit = try await shop.walk(workOrder, to: stage).lower.visitID
    let before = try await shop.view()
    let events = try await shop.log().count
    let touches: [KioskTouch] = [
      .pin("846201"), .number("AB-123-C"), .choose(workOrder), .contact("0201234567"),
      .validate(agreed: workOrder.interventions.map(\.interventionID), remark: "Late"), .confirm, .reopen,
      .abort,
      .extend,
    ]
    for touch in touches {
      guard let expected = Self.refusal(of: touch, on: stage) else { continue }
      #expect(try await shop.refusal { try await shop.touch(touch, visit) }?.reason == expected, "\(touch)")
    }
    #expect(try await shop.view() == before)
    #expect(try await shop.log().count == events)
    #expect(try await shop.current(workOrder).interventions.map(\.agreed) == [false])
  }

  @Test func `D7 a touch of another visit, or of none, is over`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let touches: [KioskTouch] = [
      .pin("846201"), .number("AB-123-C"), .choose(.init()), .contact(), .validate(), .confirm, .reopen,
      .abort,
      .extend,
    ]
    for touch in touches {
      #expect(try await shop.refusal { try await shop.touch(touch, 1) }?.reason == "VISIT_OVER", "\(touch)")
    }
    let visit = try await shop.start().lower.visitID
    let other = try await second.start().lower.visitID
    for touch in touches {
      for id in [other, visit + 100, 0, -1, .max] {
        #expect(
          try await shop.refusal { try await shop.touch(touch, id) }?.reason == "VISIT_OVER", "\(touch)")
      }
    }
    #expect(try await shop.wrongPins() == 0)
  }

  @Test func `D7 a touch that comes twice answers as the first time and changes nothing more`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    let visit = try await shop.start().lower.visitID
    /// Touches twice, and asks whether the second was without a trace.
    func twice(_ touch: KioskTouch, _ id: String) async throws {
      let first = try await shop.touch(touch, visit, requestID: id)
      let view = try await shop.view()
      let events = try await shop.log().count
      let commands = try await shop.commandCount()
      shop.world.clock.advance(.seconds(1))
      #expect(try await shop.touch(touch, visit, requestID: id) == first, "\(touch)")
      #expect(try await shop.view() == view, "\(touch)")
      #expect(try await shop.log().count == events, "\(touch)")
      #expect(try await shop.commandCount() == commands, "\(touch)")
    }
    try await twice(.extend, "1")
    try await twice(.pin(pin), "2")
    try await twice(.contact("0201234567"), "3")
    try await twice(.validate(remark: "It squeaks"), "4")
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await twice(.reopen, "5")
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await twice(.confirm, "6")
    #expect(try await shop.current(workOrder).remarks == ["It squeaks"])
    // Even now that the visit is over, its touches answer as they did.
    #expect(try await shop.touch(.pin(pin), visit, requestID: "2").lower.step == .contact)
    #expect(try await shop.view().lower.step == .done)
  }

  @Test func `D1 a start that comes twice starts one visit`() async throws {
    let shop = try await Workshop.open()
    func start() async throws -> ProtoKioskView {
      try await shop.world.kiosk.startVisit(
        .with { ($0.requestID, $0.purpose) = ("start", .dropOff) }, shop.screen.context
      ).view
    }
    let first = try await start()
    #expect(try await start() == first)
    try await shop.touch(.abort)
    #expect(try await start() == first)
    #expect(try await shop.view().lower.step == .aborted)
    #expect(try await shop.log(.visitStarted).count == 1)
  }

  @Test func `D7 an id that was used for another touch is refused`() async throws {
    let shop = try await Workshop.open()
    let visit = try await shop.start().lower.visitID
    _ = try await shop.refusal { try await shop.touch(.pin("846201"), visit, requestID: "same") }
    let refusal = try await shop.refusal { try await shop.touch(.pin("846202"), visit, requestID: "same") }
    #expect(refusal?.reason == "REQUEST_ID_REUSED")
    #expect(try await shop.wrongPins() == 1)
  }

  @Test(arguments: ["", "with blank", "ünal", String(repeating: "x", count: 65)])
  func `D7 an id of another form is an invalid field`(id: String) async throws {
    let shop = try await Workshop.open()
    let visit = try await shop.start().lower.visitID
    let refusal = try await shop.refusal { try await shop.touch(.extend, visit, requestID: id) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.violations.map(\.field) == ["request_id"])
  }

  @Test func `D7 the same id of two screens means two requests`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let (here, there) = (try await shop.start().lower.visitID, try await second.start().lower.visitID)
    #expect(try await shop.touch(.extend, here, requestID: "x").lower.visitID == here)
    #expect(try await second.touch(.extend, there, requestID: "x").lower.visitID == there)
  }

  @Test func `D7 an id is remembered for a day`() async throws {
    let shop = try await Workshop.open()
    let visit = try await shop.start().lower.visitID
    let first = try await shop.touch(.abort, visit, requestID: "abort")
    let day: Int64 = 24 * 60 * 60
    try await shop.world.pass(.seconds(day) - .milliseconds(1))
    try await shop.world.timers.sweep()
    #expect(try await shop.touch(.abort, visit, requestID: "abort") == first)
    try await shop.world.pass(.milliseconds(1))
    #expect(
      try await shop.refusal { try await shop.touch(.abort, visit, requestID: "abort") }?.reason
        == "VISIT_OVER")
  }
}
