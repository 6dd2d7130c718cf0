import API
import RPC
import TestSupport
import Testing

@testable import Services

/// A5: lists come page by page, whatever is made meanwhile.
@Suite(.timeLimit(.minutes(10))) struct PageTests {
  private func lockers(_ shop: Workshop, _ size: Int32, _ token: String) async throws -> (
    names: [String], next: String
  ) {
    let page = try await shop.world.admin.listLockers(
      .with {
        $0.locationID = shop.location.locationID
        $0.pageSize = size
        $0.pageToken = token
      }, shop.world.operatorContext)
    return (page.lockers.map(\.name), page.nextPageToken)
  }

  private func add(_ shop: Workshop, _ name: String) async throws {
    _ = try await shop.world.admin.createLocker(
      .with {
        $0.requestID = shop.world.requestID
        $0.locationID = shop.location.locationID
        $0.name = name
        $0.compartmentCount = 1
      }, shop.world.operatorContext)
  }

  @Test func `A5 pages hold everything once, also what is made while they are read`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    for name in ["A", "B", "C"] { try await add(shop, name) }
    let first = try await lockers(shop, 2, "")
    #expect(first.names == ["Entrance", "A"])
    try await add(shop, "D")
    let second = try await lockers(shop, 2, first.next)
    #expect(second.names == ["B", "C"])
    let third = try await lockers(shop, 2, second.next)
    #expect(third.names == ["D"])
    #expect(third.next == "")
    // The last page may be full.
    #expect(try await lockers(shop, 5, "").next == "")
    #expect(try await lockers(shop, 4, "").next != "")
    #expect(try await lockers(shop, 0, "").names == ["Entrance", "A", "B", "C", "D"])
  }

  @Test(arguments: [(Int32(-1), ""), (501, ""), (.max, "")])
  func `A5 a page has a size from 0 to 500`(size: Int32, token: String) async throws {
    let shop = try await Workshop.open(boxes: 1)
    #expect(
      try await failure { try await lockers(shop, size, token) }?.violations.map(\.field) == ["page_size"])
    #expect(try await failure { try await lockers(shop, 500, token) } == nil)
  }

  @Test(arguments: ["x", "lockers.", "lockers.-1", "lockers.0", "lockers.+1", "lockers.01", "devices.1", "1"])
  func `A5 a token that was not given by this list is refused`(token: String) async throws {
    let shop = try await Workshop.open(boxes: 1)
    let refusal = try await failure { try await lockers(shop, 1, token) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.violations.map(\.field) == ["page_token"])
  }

  @Test func `S3 a page is full of what its caller may see, whatever lies between`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    for number in 1...3 {
      _ = try await shop.neighbour(name: "Theirs \(number)", staff: "n\(number)")
      _ = try await shop.addLocation("Ours \(number)")
    }
    let boss = try await shop.tablet(of: "boss", .dealerAdmin)
    var names: [[String]] = []
    var token = ""
    repeat {
      let page = try await shop.world.admin.listLocations(
        .with {
          $0.pageSize = 2
          $0.pageToken = token
        }, boss.context)
      names.append(page.locations.map(\.name))
      token = page.nextPageToken
    } while token != ""
    #expect(names == [["Main street", "Ours 1"], ["Ours 2", "Ours 3"]])
  }

  /// How many things are on each page.
  private func pages(_ list: (_ token: String) async throws -> (Int, String)) async throws -> [Int] {
    var counts: [Int] = []
    var token = ""
    repeat {
      let (count, next) = try await list(token)
      counts.append(count)
      token = next
    } while token != ""
    return counts
  }

  @Test func `A5 API keys come in pages, revoked ones too`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let world = shop.world
    let first = try await shop.program()
    for _ in 1...3 { _ = try await shop.program() }
    _ = try await world.admin.revokeApiKey(
      .with { ($0.requestID, $0.apiKeyID) = (world.requestID, first.id) }, world.operatorContext)
    var ids: [Int64] = []
    let counts = try await pages { token in
      let page = try await world.admin.listApiKeys(
        .with { ($0.locationID, $0.pageSize, $0.pageToken) = (shop.location.locationID, 3, token) },
        world.operatorContext)
      ids += page.apiKeys.map(\.apiKeyID)
      return (page.apiKeys.count, page.nextPageToken)
    }
    #expect(counts == [3, 1])
    #expect(ids == ids.sorted() && ids.first == first.id)
  }

  @Test func `A5 where somebody is signed in comes in pages, tablets before sessions`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let world = shop.world
    for number in 1...2 {
      let name = "Tablet \(number) more"
      let tablet = try await world.enroll(.tablet, name: name, location: shop.location.locationID)
      try await shop.signIn("mechanic", on: tablet)
    }
    for _ in 1...2 {
      _ = try await world.auth.startSession(
        .with { ($0.userName, $0.password) = ("mechanic", Workshop.password) },
        World.context(world.stranger()))
    }
    let mechanic = try #require(
      try await world.admin.listStaff(
        .with { $0.locationID = shop.location.locationID }, world.operatorContext
      ).staff.first { $0.userName == "mechanic" })
    var places: [String] = []
    let counts = try await pages { token in
      let page = try await world.admin.listStaffSessions(
        .with { ($0.staffID, $0.pageSize, $0.pageToken) = (mechanic.staffID, 2, token) },
        world.operatorContext)
      places += page.sessions.map { $0.tabletID == 0 ? "session" : $0.tabletName }
      return (page.sessions.count, page.nextPageToken)
    }
    #expect(counts == [2, 2, 1])
    #expect(places == ["Tablet 1", "Tablet 1 more", "Tablet 2 more", "session", "session"])
  }

  @Test func `A5 staff, devices and keys in custody come in pages, too`() async throws {
    let shop = try await Workshop.open(boxes: 3)
    for number in 1...2 {
      try await shop.drop(try await shop.book("WO \(number)", plate: "AA-00\(number)-B"))
      try await shop.hire("mechanic \(number)", .mechanic, usesKeyLocker: false)
    }
    let world = shop.world
    let here = shop.location.locationID
    let staff = try await pages { token in
      let page = try await world.admin.listStaff(
        .with { ($0.locationID, $0.pageSize, $0.pageToken) = (here, 2, token) }, world.operatorContext)
      return (page.staff.count, page.nextPageToken)
    }
    #expect(staff == [2, 1])
    let devices = try await pages { token in
      let page = try await world.admin.listDevices(
        .with { ($0.locationID, $0.pageSize, $0.pageToken) = (here, 2, token) }, world.operatorContext)
      return (page.devices.count, page.nextPageToken)
    }
    #expect(devices == [2, 1])
    let keys = try await pages { token in
      let page = try await world.admin.listCustody(
        .with { ($0.locationID, $0.pageSize, $0.pageToken) = (here, 1, token) }, world.operatorContext)
      return (page.keys.count, page.nextPageToken)
    }
    #expect(keys == [1, 1])
  }
}
