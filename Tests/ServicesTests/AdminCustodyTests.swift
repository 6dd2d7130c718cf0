import API
import Domain
import RPC
import TestSupport
import Testing

/// H6: putting right by hand, always with a reason.
@Suite(.timeLimit(.minutes(10))) struct AdminCustodyTests {
  @Test(arguments: [ProtoHolder.customer, .staff, .desk, .uncertain, .compartment])
  func `H6 a key can be corrected to every place, with who, why and where written down`(
    holder: ProtoHolder
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let boss = try await shop.tablet(of: "boss", .dealerAdmin)
    let mechanic = try await shop.staff("mechanic")
    let corrected = try await shop.correct(
      try await shop.key(of: workOrder), to: holder, box: holder == .compartment ? 3 : 0,
      staff: holder == .staff ? mechanic.staffID : 0, reason: " mechanical override ", as: boss.context)
    #expect(corrected.holder == holder)
    #expect(corrected.compartment == (holder == .compartment ? 3 : 0))
    #expect(corrected.staffID == (holder == .staff ? mechanic.staffID : 0))
    #expect(try await shop.key(of: workOrder) == corrected)
    let entry = try #require(
      try await shop.world.events.listTimeline(
        .with { $0.workOrderID = workOrder.workOrderID }, boss.context
      ).entries.last)
    #expect(entry.title == "custody corrected")
    #expect(entry.text == "mechanical override")
    #expect(entry.event.staffID == (try await shop.staff("boss")).staffID)
    #expect(entry.event.deviceID == boss.id.rawValue)
    #expect(!entry.event.commitment.isEmpty)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test(arguments: ["", "   ", String(repeating: "x", count: 501)])
  func `H6 a correction needs a reason of 1 to 500 characters`(reason: String) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let key = try await shop.key(of: workOrder)
    let refusal = try await failure { try await shop.correct(key, to: .desk, reason: reason) }
    #expect(refusal?.violations.map(\.field) == ["reason"])
    #expect(try await shop.key(of: workOrder) == key)
  }

  @Test func `H6 S6 a box holds one key, also by hand`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    let taken = try await shop.key(of: workOrder).compartment
    let key = try await shop.key(of: second)
    let refusal = try await failure { try await shop.correct(key, to: .compartment, box: taken) }
    #expect(refusal?.reason == "COMPARTMENT_OCCUPIED")
    #expect(
      try await failure { try await shop.correct(key, to: .compartment, box: 9) }?.reason == "NOT_FOUND")
    #expect(
      try await failure { try await shop.correct(key, to: .unspecified) }?.violations.map(\.field) == [
        "holder"
      ])
    #expect(try await failure { try await shop.correct(key, to: .staff, staff: 999) }?.reason == "NOT_FOUND")
    #expect(try await shop.key(of: second).holder == .customer)
  }

  @Test func `H6 a box that a visit has reserved takes no key by hand`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    let visit = try await shop.enter(pin: try await shop.pin(for: second), in: try await shop.start())
    let key = try await shop.key(of: workOrder)
    let refusal = try await failure {
      try await shop.correct(key, to: .compartment, box: visit.lower.compartment)
    }
    #expect(refusal?.reason == "COMPARTMENT_IN_USE")
  }

  @Test func `H6 a key in motion is left alone until the motion is over`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let key = try await shop.key(of: workOrder)
    func refusal() async throws -> Failure.Reason? {
      try await failure { try await shop.correct(key, to: .desk) }?.reason
    }
    let asked = try await shop.request(workOrder)
    #expect(try await refusal() == "KEY_IN_MOTION")
    _ = try await shop.redeem(asked, try await shop.token())
    #expect(try await refusal() == "KEY_IN_MOTION")
    try await shop.lock.openDoor()
    #expect(try await refusal() == "KEY_IN_MOTION")
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await refusal() == nil)
  }

  @Test func `H6 a customer's visit has the key in motion as well`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let key = try await shop.key(of: workOrder)
    let pin = try await shop.pin(for: workOrder, .pickUp)
    let visit = try await shop.start(.pickUp)
    _ = try await shop.enter(pin: pin, in: visit)
    #expect(try await failure { try await shop.correct(key, to: .desk) }?.reason == "KEY_IN_MOTION")
    try await shop.lock.jam()
    #expect(try await failure { try await shop.correct(key, to: .desk) } == nil)
  }

  @Test func `H6 a key handed over at the desk returns the car, and its pick-up PIN is worth nothing`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let pin = try await shop.pin(for: workOrder, .pickUp)
    try await shop.correct(try await shop.key(of: workOrder), to: .customer)
    #expect(try await shop.current(workOrder).status == .returned)
    #expect(try await shop.state(ofPin: pin) == .superseded)
  }

  @Test(arguments: [ProtoHolder.staff, .desk, .uncertain])
  func `H6 a key that is taken out by hand leaves the car in the shop, and its pick-up PIN says so`(
    holder: ProtoHolder
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let pin = try await shop.pin(for: workOrder, .pickUp)
    let mechanic = try await shop.staff("mechanic")
    try await shop.correct(
      try await shop.key(of: workOrder), to: holder, staff: holder == .staff ? mechanic.staffID : 0)
    #expect(try await shop.current(workOrder).status == .inShop)
    let refusal = try await shop.refusal { try await shop.identify(pin, for: .pickUp) }
    #expect(refusal?.reason == "NO_KEY_IN_LOCKER")
  }

  @Test func `H6 a pick-up PIN follows its key from box to box`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let pin = try await shop.pin(for: workOrder, .pickUp)
    try await shop.correct(try await shop.key(of: workOrder), to: .compartment, box: 3)
    #expect(try await shop.enter(pin: pin, in: try await shop.start(.pickUp)).lower.compartment == 3)
  }

  @Test func `H6 D9 a key that is handed in at the desk puts the car in the shop`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.correct(try await shop.key(of: workOrder), to: .desk)
    #expect(try await shop.current(workOrder).status == .inShop)
    #expect(try await shop.timeline(of: workOrder).contains("car in shop"))
    try await shop.correct(try await shop.key(of: workOrder), to: .customer)
    #expect(try await shop.current(workOrder).status == .returned)
  }

  @Test func `H6 what is not with its customer is listed, for one location`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    _ = try await shop.book("4712", plate: "ZZ-999-Z")
    func listed() async throws -> [ProtoKey] {
      try await shop.world.admin.listCustody(
        .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext
      ).keys
    }
    #expect(try await listed() == [try await shop.key(of: workOrder)])
    try await shop.correct(try await shop.key(of: workOrder), to: .customer)
    #expect(try await listed() == [])
  }

  // MARK: Box PINs

  private func boxPin(_ shop: Workshop, _ box: Int32, reason: String = "look inside") async throws
    -> ProtoIssueBoxPinResponse
  {
    try await shop.world.admin.issueBoxPin(
      .with {
        $0.requestID = shop.world.requestID
        $0.lockerID = shop.locker.lockerID
        $0.compartment = box
        $0.reason = reason
      }, shop.world.operatorContext)
  }

  @Test func `H6 a box PIN opens that box once, and the key in it is uncertain from then on`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let box = try await shop.key(of: workOrder).compartment
    let issued = try await boxPin(shop, box)
    #expect(issued.expireTime.milliseconds == (shop.world.clock.now + .seconds(15 * 60)).milliseconds)
    let view = try await shop.enter(pin: issued.pin, in: try await shop.start(.openBox))
    #expect(view.lower.compartment == box)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.log(.boxOpened).map(\.compartment) == [Int(box)])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    let again = try await failure {
      try await shop.enter(pin: issued.pin, in: try await shop.start(.openBox))
    }
    #expect(again?.reason == "WRONG_PIN")
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `H6 a key that the sensor still sees after a box was opened stays there`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    let issued = try await boxPin(shop, 1)
    _ = try await shop.enter(pin: issued.pin, in: try await shop.start(.openBox))
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .present)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
  }

  @Test func `H6 a box PIN lives 15 minutes, needs a reason, and serves nothing else`() async throws {
    let shop = try await Workshop.open()
    let issued = try await boxPin(shop, 2)
    let asDrop = try await failure { try await shop.enter(pin: issued.pin, in: try await shop.start()) }
    #expect(asDrop?.reason == "WRONG_PIN")
    try await shop.world.pass(.seconds(15 * 60))
    let late = try await failure { try await shop.enter(pin: issued.pin, in: try await shop.start(.openBox)) }
    #expect(late?.reason == "WRONG_PIN")
    #expect(
      try await failure { try await boxPin(shop, 2, reason: " ") }?.violations.map(\.field) == ["reason"])
    #expect(try await failure { try await boxPin(shop, 5) }?.reason == "NOT_FOUND")
    let event = try #require(try await shop.log(.pinIssued).first { $0.reason == "BOX" })
    #expect(event.compartment == 2)
    #expect(!event.commitment.isEmpty)
  }

  // MARK: Boxes in and out of service

  @Test func `H6 W4 a box out of service is not given out, and comes back by hand`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    try await shop.service(1, false)
    let boxes = try await shop.service(1, false).compartments
    #expect(boxes.map(\.inService) == [false, true])
    #expect(boxes[0].outOfServiceReason == "BY_HAND")
    let first = try await shop.book()
    #expect(try await shop.drop(first) == 2)
    #expect(try await failure { try await shop.start() }?.reason == "NO_FREE_COMPARTMENT")
    try await shop.service(1, true)
    #expect(try await shop.drop(try await shop.book("4712", plate: "ZZ-999-Z")) == 1)
    #expect(try await shop.log(.compartmentQuarantined).count == 1)
    #expect(try await shop.log(.compartmentRestored).count == 1)
  }

  @Test func `H6 a box that a visit or a command has is not taken out of service`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let workOrder = try await shop.book()
    let view = try await shop.enter(pin: try await shop.pin(for: workOrder), in: try await shop.start())
    #expect(try await failure { try await shop.service(1, false) }?.reason == "COMPARTMENT_IN_USE")
    _ = try await shop.abort(view)
    try await shop.service(1, false)
    try await shop.service(1, true)
    _ = try await shop.drop(workOrder)
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    #expect(try await failure { try await shop.service(1, false) }?.reason == "COMPARTMENT_IN_USE")
  }
}
