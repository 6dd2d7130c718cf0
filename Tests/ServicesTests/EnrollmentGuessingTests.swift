import API
import Core
import Domain
import RPC
import TestSupport
import Testing

/// S2: enrolment codes cannot be guessed at from many places instead of one.
@Suite(.timeLimit(.minutes(10))) struct EnrollmentGuessingTests {
  private func enroll(_ world: World, code: String, from address: String) async throws -> Failure.Reason? {
    try await failure {
      try await world.auth.enroll(
        .with {
          $0.requestID = world.requestID
          $0.code = code
          $0.publicKey = .init(world.newKey().publicKey.bytes)
        }, World.context(Connection(security: .tls, remoteAddress: address)))
    }?.reason
  }

  @Test func `S2 wrong codes are counted over a thousand addresses, on disk, until the wait is over`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let code = try await shop.world.admin.createEnrollmentCode(
      .with {
        $0.requestID = shop.world.requestID
        $0.kind = .tablet
        $0.name = "New"
        $0.locationID = shop.location.locationID
      }, shop.world.operatorContext
    ).code
    var reasons: [Failure.Reason?: Int] = [:]
    for number in 1...1000 {
      let address = "192.0.\(number / 250).\(number % 250)"
      reasons[try await enroll(shop.world, code: "0000-0000-0000-0000", from: address), default: 0] += 1
    }
    let looked = Guessing.enrollmentLimit + 1
    #expect(reasons == ["ENROLLMENT_CODE_INVALID": looked, "TOO_MANY_ATTEMPTS": 1000 - looked])
    let kept = try await shop.world.store.read { try $0.guessing(.enrollment) }
    #expect(kept.wrongInARow == looked)
    #expect(kept.refusal(at: shop.world.clock.now) != nil)
    shop.world.clock.advance(Guessing.shortestWait)
    #expect(try await enroll(shop.world, code: code, from: "198.51.100.1") == nil)
    #expect(try await shop.world.store.read { try $0.guessing(.enrollment).wrongInARow } == 0)
  }
}

extension World {
  fileprivate func newKey() -> SigningKey {
    guard let key = SigningKey(seed: environment.entropy.bytes(32)) else {
      preconditionFailure("a seed has 32 bytes")
    }
    return key
  }
}
