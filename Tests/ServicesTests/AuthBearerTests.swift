import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S3: requests that prove their caller by themselves, in the field `authorization`.
@Suite(.timeLimit(.minutes(10))) struct AuthBearerTests {
  private static let nonce = Array("latchkey bearer".utf8)

  /// Does what a wire does before it checks access; what the caller is told, and who it is then.
  private func prove(
    _ world: World, _ field: String?, from connection: RPC.Connection? = nil
  ) async throws -> (failure: Failure?, caller: ProtoCaller) {
    let connection = connection ?? world.stranger()
    let metadata: Metadata = field.map { ["authorization": $0] } ?? []
    let context = CallContext(
      procedure: ProcedureName("test/Test"), connection: connection, metadata: metadata)
    let work = world.auth.authentication(of: context)
    #expect((work == nil) == (field == nil))
    let failure = try await failure { try await work?() }
    return (failure, try world.auth.whoAmI(.init(), World.context(connection)).identity.caller)
  }

  private func assertion(
    _ peer: EnrolledPeer, over nonce: [UInt8] = Self.nonce, audience: String = "latchkey/test",
    issuedAt: Instant, lifetime: Duration = .seconds(60)
  ) throws -> String {
    let claims = DeviceClaims(audience: audience, device: peer.id, issuedAt: issuedAt, lifetime: lifetime)
    return try peer.key.sign(
      message: claims.encoded, footer: Array(peer.key.keyID.utf8), assertion: nonce)
  }

  @Test(arguments: ["Bearer ", "bearer ", "BEARER  "])
  func `S3 programs and devices are known by one request`(scheme: String) async throws {
    let shop = try await Workshop.open()
    let program = try await shop.program()
    let signed = try assertion(shop.controller, issuedAt: shop.world.clock.now)
    #expect(try await prove(shop.world, scheme + program.key) == (nil, .integration))
    #expect(try await prove(shop.world, scheme + signed) == (nil, .controller))
    #expect(try await prove(shop.world, nil) == (nil, .anyone), "nobody has to prove anything")
  }

  enum Fault: String, Sendable, CaseIterable {
    case otherScheme, noScheme, schemeAlone, overChallenge, wrongAudience, expired, fromTheFuture,
      livesTooLong,
      foreignKey, altered, revokedDevice, revokedKey, unknownKey, empty
  }

  @Test(arguments: Fault.allCases)
  func `S3 whatever is wrong with a request's proof looks the same, and proves nothing`(fault: Fault)
    async throws
  {
    let shop = try await Workshop.open()
    let (world, peer, now) = (shop.world, shop.tablet, shop.world.clock.now)
    let program = try await shop.program()
    let good = try assertion(peer, issuedAt: now)
    let connection = world.stranger()
    let field: String
    switch fault {
    case .otherScheme: field = "Digest \(program.key)"
    case .noScheme: field = program.key
    case .schemeAlone: field = "Bearer"
    case .overChallenge:
      let challenge = try world.auth.challenge(.init(), World.context(connection))
      field = "Bearer \(try assertion(peer, over: Array(challenge.nonce), issuedAt: now))"
    case .wrongAudience: field = "Bearer \(try assertion(peer, audience: "latchkey/other", issuedAt: now))"
    case .expired: field = "Bearer \(try assertion(peer, issuedAt: now - .seconds(60)))"
    case .fromTheFuture: field = "Bearer \(try assertion(peer, issuedAt: now + .seconds(6)))"
    case .livesTooLong:
      field = "Bearer \(try assertion(peer, issuedAt: now, lifetime: .seconds(61)))"
    case .foreignKey:
      let stranger = peer.reconnected(
        to: world, signingWith: SigningKey(seed: Array(repeating: 9, count: 32)))
      field = "Bearer \(try assertion(stranger, issuedAt: now))"
    case .altered: field = "Bearer \(good.replacing("v4.public.e", with: "v4.public.f"))"
    case .revokedDevice:
      try await shop.revoke(peer)
      field = "Bearer \(good)"
    case .revokedKey:
      try await shop.revoke(apiKey: program.id)
      field = "Bearer \(program.key)"
    case .unknownKey: field = "Bearer 0000-0000-0000-0000-0000-0000-0000-0000-0000-0000"
    case .empty: field = ""
    }
    let (failure, caller) = try await prove(world, field, from: connection)
    #expect(
      failure
        == Failure(
          .unauthenticated, reason: "CREDENTIAL_REFUSED",
          "This credential is unknown, revoked, expired or made for another server."))
    #expect(caller == .anyone)
  }

  @Test func `S3 what was signed for a request answers no challenge`() async throws {
    let shop = try await Workshop.open()
    let context = World.context(shop.world.stranger())
    _ = try shop.world.auth.challenge(.init(), context)
    let signed = try assertion(shop.tablet, issuedAt: shop.world.clock.now)
    #expect(try await prove(shop.world, "Bearer \(signed)").failure == nil, "it is good in its place")
    let refusal = try await failure {
      try await shop.world.auth.authenticate(.with { $0.assertion = signed }, context)
    }
    #expect(refusal?.reason == "CREDENTIAL_REFUSED")
  }

  @Test func `S2 S3 a guesser's address has to wait, and whoever has a credential there does not`()
    async throws
  {
    let shop = try await Workshop.open()
    let program = try await shop.program()
    for _ in 1...21 {
      #expect(try await prove(shop.world, "Bearer wrong").failure?.reason == "CREDENTIAL_REFUSED")
    }
    let blocked = try await prove(shop.world, "Bearer wrong")
    #expect(blocked.failure?.reason == "TOO_MANY_ATTEMPTS")
    #expect(blocked.failure?.retryDelay == .seconds(30))
    #expect(blocked.caller == .anyone)
    #expect(try await prove(shop.world, "Bearer \(program.key)") == (nil, .integration))
    let signed = try assertion(shop.tablet, issuedAt: shop.world.clock.now)
    #expect(try await prove(shop.world, "Bearer \(signed)") == (nil, .staff))
    let elsewhere = RPC.Connection(security: .tls, remoteAddress: "192.0.2.7")
    #expect(
      try await prove(shop.world, "Bearer wrong", from: elsewhere).failure?.reason == "CREDENTIAL_REFUSED")
  }
}
