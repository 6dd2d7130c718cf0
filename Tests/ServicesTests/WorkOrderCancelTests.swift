import API
import Domain
import RPC
import TestSupport
import Testing

/// C14, and the PINs that the desk gives.
@Suite(.timeLimit(.minutes(10))) struct WorkOrderCancelTests {
  private func cancel(
    _ shop: Workshop, _ workOrder: ProtoWorkOrder, _ reason: ProtoCancelReason, _ text: String = ""
  ) async throws -> ProtoWorkOrder {
    try await shop.world.workOrders.cancelWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.reason = reason
        $0.text = text
      }, shop.world.operatorContext
    ).workOrder
  }

  private func restore(_ shop: Workshop, _ workOrder: ProtoWorkOrder) async throws -> ProtoWorkOrder {
    try await shop.world.workOrders.restoreWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
      }, shop.world.operatorContext
    ).workOrder
  }

  @Test func `C14 cancelling needs a reason, ends live PINs, and the first reason stays`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    #expect(
      try await failure { try await cancel(shop, workOrder, .unspecified) }?.violations.map(\.field) == [
        "reason"
      ])
    #expect(try await cancel(shop, workOrder, .noShow).status == .cancelled)
    #expect(try await cancel(shop, workOrder, .dealer).cancelReason == .noShow)
    #expect(try await shop.log(.workOrderCancelled).map(\.reason) == ["NO_SHOW"])
    let dead = try await failure { try await shop.enter(pin: pin, in: try await shop.start()) }
    #expect(dead?.reason == "WRONG_PIN")
    #expect(try await failure { try await shop.book() }?.reason == "WORK_ORDER_CANCELLED")
    #expect(try await failure { try await shop.pin(for: workOrder) }?.reason == "WORK_ORDER_CANCELLED")
  }

  @Test func `C14 the reason 'other' needs a text, which the timeline keeps`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let workOrder = try await shop.book()
    for text in ["", "  ", String(repeating: "x", count: 501)] {
      #expect(
        try await failure { try await cancel(shop, workOrder, .other, text) }?.violations.map(\.field) == [
          "text"
        ])
    }
    _ = try await cancel(shop, workOrder, .other, "sold the car")
    let timeline = try await shop.world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext)
    #expect(timeline.entries.last?.text == "sold the car")
    #expect(timeline.entries.last?.event.reason == "OTHER")
  }

  @Test func `C14 with a key in the locker nothing is cancelled`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    #expect(try await failure { try await cancel(shop, workOrder, .customer) }?.reason == "KEY_IN_LOCKER")
    try await shop.handOver(workOrder)
    #expect(try await cancel(shop, workOrder, .customer).status == .cancelled)
  }

  @Test func `C14 while its customer is at the locker a work order is not cancelled, and the drop goes on`()
    async throws
  {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    _ = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    #expect(try await failure { try await cancel(shop, workOrder, .noShow) }?.reason == "KEY_IN_MOTION")
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.confirm(try await shop.view()).lower.step == .done)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
  }

  @Test func `C14 an admin takes a cancellation back; PINs stay dead`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    _ = try await cancel(shop, workOrder, .dealer)
    let restored = try await restore(shop, workOrder)
    #expect(restored.status == .planned)
    #expect(restored.cancelReason == .unspecified)
    _ = try await restore(shop, workOrder)
    #expect(try await shop.log(.workOrderRestored).count == 1)
    let visit = try await shop.start()
    #expect(try await failure { try await shop.enter(pin: pin, in: visit) }?.reason == "WRONG_PIN")
    #expect(try await shop.enter(pin: try await shop.pin(for: workOrder), in: visit).lower.step == .contact)
  }

  @Test func `D2 P1 a PIN is given only for what can be done with it`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    #expect(try await failure { try await shop.pin(for: workOrder, .pickUp) }?.reason == "NO_KEY_IN_LOCKER")
    #expect(
      try await failure { try await shop.pin(for: workOrder, .unspecified) }?.violations.map(\.field) == [
        "purpose"
      ])
    try await shop.drop(workOrder)
    #expect(try await failure { try await shop.pin(for: workOrder) }?.reason == "KEY_IN_LOCKER")
    let past = try await shop.book("4712", plate: "ZZ-999-Z", at: "2027-02-28T10:00")
    #expect(try await failure { try await shop.pin(for: past) }?.reason == "APPOINTMENT_OVER")
  }

  @Test func `C14 P1 the key of a cancelled work order is put back and collected all the same`() async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    try await shop.cancel(workOrder)
    try await shop.handOver(workOrder, .putBack)
    let pin = try shop.unseal(try #require(try await shop.messages().last))
    _ = try await shop.enter(pin: pin, in: try await shop.start(.pickUp))
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.log(.keyReturned).count == 1)
    #expect(try await shop.current(workOrder).status == .cancelled)
  }

  @Test func `C14 a work order that is restored while staff have its key is in the shop`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    try await shop.cancel(workOrder)
    let restored = try await shop.world.workOrders.restoreWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
      }, shop.world.operatorContext
    ).workOrder
    #expect(restored.status == .inShop)
  }
}
