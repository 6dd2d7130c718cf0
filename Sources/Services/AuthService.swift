public import API
import Core
import Domain
public import RPC

/// Enrolment and sign-in (S3, H4). The contract is `Protos/latchkey/v1/auth.proto`.
public struct AuthService: Sendable {
  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  // MARK: Devices

  public func enroll(_ request: ProtoEnrollRequest, _ context: CallContext) async throws
    -> ProtoEnrollResponse
  {
    let publicKey = Array(request.publicKey)
    guard let key = PublicKey(bytes: publicKey) else {
      throw Failure.invalid("public_key", "an Ed25519 public key of 32 bytes")
    }
    let address = networkOfGuesses(context)
    let codeDigest = CredentialCode.digest(request.code, key: environment.secrets.codes)
    return try await environment.mutate(
      request, id: request.requestID, context, scope: "key/\(key.keyID)"
    ) { decision, _ in
      try decision.refuseBlocked(.address(address))
      try decision.refuseBlocked(.enrollment)
      guard let codeDigest, var code = try decision.tx.enrollmentCode(digest: codeDigest), code.usedBy == nil,
        decision.now < code.expiresAt
      else {
        try decision.countWrong(.address(address), limit: Guessing.kioskLimit)
        try decision.countWrong(.enrollment, limit: Guessing.enrollmentLimit)
        return .refused(
          Failure(
            .permissionDenied, reason: .enrollmentCodeInvalid,
            "This code is unknown, used or expired; make a new one at the desk."))
      }
      guard try decision.tx.device(keyID: key.keyID) == nil else {
        throw Failure.precondition(
          .publicKeyInUse, "A device with this key is enrolled; make a new key pair for each enrolment.")
      }
      try decision.requireNoController(at: code.locker, for: code.kind)
      let device = try decision.tx.insert(
        Device(
          kind: code.kind, name: code.name, location: code.location, locker: code.locker,
          publicKey: publicKey,
          keyID: key.keyID, enrolledAt: decision.now))
      code.usedBy = device.id
      try decision.tx.update(code)
      try decision.countRight(.address(address))
      try decision.countRight(.enrollment)
      try decision.record(
        Event(
          .deviceEnrolled, at: decision.now, location: device.location, locker: device.locker,
          device: device.id))
      return .accepted(
        .with {
          $0.deviceID = device.id.rawValue
          $0.kind = ProtoDeviceKind(device.kind)
          $0.name = device.name
          $0.locationID = device.location.rawValue
          $0.lockerID = device.locker?.rawValue ?? 0
          $0.serverPublicKey = .init(environment.secrets.signing.publicKey.bytes)
          $0.keyID = key.keyID
        })
    }
  }

  public func challenge(_: ProtoChallengeRequest, _ context: CallContext) throws -> ProtoChallengeResponse {
    let challenge = ChallengeKey.Value(nonce: environment.entropy.bytes(32), drawnAt: environment.clock.now)
    context.connection[ChallengeKey.self] = challenge
    return .with {
      $0.nonce = .init(challenge.nonce)
      $0.audience = environment.audience
      $0.serverTime = .init(milliseconds: challenge.drawnAt.milliseconds)
    }
  }

  public func authenticate(
    _ request: ProtoAuthenticateRequest, _ context: CallContext
  ) async throws -> ProtoAuthenticateResponse {
    let now = environment.clock.now
    let caller: Caller
    switch request.credential {
    case .assertion(let assertion):
      let challenge = context.connection[ChallengeKey.self]
      context.connection[ChallengeKey.self] = nil
      guard let challenge, now < challenge.drawnAt + ChallengeKey.Value.lifetime else {
        throw Failure.precondition(
          .noChallenge, "Draw a challenge on this connection first; each serves once.")
      }
      // Not counted as a guess: nobody guesses a signature, and who shares an address with devices must not
      // lock them out.
      let found = try await environment.read { [audience = environment.audience] snapshot in
        try Assertion.check(assertion, nonce: challenge.nonce, audience: audience, at: now, in: snapshot)
      }
      guard let found else { throw Self.credentialRefused }
      caller = found
    case .apiKey(let apiKey):
      caller = try await program(holding: apiKey, context)
    case .sessionToken(let token):
      guard let found = try await session(proving: token) else { throw Self.credentialRefused }
      caller = found
    case nil:
      throw Failure.invalid("credential", "an assertion, an API key or a session's token")
    }
    try await admit(caller, context)
    return .with {
      $0.identity = ProtoIdentity(caller)
      $0.serverTime = .init(milliseconds: now.milliseconds)
    }
  }

  /// Looks an API key up. All that is wrong with it looks the same, and is counted by address (S2).
  ///
  /// A right key is let in though its address has to wait: nobody guesses 200 bits, and whoever shares an address,
  /// as all do behind a proxy, must not lock out who has a key. The wait of the others goes on.
  func program(holding apiKey: String, _ context: CallContext) async throws -> Caller {
    let digest = CredentialCode.digest(apiKey, key: environment.secrets.codes)
    let scope = GuessScope.address(networkOfGuesses(context))
    let now = environment.clock.now
    let (found, isForgiven) = try await environment.read { snapshot -> (APIKey?, Bool) in
      guard let key = try digest.flatMap({ try snapshot.apiKey(digest: $0) }), key.isLive(at: now) else {
        try Decision.refuseBlocked(scope, at: now, in: snapshot)
        return (nil, false)
      }
      let guessing = try snapshot.guessing(scope)
      return (key, guessing.wrongInARow > 0 && guessing.refusal(at: now) == nil)
    }
    if let found {
      if isForgiven || found.isDueToBeMarked(at: now) {
        // Where it cannot be written down, nobody is refused for it.
        try? await environment.decide(at: now) { decision in
          if isForgiven { try decision.countRight(scope) }
          try decision.markUse(of: found.id)
        }
      }
      return Caller(found)
    }
    try await environment.decide(at: now) { try $0.countWrong(scope, limit: Guessing.locationLimit) }
    throw Self.credentialRefused
  }

  static let credentialRefused = Failure(
    .unauthenticated, reason: .credentialRefused,
    "This credential is unknown, revoked, expired or made for another server.")

  public func whoAmI(_: ProtoWhoAmIRequest, _ context: CallContext) throws -> ProtoWhoAmIResponse {
    .with {
      $0.identity = ProtoIdentity(context.connection.caller)
      $0.serverTime = .init(milliseconds: environment.clock.now.milliseconds)
    }
  }
}
