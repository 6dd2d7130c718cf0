import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S2: how often each may call, and how many connections each may have.
@Suite(.timeLimit(.minutes(10))) struct QuotaTests {
  private func rule(_ world: World, _ method: String) throws -> any AccessRule {
    try #require(world.procedures().procedures.first { $0.name.description == "latchkey.v1.\(method)" })
      .access
  }

  private func refusal(_ rule: any AccessRule, on connection: RPC.Connection) -> Failure? {
    do {
      try rule.check(World.context(connection))
      return nil
    } catch { return error }
  }

  private func call(_ world: World, _ method: String, on connection: RPC.Connection) throws -> Failure? {
    refusal(try rule(world, method), on: connection)
  }

  private func admitted(_ world: World, _ method: String, on connection: RPC.Connection) throws -> Int {
    let rule = try rule(world, method)
    var count = 0
    while refusal(rule, on: connection) == nil { count += 1 }
    return count
  }

  private func stranger(_ network: UInt64?) -> RPC.Connection {
    Connection(security: .tls, remoteAddress: "192.0.2.1", remoteNetwork: network)
  }

  @Test func `S2 a caller's calls count together, on whatever connections, and nobody else's`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let (one, other) = (try await shop.program("One"), try await shop.program("Other"))
    let again = shop.world.stranger()
    _ = try await shop.world.auth.authenticate(.with { $0.apiKey = one.key }, World.context(again))
    let limit = shop.world.environment.quotas.limits.known
    #expect(try admitted(shop.world, "AdminService/ListLocations", on: one.connection) == limit.atOnce)
    let refusal = try call(shop.world, "AdminService/ListCustody", on: again)
    #expect(refusal?.reason == "TOO_MANY_REQUESTS")
    #expect(refusal?.code == .resourceExhausted)
    #expect(refusal?.retryDelay == .milliseconds(2))
    #expect(try call(shop.world, "AdminService/ListCustody", on: other.connection) == nil)
    shop.world.clock.advance(.seconds(1))
    #expect(try admitted(shop.world, "AdminService/ListLocations", on: again) == limit.perSecond)
  }

  @Test func `S2 strangers count by network, those of this machine and the operator not at all`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let limit = shop.world.environment.quotas.limits.strangers
    #expect(try admitted(shop.world, "AuthService/WhoAmI", on: stranger(1)) == limit.atOnce)
    #expect(try call(shop.world, "AuthService/Challenge", on: stranger(1))?.reason == "TOO_MANY_REQUESTS")
    #expect(try call(shop.world, "AuthService/WhoAmI", on: stranger(2)) == nil)
    let rule = try rule(shop.world, "AuthService/WhoAmI")
    for _ in 0...limit.atOnce {
      #expect(refusal(rule, on: stranger(nil)) == nil)
      #expect(refusal(rule, on: shop.world.operatorContext.connection) == nil)
    }
  }

  @Test func `S2 a password weighs as much as the work that it takes`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let limit = shop.world.environment.quotas.limits.strangers
    #expect(
      try admitted(shop.world, "AuthService/StartSession", on: stranger(1)) == limit.atOnce
        / Access.passwordWeight)
    #expect(try call(shop.world, "AuthService/WhoAmI", on: stranger(1)) != nil)
  }

  @Test func `S2 calls that are refused count, too`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let connection = stranger(1)
    let rule = try rule(shop.world, "AdminService/ListStaff")
    for _ in 1...shop.world.environment.quotas.limits.strangers.atOnce {
      #expect(refusal(rule, on: connection)?.reason == "NOT_SIGNED_IN")
    }
    #expect(refusal(rule, on: connection)?.reason == "TOO_MANY_REQUESTS")
  }

  @Test func `S2 who has called seldom is forgotten, who has called much is not`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let program = try await shop.program()
    _ = try admitted(shop.world, "AdminService/ListLocations", on: program.connection)
    try await shop.world.timers.sweep()
    #expect(try call(shop.world, "AdminService/ListLocations", on: program.connection) != nil)
  }

  @Test func `S2 one caller has so many connections, and a further one is refused with a delay`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let program = try await shop.program()
    func connect() async throws -> (RPC.Connection, Failure?) {
      let connection = shop.world.stranger()
      let refusal = try await failure {
        try await shop.world.auth.authenticate(.with { $0.apiKey = program.key }, World.context(connection))
      }
      return (connection, refusal)
    }
    var open: [RPC.Connection] = []
    for _ in 2...Sessions.connectionsPerCaller {
      let (connection, refusal) = try await connect()
      #expect(refusal == nil)
      open.append(connection)
    }
    let refusal = try await connect().1
    #expect(refusal?.reason == "TOO_MANY_CALLS")
    #expect(refusal?.retryDelay == .seconds(1))
    open.removeLast().ended()
    #expect(try await connect().1 == nil)
  }
}
