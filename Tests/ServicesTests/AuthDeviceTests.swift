import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S3: devices prove themselves by key pair over a nonce of the server.
@Suite(.timeLimit(.minutes(10))) struct AuthDeviceTests {
  /// Signs what a test asks for.
  private func assertion(
    _ peer: EnrolledPeer, over nonce: [UInt8], audience: String = "latchkey/test", device: Int64? = nil,
    issuedAt: Instant, lifetime: Duration = .seconds(60), footer: String? = nil
  ) throws -> String {
    let id = Device.ID(rawValue: device ?? peer.id.rawValue)
    let claims = DeviceClaims(audience: audience, device: id, issuedAt: issuedAt, lifetime: lifetime)
    return try peer.key.sign(
      message: claims.encoded, footer: Array((footer ?? peer.key.keyID).utf8), assertion: nonce)
  }

  private func authenticate(_ world: World, _ assertion: String, on connection: RPC.Connection) async throws
    -> Failure?
  {
    try await failure {
      try await world.auth.authenticate(.with { $0.assertion = assertion }, World.context(connection))
    }
  }

  @Test func `S3 a device is what it was enrolled as, at the place that the code was made for`() async throws
  {
    let shop = try await Workshop.open()
    for (peer, kind) in [(shop.controller, ProtoCaller.controller), (shop.screen, .screen)] {
      let who = try shop.world.auth.whoAmI(.init(), peer.context).identity
      #expect(who.caller == kind)
      #expect(who.deviceID == peer.id.rawValue)
      #expect(who.lockerID == shop.locker.lockerID)
      #expect(who.locationID == shop.location.locationID)
      #expect(who.staffID == 0)
    }
    let staff = try shop.world.auth.whoAmI(.init(), shop.tablet.context).identity
    #expect(staff.caller == .staff)
    #expect(staff.lockerID == 0)
    #expect(staff.permissions == [.useKeyLocker])
    let nobody = try shop.world.auth.whoAmI(.init(), World.context(shop.world.stranger())).identity
    #expect(nobody == .with { $0.caller = .anyone })
    #expect(try shop.world.auth.whoAmI(.init(), shop.world.operatorContext).identity.caller == .operator)
  }

  @Test func `S3 a nonce serves once, also when it served in vain`() async throws {
    let shop = try await Workshop.open()
    let connection = shop.world.stranger()
    let challenge = try shop.world.auth.challenge(.init(), World.context(connection))
    let right = shop.tablet.assertion(challenge, at: shop.world.clock.now)
    #expect(
      try await authenticate(shop.world, "v4.public.nonsense", on: connection)?.reason == "CREDENTIAL_REFUSED"
    )
    #expect(try await authenticate(shop.world, right, on: connection)?.reason == "NO_CHALLENGE")
    let next = try shop.world.auth.challenge(.init(), World.context(connection))
    #expect(next.nonce != challenge.nonce)
    #expect(next.nonce.count == 32)
    let proof = shop.tablet.assertion(next, at: shop.world.clock.now)
    #expect(try await authenticate(shop.world, proof, on: connection) == nil)
    #expect(try await authenticate(shop.world, proof, on: connection)?.reason == "NO_CHALLENGE")
  }

  @Test func `S3 without a nonce of this connection nothing is proved`() async throws {
    let shop = try await Workshop.open()
    let (one, other) = (shop.world.stranger(), shop.world.stranger())
    let challenge = try shop.world.auth.challenge(.init(), World.context(one))
    let proof = shop.tablet.assertion(challenge, at: shop.world.clock.now)
    #expect(try await authenticate(shop.world, proof, on: other)?.reason == "NO_CHALLENGE")
    _ = try shop.world.auth.challenge(.init(), World.context(other))
    #expect(try await authenticate(shop.world, proof, on: other)?.reason == "CREDENTIAL_REFUSED")
    _ = try shop.world.auth.challenge(.init(), World.context(one))
    #expect(try await authenticate(shop.world, proof, on: one)?.reason == "CREDENTIAL_REFUSED")
  }

  @Test(arguments: [(Duration.milliseconds(59_999), true), (.seconds(60), false)])
  func `S3 a nonce lives 60 seconds`(age: Duration, isGood: Bool) async throws {
    let shop = try await Workshop.open()
    let connection = shop.world.stranger()
    let challenge = try shop.world.auth.challenge(.init(), World.context(connection))
    shop.world.clock.advance(age)
    let proof = shop.tablet.assertion(challenge, at: shop.world.clock.now)
    #expect(
      try await authenticate(shop.world, proof, on: connection)?.reason == (isGood ? nil : "NO_CHALLENGE"))
  }

  enum Fault: String, Sendable, CaseIterable {
    case none, wrongAudience, expired, fromTheFuture, livesTooLong, otherDevice, foreignKey, otherFooter,
      noFooter,
      altered, cut, otherNonce, revoked, unknownDevice
  }

  @Test(arguments: Fault.allCases)
  func `S3 whatever is wrong with an assertion looks the same`(fault: Fault) async throws {
    let shop = try await Workshop.open()
    let (world, peer) = (shop.world, shop.tablet)
    let other = try await world.enroll(.tablet, name: "Other", location: shop.location.locationID)
    let connection = world.stranger()
    let nonce = Array(try world.auth.challenge(.init(), World.context(connection)).nonce)
    let now = world.clock.now
    let good = try assertion(peer, over: nonce, issuedAt: now)
    let stranger = peer.reconnected(
      to: world, signingWith: SigningKey(seed: Array(repeating: 9, count: 32)))
    let shown: String
    switch fault {
    case .none: shown = good
    case .wrongAudience: shown = try assertion(peer, over: nonce, audience: "latchkey/other", issuedAt: now)
    case .expired: shown = try assertion(peer, over: nonce, issuedAt: now - .seconds(60))
    case .fromTheFuture: shown = try assertion(peer, over: nonce, issuedAt: now + .seconds(6))
    case .livesTooLong: shown = try assertion(peer, over: nonce, issuedAt: now, lifetime: .seconds(61))
    case .otherDevice: shown = try assertion(peer, over: nonce, device: other.id.rawValue, issuedAt: now)
    case .foreignKey: shown = try assertion(stranger, over: nonce, issuedAt: now, footer: peer.key.keyID)
    case .otherFooter: shown = try assertion(peer, over: nonce, issuedAt: now, footer: other.key.keyID)
    case .noFooter: shown = try assertion(peer, over: nonce, issuedAt: now, footer: "")
    case .altered: shown = good.replacing("v4.public.e", with: "v4.public.f")
    case .cut: shown = String(good.prefix(60))
    case .otherNonce: shown = try assertion(peer, over: Array(nonce.reversed()), issuedAt: now)
    case .revoked:
      try await shop.revoke(peer)
      shown = good
    case .unknownDevice: shown = try assertion(stranger, over: nonce, issuedAt: now)
    }
    let refusal = try await authenticate(world, shown, on: connection)
    if fault == .none {
      #expect(refusal == nil)
    } else {
      #expect(
        refusal
          == Failure(
            .unauthenticated, reason: "CREDENTIAL_REFUSED",
            "This credential is unknown, revoked, expired or made for another server."))
      #expect(try world.auth.whoAmI(.init(), World.context(connection)).identity.caller == .anyone)
    }
  }

  @Test func `S2 S3 wrong credentials are counted by address, and a right one forgets them`() async throws {
    let shop = try await Workshop.open()
    let program = try await shop.program()
    func tryKey(_ key: String) async throws -> Failure? {
      try await failure {
        try await shop.world.auth.authenticate(
          .with { $0.apiKey = key }, World.context(shop.world.stranger()))
      }
    }
    for _ in 1...20 { #expect(try await tryKey("wrong")?.reason == "CREDENTIAL_REFUSED") }
    #expect(try await tryKey(program.key) == nil)
    for _ in 1...21 { #expect(try await tryKey("wrong")?.reason == "CREDENTIAL_REFUSED") }
    let blocked = try await tryKey("wrong")
    #expect(blocked?.reason == "TOO_MANY_ATTEMPTS")
    #expect(blocked?.code == .resourceExhausted)
    #expect(blocked?.retryDelay == .seconds(30))
    shop.world.clock.advance(.seconds(30))
    #expect(try await tryKey(program.key) == nil)
    for _ in 1...21 { #expect(try await tryKey("wrong")?.reason == "CREDENTIAL_REFUSED") }
  }

  @Test func `S2 S3 whoever shares a guesser's address is let in by a right key, and lifts no wait`()
    async throws
  {
    let shop = try await Workshop.open()
    let (program, revoked) = (try await shop.program(), try await shop.program("Former"))
    try await shop.revoke(apiKey: revoked.id)
    func tryKey(_ key: String) async throws -> Failure? {
      try await failure {
        try await shop.world.auth.authenticate(
          .with { $0.apiKey = key }, World.context(shop.world.stranger()))
      }
    }
    for _ in 1...21 { #expect(try await tryKey("wrong")?.reason == "CREDENTIAL_REFUSED") }
    for key in ["wrong", revoked.key] { #expect(try await tryKey(key)?.reason == "TOO_MANY_ATTEMPTS") }
    #expect(try await tryKey(program.key) == nil)
    #expect(try await tryKey("wrong")?.retryDelay == .seconds(30))
    shop.world.clock.advance(.seconds(30))
    #expect(try await tryKey("wrong")?.reason == "CREDENTIAL_REFUSED")
    #expect(try await tryKey("wrong")?.retryDelay == .seconds(60), "the count went on")
  }

  @Test func `A5 an empty credential is a fault of form`() async throws {
    let shop = try await Workshop.open()
    let refusal = try await failure {
      try await shop.world.auth.authenticate(.init(), World.context(shop.world.stranger()))
    }
    #expect(refusal?.violations.map(\.field) == ["credential"])
  }

  @Test func `S3 no number of bad assertions locks out the devices at the same address`() async throws {
    let shop = try await Workshop.open()
    for _ in 1...40 {
      let connection = shop.world.stranger()
      _ = try shop.world.auth.challenge(.init(), World.context(connection))
      #expect(
        try await authenticate(shop.world, "v4.public.nonsense", on: connection)?.reason
          == "CREDENTIAL_REFUSED")
    }
    #expect(try await shop.world.authenticate(shop.controller).caller == .controller)
  }

  @Test func `S3 a connection has one identity for good, so that revoking it ends all that it opened`()
    async throws
  {
    let shop = try await Workshop.open()
    let program = try await shop.program()
    let context = World.context(program.connection)
    let challenge = try shop.world.auth.challenge(.init(), context)
    let assertion = shop.tablet.assertion(challenge, at: shop.world.clock.now)
    #expect(
      try await authenticate(shop.world, assertion, on: program.connection)?.reason == "ALREADY_AUTHENTICATED"
    )
    #expect(try shop.world.auth.whoAmI(.init(), context).identity.caller == .integration)
    // The same again is no other.
    _ = try await shop.world.auth.authenticate(.with { $0.apiKey = program.key }, context)
  }
}
