import API
import Domain
import TestSupport
import Testing

/// A door that does not do what it was told while a key is dropped off (D7).
@Suite struct DropJamTests {
  /// A visit whose box is about to open, and that box.
  private func opening(_ shop: Workshop) async throws -> (workOrder: ProtoWorkOrder, pin: String, box: Int32)
  {
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    try await shop.identify(pin)
    try await shop.touch(.contact())
    return (workOrder, pin, try await shop.touch(.validate()).lower.compartment)
  }

  @Test func `D7 a door that does not open is quarantined and another opens by itself`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, _, box) = try await opening(shop)
    try await shop.lock.jam()
    let view = try await shop.view()
    #expect(view.lower.step == .opening)
    #expect(view.lower.notice == "DOOR_JAMMED")
    #expect(view.lower.compartment != box)
    let jammed = try #require(try await shop.box(box))
    #expect(jammed.quarantine == .jammed)
    #expect(jammed.reservation == nil)
    try await shop.lock.openDoor()
    #expect(try await shop.view().lower.notice == "")
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    #expect(try await shop.key(of: workOrder).compartment == view.lower.compartment)
    #expect(try await shop.log(.compartmentQuarantined).map(\.compartment) == [Int(box)])
  }

  @Test(arguments: [false, true])
  func `D7 S6 a key that went into another box stays where it is when the jammed one is opened`(
    isTaken: Bool
  ) async throws {
    let shop = try await Workshop.open()
    let (workOrder, _, box) = try await opening(shop)
    try await shop.lock.jam()
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    shop.world.clock.advance(.seconds(1))
    if isTaken { try await shop.handOver(workOrder) }
    let before = try await shop.key(of: workOrder)
    #expect(before.holder == (isTaken ? .staff : .compartment))
    try await shop.lock.happen(.forced, at: box)
    #expect(try await shop.log(.doorForced).map(\.compartment) == [Int(box)])
    #expect(try await shop.key(of: workOrder) == before)
  }

  @Test func `D7 where no other box is free the visit fails, and the PIN works again`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let (workOrder, pin, _) = try await opening(shop)
    try await shop.lock.jam()
    try await shop.lock.jam()
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "NO_FREE_COMPARTMENT")
    #expect(!view.dropAvailable)
    #expect(view.unavailableReason == "NO_FREE_COMPARTMENT")
    #expect(try await shop.commandCount() == 2)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.state(ofPin: pin) == .live)
    for box in 1...2 as ClosedRange<Int32> {
      let stored = try #require(try await shop.box(box))
      #expect(stored.quarantine == .jammed)
      #expect(stored.reservation == nil)
    }
    try await shop.service(2, true)
    #expect(try await shop.identify(pin).lower.compartment == 2)
  }

  @Test func `D7 a box that jams with the key perhaps inside keeps it, and no other box opens`() async throws
  {
    let shop = try await Workshop.open()
    let (workOrder, pin, box) = try await opening(shop)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.reopen)
    try await shop.lock.jam()
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "DOOR_JAMMED")
    #expect(try await shop.commandCount() == 2)
    #expect(try await shop.box(box)?.quarantine == .jammed)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.state(ofPin: pin) == .live)
  }

  @Test func `D7 a box that jams when the sensor has seen no key gives way to another`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let (workOrder, _, box) = try await opening(shop)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .absent)
    try await shop.touch(.reopen)
    try await shop.lock.fire()
    try await shop.lock.report(
      .with {
        $0.compartment = box
        $0.commandSequence = 2
        $0.outcome = .jammed
        $0.item = .absent
      })
    let view = try await shop.view()
    #expect(view.lower.step == .opening)
    #expect(view.lower.compartment != box)
    #expect(try await shop.key(of: workOrder).holder == .customer)
  }

  @Test func `D7 L2 a locker that refuses before firing fails the visit and keeps the box in service`()
    async throws
  {
    let shop = try await Workshop.open()
    let (workOrder, pin, box) = try await opening(shop)
    try await shop.refuseCommand()
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "LOCKER_NOT_ANSWERING")
    #expect(try await shop.box(box)?.quarantine == nil)
    #expect(try await shop.box(box)?.reservation == nil)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.state(ofPin: pin) == .live)
  }

  @Test func `D7 L2 a refusal to reopen with the key inside locks the box out`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, _, box) = try await opening(shop)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.reopen)
    try await shop.refuseCommand()
    #expect(try await shop.view().lower.step == .failed)
    #expect(try await shop.view().lower.notice == "LOCKER_NOT_ANSWERING")
    #expect(try await shop.box(box)?.quarantine == .keyMayBeInside)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }

  @Test func `D7 L3 a locker that stays silent ends unknown: the box is locked out, the key uncertain`()
    async throws
  {
    let shop = try await Workshop.open()
    let (workOrder, pin, box) = try await opening(shop)
    try await shop.world.pass(.seconds(34))
    #expect(try await shop.view().lower.step == .opening)
    try await shop.world.pass(.seconds(1))
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "OUTCOME_UNKNOWN")
    #expect(try await shop.box(box)?.quarantine == .outcomeUnknown)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["OUTCOME_UNKNOWN"])
    #expect(try await shop.commandCount() == 1)
    #expect(try await shop.state(ofPin: pin) == .live)
  }
}
