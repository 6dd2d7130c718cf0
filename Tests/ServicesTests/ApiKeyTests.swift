import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S3, W5: an API key may do what it was made for, and nothing else.
@Suite(.timeLimit(.minutes(10))) struct ApiKeyTests {
  private func make(
    _ shop: Workshop, _ fill: (inout ProtoCreateApiKeyRequest) -> Void = { _ in }
  ) async throws -> ProtoCreateApiKeyResponse {
    var request = ProtoCreateApiKeyRequest.with {
      $0.requestID = shop.world.requestID
      $0.locationID = shop.location.locationID
      $0.name = "DMS"
    }
    fill(&request)
    return try await shop.world.admin.createApiKey(request, shop.world.operatorContext)
  }

  private func connect(_ shop: Workshop, _ key: String) async throws -> RPC.Connection {
    let connection = shop.world.stranger()
    _ = try await shop.world.auth.authenticate(.with { $0.apiKey = key }, World.context(connection))
    return connection
  }

  private func refusal(_ shop: Workshop, _ method: String, on connection: RPC.Connection) throws -> Failure? {
    let name = "latchkey.v1.\(method)"
    let rule = try #require(shop.world.procedures().procedures.first { $0.name.description == name })
    do {
      try rule.access.check(World.context(connection, name))
      return nil
    } catch { return error }
  }

  private func list(_ shop: Workshop) async throws -> [ProtoApiKey] {
    try await shop.world.admin.listApiKeys(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext
    ).apiKeys
  }

  @Test func `S3 a key that may only read changes nothing`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let reading = try await connect(shop, try await make(shop) { $0.readOnly = true }.apiKey)
    let writing = try await connect(shop, try await make(shop).apiKey)
    for method in ["WorkOrderService/ListWorkOrders", "EventService/WatchEvents", "AdminService/ListCustody"]
    {
      #expect(try refusal(shop, method, on: reading) == nil, "\(method)")
    }
    for method in ["WorkOrderService/UpsertWorkOrder", "WorkOrderService/CancelWorkOrder"] {
      #expect(try refusal(shop, method, on: reading)?.reason == "CALLER_NOT_ADMITTED", "\(method)")
      #expect(try refusal(shop, method, on: writing) == nil, "\(method)")
    }
    #expect(try shop.world.auth.whoAmI(.init(), World.context(reading)).identity.readOnly)
  }

  @Test func `S3 a key that is kept to a service calls no other`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let kept = try await connect(shop, try await make(shop) { $0.services = ["EventService"] }.apiKey)
    #expect(try refusal(shop, "EventService/WatchEvents", on: kept) == nil)
    #expect(try refusal(shop, "AuthService/WhoAmI", on: kept) == nil)
    let refused = try refusal(shop, "WorkOrderService/ListWorkOrders", on: kept)
    #expect(refused?.reason == "CALLER_NOT_ADMITTED")
    #expect(refused?.message.contains("EventService") == true)
  }

  @Test func `S3 a key that is kept to a location sees no other of its dealer`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let harbour = try await shop.addLocation()
    let kept = try await connect(
      shop, try await make(shop) { $0.reach.locationIds = [harbour.location.locationID] }.apiKey)
    let context = World.context(kept)
    #expect(
      try await shop.world.admin.listLocations(.init(), context).locations.map(\.locationID)
        == [harbour.location.locationID])
    let foreign = try await failure {
      try await shop.world.admin.listCustody(.with { $0.locationID = shop.location.locationID }, context)
    }
    #expect(foreign?.reason == "NOT_FOUND")
  }

  @Test func `S3 a key ends at its time, for connections that it has opened too`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let end = shop.world.clock.now + .seconds(60)
    let key = try await make(shop) { $0.expireTime = .init(milliseconds: end.milliseconds) }.apiKey
    let connection = try await connect(shop, key)
    shop.world.clock.advance(.milliseconds(59_999))
    #expect(try refusal(shop, "AdminService/ListCustody", on: connection) == nil)
    shop.world.clock.advance(.milliseconds(1))
    #expect(try refusal(shop, "AdminService/ListCustody", on: connection)?.reason == "NOT_SIGNED_IN")
    #expect(try await failure { try await connect(shop, key) }?.reason == "CREDENTIAL_REFUSED")
  }

  @Test func `W5 keys are listed with what they may do, when they were used, and never whole`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let made = try await make(shop) {
      $0.readOnly = true
      $0.services = ["EventService"]
      $0.reach.locationIds = [shop.location.locationID]
    }
    let unused = try #require(try await list(shop).last)
    #expect(!unused.hasUseTime)
    #expect(unused.prefix == made.apiKey.prefix(9))
    #expect(
      !(try await shop.world.admin.listApiKeys(
        .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext
      ).serializedData()).contains(Array(made.apiKey.utf8)))
    #expect(
      (unused.readOnly, unused.services, unused.locationIds) == (
        true, ["EventService"], [shop.location.locationID]
      ))
    _ = try await connect(shop, made.apiKey)
    let firstUse = try #require(try await list(shop).last).useTime
    #expect(firstUse.milliseconds == shop.world.clock.now.milliseconds)
    shop.world.clock.advance(.seconds(59))
    _ = try await connect(shop, made.apiKey)
    #expect(try await list(shop).last?.useTime == firstUse)
    shop.world.clock.advance(.seconds(1))
    _ = try await connect(shop, made.apiKey)
    #expect(try await list(shop).last?.useTime != firstUse)
    try await shop.revoke(apiKey: made.apiKeyID)
    #expect(try await list(shop).last?.revoked == true)
  }

  @Test func `S3 a key is made for services that are, locations of the dealer, and the future`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let other = try await shop.neighbour()
    let refusal = try await failure {
      try await make(shop) {
        $0.services = ["KioskService"]
        $0.expireTime = .init(milliseconds: shop.world.clock.now.milliseconds)
        $0.reach.locationIds = Array(1...101)
      }
    }
    #expect(refusal?.violations.map(\.field) == ["reach.location_ids", "services", "expire_time"])
    let foreign = try await failure {
      try await make(shop) { $0.reach.locationIds = [other.location.locationID] }
    }
    #expect(foreign?.reason == "NOT_FOUND")
    for seconds in [Int64.max, .min, 253_402_300_800] {
      let hostile = try await failure { try await make(shop) { $0.expireTime.seconds = seconds } }
      #expect(hostile?.violations.map(\.field) == ["expire_time"])
    }
  }

  @Test func `S3 staff who work at one location see that one, in a session and on a tablet`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let harbour = try await shop.addLocation()
    let desk = try await shop.hire("desk", .receptionist, usesKeyLocker: false)
    func visible() async throws -> [Int64] {
      let connection = shop.world.stranger()
      let opened = try await shop.world.auth.startSession(
        .with {
          $0.userName = "desk"
          $0.password = Workshop.password
        }, World.context(shop.world.stranger()))
      _ = try await shop.world.auth.authenticate(
        .with { $0.sessionToken = opened.token }, World.context(connection))
      return try await shop.world.admin.listLocations(.init(), World.context(connection)).locations.map(
        \.locationID)
    }
    let both = [shop.location.locationID, harbour.location.locationID]
    #expect(try await visible() == both)
    try await shop.update(desk) { $0.worksAt.locationIds = [harbour.location.locationID] }
    #expect(try await visible() == [both[1]])
    #expect(
      try await failure { try await shop.signIn("desk", on: shop.tablet) }?.reason == "CREDENTIAL_REFUSED")
    try await shop.signIn("desk", on: harbour.tablet)
    try await shop.update(desk) { $0.worksAt = .init() }
    #expect(try await visible() == both)
  }
}
