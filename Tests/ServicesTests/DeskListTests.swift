import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// W1, C10: what stands in the desk's list, and where.
@Suite(.timeLimit(.minutes(10))) struct DeskListTests {
  private func list(
    _ shop: Workshop, _ from: String = "2027-03-01", _ to: String = "2027-03-01", search: String = "",
    pinned: Bool = true
  ) async throws -> [ProtoWorkOrder] {
    try await shop.world.workOrders.listWorkOrders(
      .with {
        $0.locationID = shop.location.locationID
        $0.fromDate = from
        $0.toDate = to
        $0.search = search
        $0.includePinned = pinned
      }, shop.world.operatorContext
    ).workOrders
  }

  @Test func `W1 key in locker first, then pinned, then by time, and each row names its place`() async throws
  {
    let shop = try await Workshop.open()
    _ = try await shop.book("late", plate: "AA-001-A", at: "2027-03-01T16:00")
    _ = try await shop.book("early", plate: "AA-002-A", at: "2027-03-01T08:00")
    try await shop.pin(try await shop.book("pinned", plate: "AA-003-A", at: "2027-03-01T12:00"))
    try await shop.pin(try await shop.book("pinned of old", plate: "AA-004-A", at: "2027-02-20T12:00"))
    try await shop.drop(try await shop.book("dropped", plate: "AA-005-A", at: "2027-03-01T17:00"))
    let order = ["dropped", "pinned of old", "pinned", "early", "late"]
    #expect(try await list(shop).map(\.number) == order)
    let view = await (try shop.desk(shop.deskRequest("2027-03-01", "2027-03-01"))).view()
    #expect(view.isWhole)
    #expect(view.numbers == order)
    #expect(
      view.inOrder.map(\.orderKey) == [
        "0 2027-03-01T17:00 dropped", "1 2027-02-20T12:00 pinned of old", "1 2027-03-01T12:00 pinned",
        "2 2027-03-01T08:00 early", "2 2027-03-01T16:00 late",
      ])
    #expect(view.inOrder.map(\.dayDifference) == [0, -9, 0, 0, 0])
    #expect(view.inOrder.map(\.pinned) == [false, true, true, false, false])
  }

  @Test func `W1 D11 a search finds part of a number or of a plate, however it is written`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await shop.book("WO-4711", plate: "AB-123-C")
    _ = try await shop.book("wo-4712", plate: "XY-999-Z")
    try await shop.pin(try await shop.book("WO-1", plate: "AB-124-D", at: "2027-04-01T10:00"))
    func found(_ search: String) async throws -> Set<String> {
      let listed = Set(try await list(shop, search: search).map(\.number))
      let view = await (try shop.desk(shop.deskRequest("2027-03-01", "2027-03-01", search: search))).view()
      #expect(Set(view.numbers) == listed, "\(search)")
      return listed
    }
    #expect(try await found("wo-47") == ["WO-4711", "wo-4712"])
    #expect(try await found("  4712 ") == ["wo-4712"])
    #expect(try await found("ab12") == ["WO-4711", "WO-1"])
    #expect(try await found("ab 123") == ["WO-4711"])
    #expect(try await found("-").count == 3, "all numbers have one")
    #expect(try await found("nothing").isEmpty)
    #expect(try await list(shop, search: "ab12", pinned: false).map(\.number) == ["WO-4711"])
    let tooLong = try await failure { try await list(shop, search: String(repeating: "x", count: 41)) }
    #expect(tooLong?.violations.map(\.field) == ["search"])
  }

  @Test func `C10 a pin by hand shows on every date until it is taken off, and stands in the log`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let workOrder = try await shop.book()
    #expect(try await shop.pin(workOrder).pinnedByHand)
    #expect(try await shop.pin(workOrder).pinned, "repeating changes nothing")
    #expect(try await list(shop, "2027-05-01", "2027-05-02").map(\.number) == ["4711"])
    #expect(try await list(shop, "2027-05-01", "2027-05-02", pinned: false).isEmpty)
    #expect(try await !shop.pin(workOrder, false).pinned)
    #expect(try await list(shop, "2027-05-01", "2027-05-02").isEmpty)
    #expect(
      try await shop.timeline(of: workOrder) == [
        "work order created", "work order pinned", "work order unpinned",
      ])
  }

  @Test func `C10 a key in the locker on another day pins by itself, and stores nothing`() async throws {
    let shop = try await Workshop.open()
    let tomorrow = try await shop.book("tomorrow", at: "2027-03-02T10:00")
    try await shop.drop(tomorrow)
    #expect(try await list(shop).map(\.number) == ["tomorrow"])
    #expect(try await list(shop).map(\.pinnedByHand) == [false])
    try await shop.handOver(tomorrow)
    #expect(try await list(shop).isEmpty)
  }

  @Test func `C10 at most 200 are pinned by hand at a location`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    for number in 0..<200 { try await shop.pin(try await shop.book("\(number)", plate: "B\(number)")) }
    let last = try await shop.book("last", plate: "B999")
    #expect(try await failure { try await shop.pin(last) }?.reason == "TOO_MANY_PINNED")
    #expect(try await list(shop).count == 100, "a page")
    _ = try await shop.pin(try await shop.book("0", plate: "B0"), false)
    #expect(try await shop.pin(last).pinnedByHand)
  }

  @Test func `W1 pages of the list follow each other without gap or overlap, pinned ones first`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    for number in 10..<17 {
      let workOrder = try await shop.book("\(number)", plate: "AA-0\(number)-A")
      if number > 13 { try await shop.pin(workOrder) }
    }
    var numbers: [String] = []
    var token = ""
    repeat {
      let page = try await shop.world.workOrders.listWorkOrders(
        .with {
          $0.locationID = shop.location.locationID
          $0.fromDate = "2027-03-01"
          $0.toDate = "2027-03-01"
          $0.pageSize = 2
          $0.pageToken = token
        }, shop.world.operatorContext)
      numbers += page.workOrders.map(\.number)
      token = page.nextPageToken
    } while !token.isEmpty
    #expect(numbers == ["14", "15", "16", "10", "11", "12", "13"])
  }
}
