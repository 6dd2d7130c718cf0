import API
import RPC
import TestSupport
import Testing

/// Every refusal of the appointments' contract, by its reason (A3, C14, W1).
@Suite struct WorkOrderTests {
  @Test func `A3 the dealer's own number creates once, updates after that, and repeats change nothing`()
    async throws
  {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let same = try await shop.store(workOrder)
    #expect(same == workOrder)
    #expect(try await shop.log(.workOrderUpdated).isEmpty)
    let moved = try await shop.store(workOrder) { $0.localTime = "2027-03-02T11:30" }
    #expect(moved.workOrderID == workOrder.workOrderID)
    #expect(moved.localTime == "2027-03-02T11:30")
    #expect(try await shop.log(.workOrderUpdated).count == 1)
    #expect(try await shop.log(.workOrderCreated).count == 1)
  }

  @Test func `A3 every bad field is named`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let refusal = try await shop.refusal {
      try await shop.store(workOrder) {
        $0.number = ""
        $0.localTime = "2027-02-29T10:00"
        $0.vehicle.plate = "?"
        $0.contacts[0].privateMobile = "12"
        $0.contacts[0].privateEmail = "nobody"
      }
    }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(
      Set(refusal?.violations.map(\.field) ?? []) == [
        "work_order.number", "work_order.local_time", "work_order.vehicle.plate",
        "work_order.contacts[0].private_mobile", "work_order.contacts[0].private_email",
      ])
    #expect(try await shop.current(workOrder) == workOrder)
  }

  @Test func `A3 C14 a cancelled work order is not changed until it is restored`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.cancel(workOrder)
    let refusal = try await shop.refusal { try await shop.store(workOrder) { $0.vehicle.brand = "Volvo" } }
    #expect(refusal?.reason == "WORK_ORDER_CANCELLED")
    let restored = try await restore(workOrder, at: shop)
    #expect(restored.status == .planned)
    #expect(restored.cancelReason == .unspecified)
    #expect(try await restore(workOrder, at: shop) == restored)
    #expect(try await shop.log(.workOrderRestored).count == 1)
    #expect(try await shop.store(workOrder) { $0.vehicle.brand = "Volvo" }.vehicle.brand == "Volvo")
  }

  @Test func `S3 what is unknown and what is another's are not found alike`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let unknown = ProtoWorkOrder.with { $0.workOrderID = 999 }
    let stranger = World.context(shop.world.stranger())
    var reasons: [Failure.Reason?] = []
    for id in [workOrder.workOrderID, 999] {
      let refusal = try await shop.refusal {
        try await shop.world.workOrders.getWorkOrder(.with { $0.workOrderID = id }, stranger)
      }
      reasons.append(refusal?.reason)
    }
    reasons.append(try await shop.refusal { try await shop.current(unknown) }?.reason)
    reasons.append(try await shop.refusal { try await shop.cancel(unknown) }?.reason)
    reasons.append(try await shop.refusal { try await restore(unknown, at: shop) }?.reason)
    reasons.append(try await shop.refusal { try await shop.store(workOrder) { $0.locationID = 999 } }?.reason)
    reasons.append(try await shop.refusal { try await list(shop, from: "2027-03-01", location: 999) }?.reason)
    reasons.append(try await shop.refusal { try await importing("number", at: shop, location: 999) }?.reason)
    #expect(reasons == Array(repeating: "NOT_FOUND", count: 8))
  }

  @Test func `A3 a work order is found by its number at its location`() async throws {
    let shop = try await Workshop.open()
    let harbour = try await shop.addLocation()
    let workOrder = try await shop.book()
    func get(_ number: String, at shop: Workshop) async throws -> ProtoWorkOrder {
      try await shop.world.workOrders.getWorkOrder(
        .with { ($0.locationID, $0.number) = (shop.location.locationID, number) }, shop.world.operatorContext
      ).workOrder
    }
    #expect(try await get("4711", at: shop) == workOrder)
    #expect(try await harbour.refusal { try await get("4711", at: harbour) }?.reason == "NOT_FOUND")
  }

  @Test func `W1 a list is of one to seven days, and of at most 500 rows a page`() async throws {
    let shop = try await Workshop.open()
    for (from, through, size, token) in [
      ("2027-3-1", "2027-03-01", 0, ""), ("2027-03-01", "", 0, ""), ("2027-03-02", "2027-03-01", 0, ""),
      ("2027-03-01", "2027-03-08", 0, ""), ("2027-03-01", "2027-03-01", -1, ""),
      ("2027-03-01", "2027-03-01", 501, ""),
      ("2027-03-01", "2027-03-01", 1, "x"), ("2027-03-01", "2027-03-01", 1, "-1"),
    ] as [(String, String, Int32, String)] {
      let refusal = try await shop.refusal {
        try await list(shop, from: from, through: through, size: size, token: token)
      }
      #expect(refusal?.reason == "INVALID_FIELD", "\(from) \(through) \(size) \(token)")
    }
    #expect(try await list(shop, from: "2027-02-26", through: "2027-03-04", size: 500).workOrders.isEmpty)
  }

  @Test func `W1 pages follow each other without a gap`() async throws {
    let shop = try await Workshop.open()
    for number in 1...5 { _ = try await shop.book("\(number)", plate: "AA-10\(number)-A") }
    var (numbers, token): ([String], String) = ([], "")
    repeat {
      let page = try await list(shop, from: "2027-03-01", size: 2, token: token)
      #expect(page.workOrders.count <= 2)
      numbers += page.workOrders.map(\.number)
      token = page.nextPageToken
    } while !token.isEmpty
    #expect(numbers == ["1", "2", "3", "4", "5"])
  }

  @Test func `C10 W1 a key in the locker on a day that is not its own is pinned, and goes first`()
    async throws
  {
    let shop = try await Workshop.open()
    _ = try await shop.book("1", plate: "AA-101-A", at: "2027-03-01T08:00")
    let tomorrow = try await shop.book("2", plate: "AA-102-A", at: "2027-03-02T08:00")
    try await shop.drop(tomorrow)
    let rows = try await list(shop, from: "2027-03-01", through: "2027-03-02").workOrders
    #expect(rows.map(\.number) == ["2", "1"])
    #expect(rows.map(\.pinned) == [true, false])
  }

  @Test func `C14 cancelling needs a reason, and with "other" a text`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    func cancel(_ reason: ProtoCancelReason, _ text: String = "") async throws -> ProtoWorkOrder {
      try await shop.world.workOrders.cancelWorkOrder(
        .with {
          ($0.requestID, $0.workOrderID) = (shop.world.requestID, workOrder.workOrderID)
          ($0.reason, $0.text) = (reason, text)
        }, shop.world.operatorContext
      ).workOrder
    }
    for (reason, text) in [
      (.unspecified, ""), (.other, ""), (.other, " \n"), (.noShow, String(repeating: "x", count: 501)),
    ] as [(ProtoCancelReason, String)] {
      #expect(try await shop.refusal { try await cancel(reason, text) }?.reason == "INVALID_FIELD")
    }
    #expect(try await cancel(.other, "Sold").cancelReason == .other)
    // The first reason stays.
    #expect(try await cancel(.noShow).cancelReason == .other)
    #expect(try await shop.log(.workOrderCancelled).map(\.reason) == ["OTHER"])
  }

  @Test func `C14 D9 a work order with its key in the locker is not cancelled`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    #expect(try await shop.refusal { try await shop.cancel(workOrder) }?.reason == "KEY_IN_LOCKER")
    #expect(try await shop.current(workOrder).status == .inShop)
  }

  @Test func `A3 a file's good lines are taken, each bad one is named`() async throws {
    let shop = try await Workshop.open()
    let cancelled = try await shop.book("3")
    try await shop.cancel(cancelled)
    let file = """
      number;date;time;plate;driver_name;driver_mobile;work
      1;2027-03-01;09:00;AA-101-A;One;0612345678;Service|Tyres
      2;2027-02-30;09:00;AA-102-A;Two;;
      3;2027-03-01;09:00;AA-103-A;Three;;
      4;2027-03-01;09:00;AA-104-A;Four;12;
      """
    let answer = try await importing(file, at: shop)
    #expect(answer.createdCount == 1)
    #expect(answer.errorCount == 3)
    #expect(answer.errors.map(\.line) == [3, 4, 5])
    #expect(answer.errors.map(\.field) == ["date", "number", "driver_mobile"])
    let rows = try await list(shop, from: "2027-03-01").workOrders
    #expect(rows.map(\.number) == ["1", "3"])
    #expect(rows[0].interventions.map(\.name) == ["Service", "Tyres"])
    let again = try await importing(file, at: shop)
    #expect(again.createdCount == 0)
    #expect(again.unchangedCount == 1)
  }

  @Test(arguments: [
    "", "number,date,time", "number,date,time,plate,colour\n", "1,2027-03-01,09:00,AA-101-A\n",
  ])
  func `A3 a file without the header that it needs is refused whole`(file: String) async throws {
    let shop = try await Workshop.open()
    #expect(try await shop.refusal { try await importing(file, at: shop) }?.reason == "INVALID_CSV")
  }

  // MARK: Calls

  private func restore(_ workOrder: ProtoWorkOrder, at shop: Workshop) async throws -> ProtoWorkOrder {
    try await shop.world.workOrders.restoreWorkOrder(
      .with { ($0.requestID, $0.workOrderID) = (shop.world.requestID, workOrder.workOrderID) },
      shop.world.operatorContext
    ).workOrder
  }

  private func list(
    _ shop: Workshop, from: String, through: String? = nil, size: Int32 = 0, token: String = "",
    location: Int64? = nil
  ) async throws -> ProtoListWorkOrdersResponse {
    try await shop.world.workOrders.listWorkOrders(
      .with {
        $0.locationID = location ?? shop.location.locationID
        ($0.fromDate, $0.toDate) = (from, through ?? from)
        ($0.pageSize, $0.pageToken) = (size, token)
      }, shop.world.operatorContext)
  }

  private func importing(
    _ file: String, at shop: Workshop, location: Int64? = nil
  ) async throws -> ProtoImportWorkOrdersResponse {
    try await shop.world.workOrders.importWorkOrders(
      .with {
        ($0.requestID, $0.locationID) = (shop.world.requestID, location ?? shop.location.locationID)
        $0.csv = .init(file.utf8)
      }, shop.world.operatorContext)
  }
}
