import API
import Domain
import RPC
import TestSupport
import Testing

/// H3: custody moves when the door has closed again, and only as far as anybody knows.
@Suite(.timeLimit(.minutes(10))) struct HandoverCustodyTests {
  @Test func `H3 custody moves when the door has closed, to the one who asked, and the timeline says so`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.lock.openDoor()
    #expect(try await shop.current(asked) == .open)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.current(asked) == .completed)
    let key = try await shop.key(of: workOrder)
    #expect(key.holder == .staff)
    #expect(key.staffID == asked.staffID)
    #expect(key.lockerID == 0)
    #expect(try await shop.timeline(of: workOrder).contains("key collected"))
    let moved = try #require(try await shop.log(.keyCollected).first)
    #expect(moved.staff?.rawValue == asked.staffID)
    #expect(moved.device == shop.tablet.id)
    #expect(moved.handover?.rawValue == asked.handoverID)
    #expect(moved.compartment == Int(asked.compartment))
  }

  @Test func `H3 that compartment opens, and only that`() async throws {
    let (shop, _) = try await Workshop.withKey()
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    let box = try await shop.drop(second)
    let asked = try await shop.request(second)
    #expect(asked.compartment == box)
    _ = try await shop.redeem(asked, try await shop.token())
    #expect(try await shop.lock.fire() == box)
    #expect(try await shop.log(.commandIssued).filter { $0.handover != nil }.map(\.compartment) == [Int(box)])
  }

  @Test(
    arguments: [
      (ProtoItemState.absent, ProtoHandoverState.completed, ProtoHolder.staff),
      (.present, .keyNotMoved, .compartment),
      (.unspecified, .completed, .staff),
    ])
  func `H3 taking out, the item sensor has a say`(
    item: ProtoItemState, state: ProtoHandoverState, holder: ProtoHolder
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: item)
    #expect(try await shop.current(asked) == state)
    #expect(try await shop.key(of: workOrder).holder == holder)
    #expect(try await shop.log(.keyCollected).count == (holder == .staff ? 1 : 0))
  }

  @Test(
    arguments: [
      (ProtoItemState.absent, ProtoHandoverState.keyNotMoved, ProtoHolder.staff, false),
      (.present, .completed, .compartment, true),
      (.unspecified, .completed, .compartment, false),
    ])
  func `H5 putting back, the item sensor has a say`(
    item: ProtoItemState, state: ProtoHandoverState, holder: ProtoHolder, isVerified: Bool
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    try await shop.handOver(workOrder)
    let asked = try await shop.request(workOrder, .putBack)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.openDoor()
    #expect(try await shop.key(of: workOrder).holder == .staff)
    try await shop.lock.closeDoor(item: item)
    #expect(try await shop.current(asked) == state)
    let key = try await shop.key(of: workOrder)
    #expect(key.holder == holder)
    #expect(key.sensorVerified == isVerified)
    #expect(try await shop.messages().count == (holder == .compartment ? 1 : 0))
  }

  @Test func `H3 a jam leaves custody, quarantines the box, tells the desk, and opens no other box`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.jam()
    #expect(try await shop.current(asked) == .jammed)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    let box = try await shop.boxes()[Int(asked.compartment) - 1]
    #expect(!box.inService)
    #expect(box.outOfServiceReason == "JAMMED")
    #expect(box.keyID == asked.keyID)
    #expect(try await shop.log(.compartmentQuarantined).map(\.compartment) == [Int(asked.compartment)])
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.log(.commandIssued).count == 2, "the drop's and the hand-over's")
    #expect(try await failure { try await shop.request(workOrder) }?.reason == "COMPARTMENT_QUARANTINED")
    try await shop.service(asked.compartment, true)
    try await shop.handOver(workOrder)
    #expect(try await shop.key(of: workOrder).holder == .staff)
  }

  @Test(arguments: [ProtoCommandOutcome.refused, .expired])
  func `H3 a locker that refuses or lets the command expire leaves everything as it was`(
    outcome: ProtoCommandOutcome
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    try await command.tell(.accepted)
    try await command.end(outcome)
    #expect(try await shop.current(asked) == .failed)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.boxes().allSatisfy { $0.inService })
    try await shop.handOver(workOrder)
    #expect(try await shop.key(of: workOrder).holder == .staff)
  }

  @Test func `H3 an unknown outcome makes custody uncertain and quarantines the box`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.openDoor()
    try await shop.lock.end(.unknown)
    #expect(try await shop.current(asked) == .unknown)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.boxes()[Int(asked.compartment) - 1].outOfServiceReason == "OUTCOME_UNKNOWN")
  }

  @Test func `H3 putting back into a box that jams leaves the key with the mechanic, and gives no PIN`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    let asked = try await shop.request(workOrder, .putBack)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.jam()
    #expect(try await shop.key(of: workOrder).holder == .staff)
    #expect(try await shop.messages().isEmpty)
    let box = try await shop.boxes()[Int(asked.compartment) - 1]
    #expect(!box.reserved)
    #expect(!box.inService)
    let next = try await shop.request(workOrder, .putBack)
    #expect(next.compartment != asked.compartment)
  }

  @Test func `S6 a key that leaves its box before its command has opened it is lost sight of`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    try await command.tell(.accepted)
    try await shop.lock.report(command.line { ($0.event, $0.item) = (.itemOut, .absent) })
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).last?.reason == "TAKEN_WITHOUT_COMMAND")

    try await command.tell(.fired, .doorOpened, .doorClosed)
    try await command.end(.openedAndClosed, item: .absent)
    #expect(try await shop.current(asked) == .completed)
    #expect(try await shop.key(of: workOrder).holder == .uncertain, "a person has to look first")
    #expect(try await shop.log(.keyCollected).isEmpty)
  }

  @Test func `H3 a QR for a key that was lost sight of opens nothing`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.lock.report(
      .with { ($0.compartment, $0.event, $0.item) = (asked.compartment, .itemOut, .absent) })
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    let refusal = try await failure { try await shop.redeem(asked, token) }
    #expect(refusal?.reason == "NO_KEY_IN_LOCKER")
    #expect(try await shop.refusals() == ["NO_KEY_IN_LOCKER"])
    #expect(try await shop.lock.nextCommand() == nil)
  }
}
