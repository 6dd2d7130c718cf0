import API
import Domain
import RPC
import TestSupport
import Testing

/// Nobody touches the screen any more (D8): a time-out never opens a door.
@Suite struct TimeOutTests {
  private static let start = ManualClock.start.milliseconds / 1000

  @Test func `D8 the view says when the warning is due and when the visit ends`() async throws {
    let shop = try await Workshop.open()
    let view = try await shop.start()
    #expect(view.lower.warnTime.seconds == Self.start + 40)
    #expect(view.lower.expireTime.seconds == Self.start + 60)
  }

  @Test func `D8 both times are settings of the location; a visit keeps those that it began with`()
    async throws
  {
    let shop = try await Workshop.open()
    func set(_ warning: Int32, _ end: Int32) async throws {
      _ = try await shop.world.admin.updateLimits(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
          $0.limits.warningSeconds = warning
          $0.limits.endSeconds = end
        }, shop.world.operatorContext)
    }
    try await set(5, 7)
    let view = try await shop.start()
    #expect(view.lower.warnTime.seconds == Self.start + 5)
    #expect(view.lower.expireTime.seconds == Self.start + 7)
    try await set(100, 200)
    try await shop.world.pass(.milliseconds(6999))
    #expect(try await shop.view().lower.step == .authenticate)
    try await shop.world.pass(.milliseconds(1))
    #expect(try await shop.view().lower.step == .timedOut)
  }

  @Test(arguments: [DropStage.authenticate, .choose, .contact, .validate])
  func `D8 without a touch a visit ends at the last second, and its PIN is free again`(
    stage: DropStage
  ) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    if stage == .choose { _ = try await shop.book("4712", at: "2027-03-01T15:00") }
    let view = try await shop.walk(workOrder, to: stage)
    try await shop.world.pass(.milliseconds(59_999))
    #expect(try await shop.view().lower.step == view.lower.step)
    try await shop.world.pass(.milliseconds(1))
    let after = try await shop.view()
    #expect(after.lower.step == .timedOut)
    #expect(after.lower.notice == "")
    #expect(try await shop.commandCount() == 0)
    for box in 1...4 as ClosedRange<Int32> { #expect(try await shop.box(box)?.reservation == nil) }
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(
      try await shop.refusal { try await shop.touch(.extend, view.lower.visitID) }?.reason == "VISIT_OVER")
    #expect(try await shop.log(.visitEnded).map(\.reason) == ["TIMED_OUT"])
  }

  @Test func `S1 D8 a visit that times out gives its PIN back`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    try await shop.identify(pin)
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.state(ofPin: pin) == .live)
    #expect(try await shop.identify(pin).lower.step == .contact)
  }

  @Test func `D8 a touch extends the visit, whatever it is`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    _ = try await shop.start()
    let touches: [KioskTouch] = [.extend, .pin(pin), .contact(), .extend]
    for (index, touch) in touches.enumerated() {
      try await shop.world.pass(.seconds(59))
      let view = try await shop.touch(touch)
      #expect(view.lower.expireTime.seconds == Self.start + Int64(59 * (index + 1) + 60))
    }
  }

  @Test func `D8 a wrong PIN is a touch too`() async throws {
    let shop = try await Workshop.open()
    let view = try await shop.start()
    try await shop.world.pass(.seconds(59))
    #expect(try await shop.refusal { try await shop.enter(pin: "135790", in: view) }?.reason == "WRONG_PIN")
    #expect(try await shop.view().lower.expireTime.seconds == Self.start + 119)
    try await shop.world.pass(.seconds(59))
    #expect(try await shop.view().lower.step == .authenticate)
  }

  @Test func `D8 a door that opens or closes counts as somebody being there`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    _ = try await shop.walk(workOrder, to: .opening)
    #expect(try await !shop.view().lower.hasExpireTime)
    try await shop.world.pass(.seconds(20))
    try await shop.lock.openDoor()
    #expect(try await shop.view().lower.expireTime.seconds == Self.start + 80)
    try await shop.world.pass(.seconds(59))
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.expireTime.seconds == Self.start + 139)
  }

  @Test func `D8 a farewell stays ten seconds, and waits for nobody`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let done = try await shop.walk(try await shop.book(), to: .done)
    #expect(!done.lower.hasWarnTime)
    #expect(!done.lower.hasExpireTime)
    try await shop.world.pass(.milliseconds(9999))
    #expect(try await shop.view().lower.step == .done)
    let revision = try await shop.view().revision
    try await shop.world.pass(.milliseconds(1))
    #expect(try await shop.view().lower.step == .welcome)
    #expect(try await shop.view().revision > revision)
  }

  @Test func `D8 the next customer need not wait for a farewell`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.walk(try await shop.book(), to: .done)
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test(arguments: [ProtoItemState.unspecified, .present])
  func `D8 a key perhaps inside stays locked in: uncertain, no door opens, the desk is told`(
    item: ProtoItemState
  ) async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    let box = try await shop.walkToOpenBox(pin: pin).lower.compartment
    try await shop.lock.closeDoor(item: item)
    try await shop.world.pass(.seconds(60))
    let view = try await shop.view()
    #expect(view.lower.step == .timedOut)
    #expect(view.lower.notice == "KEY_MAY_BE_INSIDE")
    #expect(try await shop.commandCount() == 1)
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.box(box)?.quarantine == .keyMayBeInside)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["KEY_MAY_BE_INSIDE"])
    #expect(try await shop.log(.compartmentQuarantined).map(\.compartment) == [Int(box)])
    // The PIN is given back, but there is nothing to drop with it until the desk has looked.
    #expect(try await shop.state(ofPin: pin) == .live)
    #expect(try await shop.refusal { try await shop.identify(pin) }?.reason == "KEY_ALREADY_DROPPED")
  }

  @Test func `D8 a box that the sensor knows to be empty goes back into service`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    let box = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder)).lower.compartment
    try await shop.lock.closeDoor(item: .absent)
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.view().lower.step == .timedOut)
    #expect(try await shop.view().lower.notice == "")
    #expect(try await shop.box(box)?.quarantine == nil)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.commandCount() == 1)
  }

  @Test(arguments: [DropStage.doorOpen, .givingBackOpen])
  func `D8 a door left open blocks visits until it is closed`(stage: DropStage) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: stage).lower.compartment
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.log(.visitEnded).map(\.reason) == ["KEY_MAY_BE_INSIDE"])
    #expect(try await shop.refusal { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
    // No farewell is shown above a door that stands open.
    let view = try await shop.view()
    #expect(view.lower.step == .closeDoor)
    #expect(view.lower.compartment == box)
    #expect(!view.dropAvailable)
    #expect(view.unavailableReason == "DOOR_LEFT_OPEN")
    #expect(try await shop.refusal { try await shop.start(.pickUp) }?.reason == "DOOR_LEFT_OPEN")
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().dropAvailable)
    #expect(try await shop.start().lower.step == .authenticate)
    #expect(try await shop.box(box)?.quarantine == .keyMayBeInside)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `D8 a door left open blocks visits until a person overrides`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let box = try await shop.walk(try await shop.book(), to: .doorOpen).lower.compartment
    try await shop.world.pass(.seconds(60))
    try await shop.world.pass(Visit.farewell)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
    try await shop.override(box)
    #expect(try await shop.view().lower.step == .welcome)
    let second = try await shop.book("4712", plate: "XX-999-X")
    let view = try await shop.walk(second, to: .done)
    #expect(view.lower.step == .done)
    #expect(try await shop.key(of: second).compartment != box)
    // When the door closes after all, the override is over.
    try await shop.lock.happen(.doorClosed, at: box)
    #expect(try await shop.box(box)?.isDoorOverridden == false)
  }

  @Test func `D8 a door that is open too long is an alarm`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let box = try await shop.walk(try await shop.book(), to: .doorOpen).lower.compartment
    try await shop.lock.happen(.leftOpen, at: box)
    #expect(try await shop.log(.doorLeftOpen).map(\.compartment) == [Int(box)])
  }

  @Test func `D8 a pick-up that nobody goes on with leaves the door to whoever closes it`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let box = try await shop.drop(workOrder)
    try await shop.identify(try await shop.pin(for: workOrder, .pickUp), for: .pickUp)
    try await shop.lock.openDoor()
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.log(.visitEnded).map(\.reason) == ["DONE", "KEY_MAY_BE_INSIDE"])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.box(box)?.quarantine == .keyMayBeInside)
    #expect(try await shop.commandCount() == 2)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }
}
