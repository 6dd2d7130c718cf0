import API
import Domain
import RPC
import TestSupport
import Testing

/// A key is dropped off: from the reason on the welcome screen to the key icon on the desk (D1, D2, D7, D9).
@Suite struct DropTests {
  @Test(arguments: [ProtoVisitPurpose.dropOff, .pickUp, .openBox])
  func `D1 the welcome screen asks the reason first`(purpose: ProtoVisitPurpose) async throws {
    let shop = try await Workshop.open()
    #expect(try await shop.view().lower.step == .welcome)
    let view = try await shop.start(purpose)
    #expect(view.lower.step == .authenticate)
    #expect(view.lower.purpose == purpose)
    #expect(view.lower.visitID > 0)
    #expect(view.lower.compartment == 0)
  }

  @Test(arguments: [ProtoVisitPurpose.unspecified, .UNRECOGNIZED(9)])
  func `D1 a reason that nobody offers is an invalid field`(purpose: ProtoVisitPurpose) async throws {
    let shop = try await Workshop.open()
    let refusal = try await shop.refusal { try await shop.start(purpose) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.violations.map(\.field) == ["purpose"])
    #expect(try await shop.view().lower.step == .welcome)
  }

  @Test func `D1 one visit at a time`() async throws {
    let shop = try await Workshop.open()
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.start(.pickUp) }?.reason == "VISIT_IN_PROGRESS")
  }

  @Test func `D2 a PIN from the desk authenticates and leads to the contact step`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    #expect(pin.count == 6)
    let view = try await shop.identify(pin)
    #expect(view.pinToDrop)
    #expect(view.lower.step == .contact)
    #expect(try await shop.state(ofPin: pin) == .claimed)
  }

  @Test func `D2 a PIN works at each locker of the location`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let workOrder = try await shop.book()
    _ = try await second.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    try await second.lock.closeDoor(item: .unspecified)
    try await second.touch(.confirm)
    let key = try await shop.key(of: workOrder)
    #expect(key.holder == .compartment)
    #expect(key.lockerID == second.locker.lockerID)
    #expect(try await shop.commandCount() == 0)
  }

  @Test func `D2 a PIN of one location is a wrong PIN at another`() async throws {
    let shop = try await Workshop.open()
    let harbour = try await shop.addLocation()
    let pin = try await shop.pin(for: try await shop.book())
    #expect(try await harbour.refusal { try await harbour.identify(pin) }?.reason == "WRONG_PIN")
    #expect(try await harbour.wrongPins() == 1)
    #expect(try await shop.identify(pin).lower.step == .contact)
  }

  @Test func `C8 D2 a PIN works the evening before`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book(at: "2027-03-02T08:00"))
    #expect(try await shop.identify(pin).lower.step == .contact)
  }

  @Test func `D7 a box is reserved since identification and opens only after validation`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    let view = try await shop.identify(pin)
    let box = view.lower.compartment
    let visit = Visit.ID(rawValue: view.lower.visitID)
    #expect(try await shop.box(box)?.reservation == .visit(visit))
    _ = try await shop.saveContact(in: view)
    #expect(try await shop.commandCount() == 0)
    let after = try await shop.validate(in: try await shop.view())
    #expect(after.lower.step == .opening)
    #expect(after.lower.compartment == box)
    #expect(try await shop.commandCount() == 1)
    #expect(try await shop.lock.fire() == box)
  }

  @Test func `D7 the screen follows the door`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    #expect(try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder)).lower.step == .doorOpen)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.step == .doorClosed)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    let done = try await shop.touch(.confirm)
    #expect(done.lower.step == .done)
    #expect(done.lower.notice == "")
    #expect(try await shop.key(of: workOrder).holder == .compartment)
  }

  @Test func `D7 confirming is refused until the door is closed`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    _ = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    #expect(try await shop.refusal { try await shop.touch(.confirm) }?.reason == "DOOR_STILL_OPEN")
    #expect(try await shop.refusal { try await shop.touch(.reopen) }?.reason == "DOOR_STILL_OPEN")
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.view().lower.step == .doorOpen)
  }

  @Test func `D7 confirming is refused while the sensor sees no key, until it does`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    _ = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    try await shop.lock.closeDoor(item: .absent)
    #expect(try await shop.view().lower.notice == "KEY_NOT_DETECTED")
    #expect(try await shop.refusal { try await shop.touch(.confirm) }?.reason == "KEY_NOT_DETECTED")
    #expect(try await shop.touch(.reopen).lower.step == .opening)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .present)
    #expect(try await shop.view().lower.notice == "")
    #expect(try await shop.touch(.confirm).lower.step == .done)
    #expect(try await shop.key(of: workOrder).sensorVerified)
  }

  @Test func `D10 without an item sensor the drop is marked as not verified`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    #expect(try await !shop.key(of: workOrder).sensorVerified)
    #expect(try await shop.log(.keyDropped).map(\.reason) == ["NOT_VERIFIED_BY_SENSOR"])
  }

  @Test func `D7 reopening opens the visit's own box again`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let box = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder)).lower.compartment
    for opening in 2...4 {
      try await shop.lock.closeDoor(item: .unspecified)
      #expect(try await shop.touch(.reopen).lower.step == .opening)
      #expect(try await shop.commandCount() == Int64(opening))
      #expect(try await shop.lock.nextCommand()?.compartment == shop.box(box)?.id)
      try await shop.lock.openDoor()
    }
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    #expect(try await shop.key(of: workOrder).compartment == box)
  }

  @Test func `D9 after a drop the key is in the locker, the car in the shop and the work order on top`()
    async throws
  {
    let shop = try await Workshop.open()
    _ = try await shop.book("1", plate: "AA-111-A", at: "2027-03-01T08:00")
    let workOrder = try await shop.book("2", plate: "BB-222-B", at: "2027-03-01T17:00")
    _ = try await shop.book("3", plate: "CC-333-C", at: "2027-03-01T12:00")
    #expect(try await listed(by: shop) == ["1", "3", "2"])
    let box = try await shop.drop(workOrder)
    #expect(try await listed(by: shop) == ["2", "1", "3"])
    let current = try await shop.current(workOrder)
    #expect(current.status == .inShop)
    #expect(current.keys.map(\.holder) == [.compartment])
    #expect(current.keys.map(\.compartment) == [box])
  }

  @Test func `D9 the timeline tells the whole drop, each thing once and in order`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    try await shop.identify(pin)
    try await shop.touch(.contact("0201234567"))
    try await shop.touch(.validate(remark: "It squeaks"))
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    #expect(
      try await shop.timeline(of: workOrder) == [
        "work order created", "pin issued", "visit identified", "contact changed", "appointment validated",
        "remark added", "command issued", "command ended", "car in shop", "key dropped", "visit ended",
      ])
    let current = try await shop.current(workOrder)
    #expect(current.remarks == ["It squeaks"])
    #expect(current.additionalPhone == "020 123 4567")
  }

  @Test func `D9 a car that comes back in the afternoon is in the shop again`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    try await shop.identify(try await shop.pin(for: workOrder, .pickUp), for: .pickUp)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.current(workOrder).status == .returned)
    try await shop.drop(workOrder)
    #expect(try await shop.current(workOrder).status == .inShop)
    #expect(try await shop.log(.carInShop).count == 2)
    #expect(try await shop.log(.keyDropped).count == 2)
  }

  private func listed(by shop: Workshop) async throws -> [String] {
    try await shop.world.workOrders.listWorkOrders(
      .with {
        $0.locationID = shop.location.locationID
        $0.fromDate = "2027-03-01"
        $0.toDate = "2027-03-01"
      }, shop.world.operatorContext
    ).workOrders.map(\.number)
  }
}
