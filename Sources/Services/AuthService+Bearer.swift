import Core
import Domain
public import RPC

/// Who calls, where each request proves it (S3): by the field `authorization: Bearer`, with an API key, a session's
/// token, or an assertion that a device has signed for this; or by a session's cookie.
extension AuthService {
  /// What a device's assertion is signed over, where no server gave a nonce. It lives a minute at most.
  static let bearerNonce = Array("latchkey bearer".utf8)

  private static let scheme = "bearer "

  /// The work of finding out who makes a call; `nil` when it names nobody. Wires do it before access is checked.
  public func authentication(of context: CallContext) -> (@Sendable () async throws -> Void)? {
    guard let field = context.metadata.first(named: "authorization") else {
      guard context.metadata.first(named: "cookie") != nil, let token = cookie(in: context) else {
        return nil
      }
      return { try await admit(cookie: token, context) }
    }
    return {
      guard field.lowercased().hasPrefix(Self.scheme) else { throw Self.credentialRefused }
      let credential = String(field.dropFirst(Self.scheme.count)).trimmed
      do {
        try await admit(try await caller(holding: credential, context), context)
      } catch let failure as Failure where failure.reason == .credentialRefused {
        // Access is not looked at any more, where calls are counted.
        try environment.quotas.admit(
          .anyone, from: context.connection.remoteNetwork, weight: 1, at: environment.clock.now)
        throw failure
      }
    }
  }

  private func caller(holding credential: String, _ context: CallContext) async throws -> Caller {
    if credential.hasPrefix(Token.header) { return try await device(signing: credential) }
    guard credential.hasPrefix(Self.sessionPrefix) else {
      return try await program(holding: credential, context)
    }
    guard let caller = try await session(proving: credential) else { throw Self.credentialRefused }
    return caller
  }

  /// A browser sends its cookie though the session has ended: who comes with such a one is nobody, and may sign in.
  private func admit(cookie token: String, _ context: CallContext) async throws {
    try requireOwnPage(context)
    if let caller = try await session(proving: token) { try await admit(caller, context) }
  }

  func admit(_ caller: Caller, _ context: CallContext) async throws {
    try environment.sessions.admit(caller, on: context.connection)
    // What was revoked since it was looked up is not among the connections that the revocation ended.
    if let failure = try await environment.reviewRights(of: context.connection) { throw failure }
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
