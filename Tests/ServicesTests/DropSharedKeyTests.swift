import API
import Domain
import TestSupport
import Testing

/// One key, and more than one way to it at once: it is handed in once, and never moves twice (S6).
@Suite struct DropSharedKeyTests {
  @Test func `S6 D2 a PIN that is in use at one locker is refused at another`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let pin = try await shop.pin(for: try await shop.book())
    try await shop.identify(pin)
    #expect(try await second.refusal { try await second.identify(pin) }?.reason == "PIN_IN_USE")
    #expect(try await second.wrongPins() == 0)
    try await shop.touch(.abort)
    #expect(try await second.touch(.pin(pin)).lower.step == .contact)
  }

  @Test func `S6 a key that is being handed in at one locker is refused at another`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let second = try await shop.addLocker(pinToDrop: false)
    let workOrder = try await shop.book()
    _ = try await shop.walk(workOrder, to: .validate)
    _ = try await second.start()
    let refusal = try await second.refusal { try await second.touch(.number("AB-123-C")) }
    #expect(refusal?.reason == "KEY_IN_MOTION")
    #expect(try await second.view().lower.step == .authenticate)
    try await shop.touch(.abort)
    #expect(try await second.touch(.number("AB-123-C")).lower.step == .validate)
  }

  @Test func `S6 a newer PIN does not hand in a key that an older one is handing in`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let workOrder = try await shop.book()
    let older = try await shop.pin(for: workOrder)
    try await shop.identify(older)
    let newer = try await shop.pin(for: workOrder)
    #expect(try await second.refusal { try await second.identify(newer) }?.reason == "KEY_IN_MOTION")
    try await shop.touch(.contact())
    try await shop.touch(.validate())
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    let key = try await shop.key(of: workOrder)
    #expect(key.lockerID == shop.locker.lockerID)
    #expect(try await second.refusal { try await second.touch(.pin(newer)) }?.reason == "KEY_ALREADY_DROPPED")
    #expect(try await shop.key(of: workOrder) == key)
  }

  @Test func `D11 S6 a choice whose key was handed in elsewhere meanwhile is refused`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let second = try await shop.addLocker(pinToDrop: false)
    let first = try await shop.book()
    let other = try await shop.book("4712", at: "2027-03-01T15:00")
    _ = try await shop.walk(first, to: .choose)
    _ = try await second.walkToOpenBox(pin: try await shop.pin(for: first))
    #expect(try await shop.refusal { try await shop.touch(.choose(first)) }?.reason == "KEY_IN_MOTION")
    try await second.lock.closeDoor(item: .unspecified)
    try await second.touch(.confirm)
    #expect(try await shop.refusal { try await shop.touch(.choose(first)) }?.reason == "KEY_ALREADY_DROPPED")
    #expect(try await shop.touch(.choose(other)).lower.step == .validate)
  }

  @Test func `C14 a work order is not cancelled while its key is being handed in`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    _ = try await shop.walk(workOrder, to: .doorClosed)
    #expect(try await shop.refusal { try await shop.cancel(workOrder) }?.reason == "KEY_IN_MOTION")
    #expect(try await shop.touch(.confirm).lower.step == .done)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.refusal { try await shop.cancel(workOrder) }?.reason == "KEY_IN_LOCKER")
  }

  @Test func `C14 D11 a work order that was cancelled cannot be chosen any more`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let first = try await shop.book()
    let other = try await shop.book("4712", at: "2027-03-01T15:00")
    _ = try await shop.walk(first, to: .choose)
    try await shop.cancel(first)
    #expect(try await shop.refusal { try await shop.touch(.choose(first)) }?.reason == "NO_MATCH")
    #expect(try await shop.touch(.choose(other)).lower.step == .validate)
  }

  @Test func `H6 custody is not corrected while a visit has the key`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.identify(try await shop.pin(for: workOrder))
    let key = try await shop.key(of: workOrder)
    let refusal = try await shop.refusal {
      try await shop.world.admin.correctCustody(
        .with {
          $0.requestID = shop.world.requestID
          $0.keyID = key.keyID
          $0.holder = .desk
          $0.reason = "Handed over at the desk"
        }, shop.world.operatorContext)
    }
    #expect(refusal?.reason == "KEY_IN_MOTION")
    #expect(try await shop.key(of: workOrder) == key)
  }
}
