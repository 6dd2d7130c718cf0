import Core
import Domain
public import RPC

/// Who calls, where each request proves it (S3): by the field `authorization: Bearer`, with an API key, or with an
/// assertion that a device has signed for this.
extension AuthService {
  /// What a device's assertion is signed over, where no server gave a nonce. It lives a minute at most.
  static let bearerNonce = Array("latchkey bearer".utf8)

  private static let scheme = "bearer "

  /// The work of finding out who makes a call; `nil` when it names nobody. Wires do it before access is checked.
  public func authentication(of context: CallContext) -> (@Sendable () async throws -> Void)? {
    guard let field = context.metadata.first(named: "authorization") else { return nil }
    return { [self] in
      guard field.lowercased().hasPrefix(Self.scheme) else { throw Self.credentialRefused }
      let credential = String(field.dropFirst(Self.scheme.count)).trimmed
      let caller =
        credential.hasPrefix(Token.header)
        ? try await device(signing: credential) : try await program(holding: credential, context)
      environment.sessions.admit(caller, on: context.connection)
      // What was revoked since it was looked up is not among the connections that the revocation ended.
      try await environment.reviewRights(of: context.connection)
    }
  }

  private func device(signing assertion: String) async throws -> Caller {
    let now = environment.clock.now
    let found = try await environment.read { [audience = environment.audience] snapshot in
      try Assertion.check(assertion, nonce: Self.bearerNonce, audience: audience, at: now, in: snapshot)
    }
    guard let found else { throw Self.credentialRefused }
    return found
  }
}
