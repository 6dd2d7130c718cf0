import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S3: a one-time code makes a key pair a device of one place.
@Suite(.timeLimit(.minutes(10))) struct AuthEnrollmentTests {
  private func code(_ shop: Workshop) async throws -> ProtoCreateEnrollmentCodeResponse {
    try await shop.world.admin.createEnrollmentCode(
      .with {
        $0.requestID = shop.world.requestID
        $0.kind = .tablet
        $0.name = "New"
        $0.locationID = shop.location.locationID
      }, shop.world.operatorContext)
  }

  private func key(_ seed: UInt8) -> SigningKey { SigningKey(seed: Array(repeating: seed, count: 32))! }

  private func enroll(
    _ shop: Workshop, _ code: String, _ key: SigningKey, from address: String = "192.0.2.7", id: String? = nil
  ) async throws -> ProtoEnrollResponse {
    let connection = RPC.Connection(security: .tls, remoteAddress: address)
    return try await shop.world.auth.enroll(
      .with {
        $0.requestID = id ?? shop.world.requestID
        $0.code = code
        $0.publicKey = .init(key.publicKey.bytes)
      }, World.context(connection))
  }

  @Test func `S3 a code enrols one device, and tells it what it is`() async throws {
    let shop = try await Workshop.open()
    let made = try await code(shop)
    #expect(made.expireTime.milliseconds == (shop.world.clock.now + .seconds(15 * 60)).milliseconds)
    let enrolled = try await enroll(shop, made.code, key(3))
    #expect(enrolled.kind == .tablet)
    #expect(enrolled.name == "New")
    #expect(enrolled.locationID == shop.location.locationID)
    #expect(enrolled.lockerID == 0)
    #expect(enrolled.keyID == key(3).keyID)
    #expect(Array(enrolled.serverPublicKey) == shop.world.environment.secrets.signing.publicKey.bytes)
    let used = try await failure { try await enroll(shop, made.code, key(4)) }
    #expect(used?.reason == "ENROLLMENT_CODE_INVALID")
    #expect(used?.code == .permissionDenied)
  }

  @Test func `S3 unknown, used and expired codes look the same`() async throws {
    let shop = try await Workshop.open()
    let (used, old) = (try await code(shop), try await code(shop))
    _ = try await enroll(shop, used.code, key(3))
    shop.world.clock.advance(.seconds(15 * 60))
    var refusals: Set<Failure?> = []
    for typed in [
      used.code, old.code, "0000-0000-0000-0000", "", "short", String(repeating: "A", count: 4000),
    ] {
      refusals.insert(
        try await failure { try await enroll(shop, typed, key(4), from: "192.0.2.\(typed.count % 200)") })
    }
    #expect(refusals.count == 1)
    #expect(refusals.first??.reason == "ENROLLMENT_CODE_INVALID")
  }

  @Test func `S3 a code is good until the last millisecond`() async throws {
    let shop = try await Workshop.open()
    let made = try await code(shop)
    shop.world.clock.advance(.milliseconds(15 * 60 * 1000 - 1))
    _ = try await enroll(shop, made.code, key(3))
  }

  @Test func `S3 case, blanks, dashes and letters that look like digits do not matter`() async throws {
    let shop = try await Workshop.open()
    let made = try await code(shop)
    #expect(made.code.count == 19)
    #expect(made.code.filter { $0 != "-" }.count == 16)
    let typed = made.code.lowercased().replacing("-", with: "  ").replacing("0", with: "o").replacing(
      "1", with: "l")
    _ = try await enroll(shop, " \(typed) ", key(3))
  }

  @Test func `S2 wrong codes are counted by address, and others are not made to wait`() async throws {
    let shop = try await Workshop.open()
    let made = try await code(shop)
    for _ in 1...6 {
      let wrong = try await failure { try await enroll(shop, "0000-0000-0000-0000", key(4)) }
      #expect(wrong?.reason == "ENROLLMENT_CODE_INVALID")
    }
    let blocked = try await failure { try await enroll(shop, made.code, key(3)) }
    #expect(blocked?.reason == "TOO_MANY_ATTEMPTS")
    #expect(blocked?.retryDelay == .seconds(30))
    _ = try await enroll(shop, made.code, key(3), from: "192.0.2.8")
  }

  @Test func `S2 a right code forgets the wrong ones`() async throws {
    let shop = try await Workshop.open()
    for round in 1...3 {
      for _ in 1...5 { _ = try await failure { try await enroll(shop, "0000-0000-0000-0000", key(99)) } }
      let made = try await code(shop)
      _ = try await enroll(shop, made.code, key(UInt8(round)))
    }
  }

  @Test func `S3 a key pair is enrolled once, and a second try leaves the code unused`() async throws {
    let shop = try await Workshop.open()
    let (first, second) = (try await code(shop), try await code(shop))
    _ = try await enroll(shop, first.code, key(3))
    #expect(try await failure { try await enroll(shop, second.code, key(3)) }?.reason == "PUBLIC_KEY_IN_USE")
    _ = try await enroll(shop, second.code, key(4))
  }

  @Test func `S3 the same request with the same key is one enrolment`() async throws {
    let shop = try await Workshop.open()
    let made = try await code(shop)
    let first = try await enroll(shop, made.code, key(3), id: "enrol")
    #expect(try await enroll(shop, made.code, key(3), id: "enrol") == first)
    let other = try await failure { try await enroll(shop, made.code, key(4), id: "enrol") }
    #expect(other?.reason == "ENROLLMENT_CODE_INVALID", "another key's request ids are its own")
    #expect(try await shop.log(.deviceEnrolled).count { $0.device?.rawValue == first.deviceID } == 1)
  }

  @Test func `S3 of many who use a code at once, one is enrolled`() async throws {
    let shop = try await Workshop.open()
    let made = try await code(shop)
    let results = await withTaskGroup(of: Bool.self) { group in
      for seed in UInt8(10)..<30 {
        group.addTask { (try? await enroll(shop, made.code, key(seed), from: "192.0.2.\(seed)")) != nil }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count { $0 } == 1)
  }

  @Test func `A5 a public key has 32 bytes`() async throws {
    let shop = try await Workshop.open()
    let refusal = try await failure {
      try await shop.world.auth.enroll(
        .with {
          $0.requestID = "enrol"
          $0.code = "0000-0000-0000-0000"
          $0.publicKey = .init([1, 2, 3])
        }, World.context(shop.world.stranger()))
    }
    #expect(refusal?.violations.map(\.field) == ["public_key"])
  }

  @Test func `S1 the code stands in its answer only`() async throws {
    let shop = try await Workshop.open()
    let request = ProtoCreateEnrollmentCodeRequest.with {
      $0.requestID = "code"
      $0.kind = .tablet
      $0.name = "New"
      $0.locationID = shop.location.locationID
    }
    _ = try await shop.world.admin.createEnrollmentCode(request, shop.world.operatorContext)
    let again = try await failure {
      try await shop.world.admin.createEnrollmentCode(request, shop.world.operatorContext)
    }
    #expect(again?.reason == "ALREADY_DONE")
    #expect(again?.code == .alreadyExists)
  }

  @Test func `L1 a locker has one controller until that is revoked`() async throws {
    let shop = try await Workshop.open()
    func enroll() async throws -> Failure.Reason? {
      try await failure {
        try await shop.world.enroll(.controller, name: "Spare", locker: shop.locker.lockerID)
      }?.reason
    }
    #expect(try await enroll() == "CONTROLLER_ENROLLED")
    try await shop.revoke(shop.controller)
    #expect(try await enroll() == nil)
    #expect(try await enroll() == "CONTROLLER_ENROLLED")
  }

  @Test func `L1 of two codes for a locker's controller one enrols`() async throws {
    let shop = try await Workshop.open()
    try await shop.revoke(shop.controller)
    func code() async throws -> String {
      try await shop.world.admin.createEnrollmentCode(
        .with {
          $0.requestID = shop.world.requestID
          $0.kind = .controller
          $0.name = "Controller"
          $0.lockerID = shop.locker.lockerID
        }, shop.world.operatorContext
      ).code
    }
    let codes = [try await code(), try await code()]
    _ = try await enroll(shop, codes[0], key(1))
    let refusal = try await failure { try await enroll(shop, codes[1], key(2)) }
    #expect(refusal?.reason == "CONTROLLER_ENROLLED")
  }
}
