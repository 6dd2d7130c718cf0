import API
import Client
import RPC
import TestSupport
import Testing

/// API keys by the operator's command line, as programs of others get and lose them.
@Suite struct ApiKeyTests {
  @Test func `S3 a key from the command line proves a program until it is revoked there`() async throws {
    let server = try await ServerProcess.start()
    let shop = try await WireWorkshop.open(server)
    let made = try await Self.run("add", "Office", on: server)
    #expect(made.code == 0 && made.output.contains("API key 1 for 'Dealer'"), "\(made.output)")
    let printed = made.output.firstMatch(of: /[0-9A-Z]{4}(-[0-9A-Z]{4}){9}/)
    let key = String(try #require(printed, "no key in \(made.output)").output.0)

    let office = try await server.connect()
    #expect(try await Self.authenticate(key, over: office).caller == .integration)
    let lockers: ProtoListLockersResponse = try await office.call(
      "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = shop.location })
    #expect(lockers.lockers.map(\.lockerID) == [shop.locker])

    let revoked = try await Self.run("revoke", "1", on: server)
    #expect(revoked.code == 0 && revoked.output.contains("API key 1 is revoked."), "\(revoked.output)")
    let again = try await server.connect()
    let refused = await #expect(throws: Failure.self) { try await Self.authenticate(key, over: again) }
    #expect(refused?.reason == "CREDENTIAL_REFUSED")
  }

  @Test func `a key that does not exist cannot be revoked`() async throws {
    let server = try await ServerProcess.start()
    let refused = try await Self.run("revoke", "7", on: server)
    #expect(refused.code == 1 && refused.output.contains("[NOT_FOUND]"), "\(refused.output)")
  }

  private static func run(
    _ subcommand: String, _ argument: String, on server: ServerProcess
  ) async throws -> (code: Int32, output: String) {
    try await ServerProcess.run(["api-key", subcommand, argument, "--data", server.data.path()])
  }

  private static func authenticate(_ key: String, over link: ServerLink) async throws -> ProtoIdentity {
    let response: ProtoAuthenticateResponse = try await link.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = key })
    return response.identity
  }
}
