import API
import RPC
import Services
import TestSupport
import Testing

/// W2: all that the page of a work order shows.
@Suite(.timeLimit(.minutes(10))) struct WorkOrderPageTests {
  private func page(_ shop: Workshop, _ workOrder: ProtoWorkOrder) async throws -> ProtoGetWorkOrderResponse {
    try await shop.world.workOrders.getWorkOrder(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext)
  }

  @Test func `W2 D6 C7 work, remarks, accepted agreements and where the key is stand on the page`()
    async throws
  {
    let shop = try await Workshop.open()
    let agreement = try await shop.world.admin.createAgreement(
      .with {
        $0.requestID = shop.world.requestID
        $0.locationID = shop.location.locationID
        $0.title = "Terms"
        $0.text = "All of them."
        $0.mandatory = true
      }, shop.world.operatorContext)
    let workOrder = try await shop.book(work: ["Service", "Tyres"])
    #expect(try await page(shop, workOrder).agreements.isEmpty)
    var view = try await shop.enter(pin: try await shop.pin(for: workOrder), in: try await shop.start())
    view = try await shop.saveContact(in: view)
    _ = try await shop.validate(remark: "squeaky brakes", in: view)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    _ = try await shop.confirm(try await shop.view())
    let page = try await page(shop, workOrder)
    #expect(page.workOrder.interventions.map(\.agreed) == [true, true])
    #expect(page.workOrder.remarks == ["squeaky brakes"])
    #expect(page.workOrder.keys.map(\.holderName) == ["Entrance"])
    #expect(page.agreements.map(\.agreementID) == [agreement.agreementID])
    #expect(page.agreements.map(\.title) == ["Terms"])
    #expect(page.agreements.map(\.text) == ["All of them."])
    #expect(page.agreements.allSatisfy { $0.mandatory && $0.hasAcceptTime })
    #expect(page.row.icons == [.keyInLocker, .keyNotVerified, .workAgreed, .remark])
    #expect(page.row.customerName == "Driver")
    #expect(page.row.vehicle.plate == workOrder.vehicle.plate)
  }

  @Test func `W2 S1 open PINs stand there with purpose and expiry, and without their digits`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    #expect(try await page(shop, workOrder).openPins.isEmpty)
    let digits = try await shop.pin(for: workOrder)
    let issued = try await page(shop, workOrder)
    #expect(issued.openPins.map(\.purpose) == [.dropOff])
    #expect(issued.openPins.map(\.inUse) == [false])
    // To the end of the appointment's day, in Amsterdam.
    #expect(issued.openPins.map(\.expireTime.seconds) == [1_803_942_000])
    #expect(try !issued.wireBytes().holds(digits))
    let view = try await shop.enter(pin: digits, in: try await shop.start())
    #expect(try await page(shop, workOrder).openPins.map(\.inUse) == [true])
    _ = try await shop.abort(view)
    #expect(try await page(shop, workOrder).openPins.map(\.inUse) == [false])
    shop.world.clock.advance(.seconds(24 * 60 * 60))
    #expect(try await page(shop, workOrder).openPins.isEmpty, "whether or not it was swept away")
  }
}
