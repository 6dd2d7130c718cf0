import API
import Domain
import RPC
import TestSupport
import Testing

/// W1: the desk's list.
@Suite(.timeLimit(.minutes(10))) struct WorkOrderListTests {
  private func list(
    _ shop: Workshop, _ from: String = "2027-03-01", _ to: String = "2027-03-07", size: Int32 = 0,
    token: String = ""
  ) async throws -> ProtoListWorkOrdersResponse {
    try await shop.world.workOrders.listWorkOrders(
      .with {
        $0.locationID = shop.location.locationID
        $0.fromDate = from
        $0.toDate = to
        $0.pageSize = size
        $0.pageToken = token
      }, shop.world.operatorContext)
  }

  @Test func `W1 a key in the locker comes first, then the time; other dates stay out`() async throws {
    let shop = try await Workshop.open()
    _ = try await shop.book("late", plate: "AA-001-A", at: "2027-03-01T16:00")
    _ = try await shop.book("early", plate: "AA-002-A", at: "2027-03-01T08:00")
    _ = try await shop.book("next day", plate: "AA-003-A", at: "2027-03-02T07:00")
    _ = try await shop.book("next week", plate: "AA-004-A", at: "2027-03-08T07:00")
    let dropped = try await shop.book("dropped", plate: "AA-005-A", at: "2027-03-01T17:00")
    let tomorrow = try await shop.book("tomorrow", plate: "AA-006-A", at: "2027-03-02T18:00")
    try await shop.drop(dropped)
    try await shop.drop(tomorrow)
    let all = try await list(shop)
    #expect(all.workOrders.map(\.number) == ["dropped", "tomorrow", "early", "late", "next day"])
    #expect(all.workOrders.map(\.pinned) == [false, true, false, false, false])
    #expect(all.nextPageToken.isEmpty)
    #expect(
      try await list(shop, "2027-03-02", "2027-03-02").workOrders.map(\.number) == ["tomorrow", "next day"])
  }

  @Test func `W1 pages follow each other without gap or overlap`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    for number in 10..<17 { _ = try await shop.book("\(number)", plate: "AA-0\(number)-A") }
    var numbers: [String] = []
    var token = ""
    var pages = 0
    repeat {
      let page = try await list(shop, size: 3, token: token)
      numbers += page.workOrders.map(\.number)
      token = page.nextPageToken
      pages += 1
    } while !token.isEmpty
    #expect(pages == 3)
    #expect(numbers == (10..<17).map(String.init))
    #expect(try await list(shop, size: 7).nextPageToken.isEmpty)
    #expect(try await list(shop, token: "2 2027-03-07T23:59 z").workOrders.isEmpty)
  }

  @Test func `W1 A5 a list covers at most seven days, and every fault is named at once`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    func faults(_ from: String, _ to: String, _ size: Int32 = 0, _ token: String = "") async throws
      -> [String]?
    {
      try await failure { try await list(shop, from, to, size: size, token: token) }?.violations.map(\.field)
    }
    #expect(try await faults("2027-03-01", "2027-03-07") == nil)
    #expect(try await faults("2027-03-01", "2027-03-08") == ["to_date"])
    #expect(try await faults("2027-03-02", "2027-03-01") == ["to_date"])
    #expect(
      try await faults("1.3.2027", "", 501, "x") == ["from_date", "to_date", "page_size", "page_token"])
    for token in ["-1", "3 2027-03-01T10:00 1", "2 2027-03-01 1", "2 2027-03-01T10:00"] {
      #expect(try await faults("2027-03-01", "2027-03-01", -1, token) == ["page_size", "page_token"])
    }
    #expect(try await faults("2027-03-01", "2027-03-01", 500) == nil)
  }
}
