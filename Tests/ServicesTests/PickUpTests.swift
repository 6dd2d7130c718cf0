import API
import Domain
import RPC
import TestSupport
import Testing

/// The customer fetches the key (P1).
@Suite struct PickUpTests {
  /// A key in the locker, its pick-up PIN, and the visit whose box is about to open.
  private func opening(
    _ shop: Workshop
  ) async throws -> (workOrder: ProtoWorkOrder, pin: String, box: Int32) {
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    let pin = try await shop.pin(for: workOrder, .pickUp)
    let view = try await shop.identify(pin, for: .pickUp)
    #expect(view.lower.step == .opening)
    return (workOrder, pin, view.lower.compartment)
  }

  @Test func `P1 the box opens, the door closes, the key is returned`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, pin, box) = try await opening(shop)
    #expect(try await shop.key(of: workOrder).compartment == box)
    try await shop.lock.openDoor()
    #expect(try await shop.view().lower.step == .doorOpen)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.step == .done)
    let current = try await shop.current(workOrder)
    #expect(current.status == .returned)
    #expect(current.keys.map(\.holder) == [.customer])
    #expect(try await shop.timeline(of: workOrder).suffix(2) == ["key returned", "visit ended"])
    #expect(try await shop.state(ofPin: pin) == .used)
    #expect(try await shop.refusal { try await shop.identify(pin, for: .pickUp) }?.reason == "WRONG_PIN")
  }

  @Test func `P1 a pick-up asks for a PIN always`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    try await shop.drop(try await shop.book())
    _ = try await shop.start(.pickUp)
    #expect(try await shop.refusal { try await shop.touch(.number("AB-123-C")) }?.reason == "PIN_REQUIRED")
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `P1 H3 a jam leaves custody as it is, and no other box opens`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, pin, box) = try await opening(shop)
    let before = try await shop.key(of: workOrder)
    try await shop.lock.jam()
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "DOOR_JAMMED")
    #expect(try await shop.key(of: workOrder) == before)
    #expect(try await shop.box(box)?.quarantine == .jammed)
    #expect(try await shop.commandCount() == 2)
    #expect(try await shop.state(ofPin: pin) == .live)
    let again = try await shop.refusal { try await shop.identify(pin, for: .pickUp) }
    #expect(again?.reason == "COMPARTMENT_QUARANTINED")
    try await shop.service(box, true)
    #expect(try await shop.touch(.pin(pin)).lower.step == .opening)
  }

  @Test func `P1 L2 a locker that refuses leaves custody and the box as they are`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, pin, box) = try await opening(shop)
    try await shop.refuseCommand()
    #expect(try await shop.view().lower.notice == "LOCKER_NOT_ANSWERING")
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.box(box)?.quarantine == nil)
    #expect(try await shop.state(ofPin: pin) == .live)
  }

  @Test func `P1 L3 an outcome that nobody knows makes the key uncertain`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, _, box) = try await opening(shop)
    try await shop.lock.fire()
    try await shop.lock.end(.unknown)
    #expect(try await shop.view().lower.notice == "OUTCOME_UNKNOWN")
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.box(box)?.quarantine == .outcomeUnknown)
  }

  @Test func `P1 a key that the sensor still sees is not returned until it is taken`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let (workOrder, pin, box) = try await opening(shop)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .present)
    let view = try await shop.view()
    #expect(view.lower.step == .doorClosed)
    #expect(view.lower.notice == "KEY_STILL_INSIDE")
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.state(ofPin: pin) == .claimed)
    #expect(try await shop.refusal { try await shop.touch(.confirm) }?.reason == "WRONG_STEP")
    #expect(try await shop.touch(.reopen).lower.compartment == box)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .absent)
    #expect(try await shop.view().lower.step == .done)
    #expect(try await shop.key(of: workOrder).holder == .customer)
  }

  @Test func `P1 D8 leaving the key inside and going away leaves it in custody`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let (workOrder, pin, box) = try await opening(shop)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .present)
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.view().lower.step == .timedOut)
    #expect(try await shop.key(of: workOrder).compartment == box)
    #expect(try await shop.box(box)?.quarantine == nil)
    #expect(try await shop.identify(pin, for: .pickUp).lower.step == .opening)
  }

  @Test func `P1 D8 ✕ waits for the door; with the key still inside it leaves it there`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let (workOrder, pin, _) = try await opening(shop)
    #expect(try await shop.refusal { try await shop.touch(.abort) }?.reason == "DOOR_STILL_OPEN")
    try await shop.lock.openDoor()
    #expect(try await shop.refusal { try await shop.touch(.abort) }?.reason == "DOOR_STILL_OPEN")
    try await shop.lock.closeDoor(item: .present)
    #expect(try await shop.touch(.abort).lower.step == .aborted)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.state(ofPin: pin) == .live)
    #expect(try await shop.commandCount() == 2)
  }

  @Test func `P1 at another locker the PIN says where the key is`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    let pin = try await shop.pin(for: workOrder, .pickUp)
    let refusal = try await second.refusal { try await second.identify(pin, for: .pickUp) }
    #expect(refusal?.reason == "KEY_ELSEWHERE")
    #expect(refusal?.message.contains("'Entrance'") == true)
    #expect(try await second.wrongPins() == 0)
    #expect(try await second.commandCount() == 0)
    #expect(try await shop.identify(pin, for: .pickUp).lower.step == .opening)
  }

  @Test func `P1 H3 a key that a mechanic has taken out is not picked up`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    let pin = try await shop.pin(for: workOrder, .pickUp)
    try await shop.handOver(workOrder)
    #expect(try await shop.state(ofPin: pin) == .superseded)
    #expect(try await shop.refusal { try await shop.identify(pin, for: .pickUp) }?.reason == "WRONG_PIN")
    #expect(try await shop.wrongPins() == 0)
  }

  @Test func `P1 H6 a key that the desk has taken out by hand is not picked up`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    let pin = try await shop.pin(for: workOrder, .pickUp)
    _ = try await shop.world.admin.correctCustody(
      .with {
        $0.requestID = shop.world.requestID
        $0.keyID = workOrder.keys[0].keyID
        $0.holder = .desk
        $0.reason = "Mechanical override"
      }, shop.world.operatorContext)
    #expect(
      try await shop.refusal { try await shop.identify(pin, for: .pickUp) }?.reason == "NO_KEY_IN_LOCKER")
    #expect(try await shop.commandCount() == 1)
  }
}
