import API
import Domain
import RPC
import TestSupport
import Testing

/// A dealer admin's temporary PIN opens one box, once, within 15 minutes (H6).
@Suite struct BoxTests {
  @Test func `H6 a box PIN opens its box, once`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.boxPin(3)
    let view = try await shop.identify(pin, for: .openBox)
    #expect(view.lower.step == .opening)
    #expect(view.lower.compartment == 3)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.step == .done)
    #expect(try await shop.state(ofPin: pin) == .used)
    #expect(try await shop.log(.boxOpened).map(\.compartment) == [3])
    #expect(try await shop.refusal { try await shop.identify(pin, for: .openBox) }?.reason == "WRONG_PIN")
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `H6 a box PIN lives fifteen minutes`() async throws {
    let shop = try await Workshop.open()
    let early = try await shop.boxPin(1)
    let late = try await shop.boxPin(2)
    try await shop.world.pass(.milliseconds(15 * 60 * 1000 - 1))
    #expect(try await shop.identify(early, for: .openBox).lower.step == .opening)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.world.pass(.milliseconds(1))
    #expect(try await shop.refusal { try await shop.identify(late, for: .openBox) }?.reason == "WRONG_PIN")
  }

  @Test(arguments: [ProtoVisitPurpose.dropOff, .pickUp])
  func `H6 a box PIN is a wrong PIN for anything else`(purpose: ProtoVisitPurpose) async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.boxPin(1)
    #expect(try await shop.refusal { try await shop.identify(pin, for: purpose) }?.reason == "WRONG_PIN")
    #expect(try await shop.state(ofPin: pin) == .live)
  }

  @Test func `H6 at another locker a box PIN opens nothing`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let pin = try await shop.boxPin(1)
    #expect(
      try await second.refusal { try await second.identify(pin, for: .openBox) }?.reason == "KEY_ELSEWHERE")
    #expect(try await second.commandCount() == 0)
  }

  @Test func `H6 whoever had the box open may have the key: it is uncertain`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let box = try await shop.drop(workOrder)
    try await shop.identify(try await shop.boxPin(box), for: .openBox)
    try await shop.lock.openDoor()
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["BOX_OPENED"])
    #expect(try await shop.timeline(of: workOrder).contains("box opened"))
  }

  @Test func `H6 a key that the sensor sees afterwards is where it was`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    _ = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    try await shop.lock.closeDoor(item: .present)
    try await shop.touch(.confirm)
    let before = try await shop.key(of: workOrder)
    try await shop.identify(try await shop.boxPin(before.compartment), for: .openBox)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .present)
    #expect(try await shop.key(of: workOrder) == before)
    try await shop.identify(try await shop.boxPin(before.compartment), for: .openBox)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .absent)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }

  @Test func `H6 a jam gives the box PIN back and leaves the key in custody`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let box = try await shop.drop(workOrder)
    let pin = try await shop.boxPin(box)
    try await shop.identify(pin, for: .openBox)
    try await shop.lock.jam()
    #expect(try await shop.view().lower.notice == "DOOR_JAMMED")
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.state(ofPin: pin) == .live)
    // It is for this that a box PIN opens a box that is out of service.
    #expect(try await shop.identify(pin, for: .openBox).lower.compartment == box)
  }

  @Test func `H6 D8 a box that was opened and left open has used its PIN up`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let box = try await shop.drop(workOrder)
    let pin = try await shop.boxPin(box)
    try await shop.identify(pin, for: .openBox)
    try await shop.lock.openDoor()
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.log(.visitEnded).last?.reason == "KEY_MAY_BE_INSIDE")
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.refusal { try await shop.identify(pin, for: .openBox) }?.reason == "WRONG_PIN")
    #expect(try await shop.commandCount() == 2)
  }

  @Test func `H6 a box PIN gives its reason to the log, and no digits`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let box = try await shop.drop(workOrder)
    _ = try await shop.boxPin(box)
    let last = try #require(try await shop.log(.pinIssued).last)
    #expect(last.reason == "BOX")
    #expect(last.compartment == Int(box))
    #expect(last.workOrder?.rawValue == workOrder.workOrderID)
    #expect(!last.commitment.isEmpty)
  }

  @Test func `S6 H6 the command of a box PIN is in the name of the one who gave it`() async throws {
    let shop = try await Workshop.open()
    let boss = try await shop.tablet(of: "boss", .dealerAdmin)
    let byBoss = try await shop.world.admin.issueBoxPin(
      .with {
        $0.requestID = shop.world.requestID
        $0.lockerID = shop.locker.lockerID
        $0.compartment = 2
        $0.reason = "look"
      }, boss.context
    ).pin
    let staff = Staff.ID(rawValue: try await shop.staff("boss").staffID)
    for (pin, person) in [(byBoss, Command.Person.staff(staff)), (try await shop.boxPin(3), .operator)] {
      try await shop.identify(pin, for: .openBox)
      #expect(try await shop.lock.nextCommand()?.person == person)
      try await shop.lock.openDoor()
      try await shop.lock.closeDoor(item: .unspecified)
    }
    #expect(try await shop.log(.boxOpened).map(\.staff) == [staff, nil])
  }
}
