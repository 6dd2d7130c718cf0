public import API
public import Core
public import Domain
public import RPC
public import TTRPC
public import Transport

/// A connection to a Latchkey server, as the operator, a device or a program.
public struct ServerLink: Sendable {
  public let client: TTRPCClient

  /// As the operator, through the socket in the server's data directory.
  public static func `operator`(socket path: String) async throws -> ServerLink {
    ServerLink(client: try await .connect(.unix(path: path), group: sharedEventLoops))
  }

  /// As nobody yet. With `tls` being `nil` only to a server on this machine: what is sent could be read on the
  /// way (S3).
  public static func connect(_ address: Address, tls: ClientTLS?) async throws -> ServerLink {
    ServerLink(client: try await .connect(address, tls: tls, group: sharedEventLoops))
  }

  /// Calls a unary method of `latchkey.v1`, e.g. `KioskService/EnterPin`. Throws `Failure`.
  public func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request, timeout: Duration? = .seconds(30)
  ) async throws -> Response {
    try await client.call("latchkey.v1.\(method)", request, timeout: timeout)
  }

  /// Opens a stream of `latchkey.v1`.
  public func stream<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request, as response: Response.Type = Response.self
  ) throws -> ResponseSequence<Response> {
    try client.stream("latchkey.v1.\(method)", request, as: response)
  }

  public func close() { client.close() }
}

/// A device's own key pair and what the server calls it.
public struct EnrolledDevice: Sendable {
  public let id: Device.ID
  public let key: SigningKey
  public let enrollment: ProtoEnrollResponse

  /// Enrols a new device with a one-time code.
  ///
  /// - Parameter seed: 32 random bytes: the secret key.
  public static func enroll(code: String, seed: [UInt8], over link: ServerLink) async throws -> EnrolledDevice
  {
    guard let key = SigningKey(seed: seed) else { preconditionFailure("a seed has 32 bytes") }
    let response: ProtoEnrollResponse = try await link.call(
      "AuthService/Enroll",
      ProtoEnrollRequest.with {
        $0.requestID = "enroll-\(key.keyID)"
        $0.code = code
        $0.publicKey = .init(key.publicKey.bytes)
      })
    return EnrolledDevice(id: Device.ID(rawValue: response.deviceID), key: key, enrollment: response)
  }

  /// Proves this device on a connection.
  ///
  /// - Parameter now: the device's own clock; `nil` trusts the server's.
  @discardableResult
  public func authenticate(over link: ServerLink, at now: Instant? = nil) async throws -> ProtoIdentity {
    let challenge: ProtoChallengeResponse = try await link.call(
      "AuthService/Challenge", ProtoChallengeRequest())
    let issuedAt = now ?? Instant(milliseconds: challenge.serverTime.milliseconds)
    let claims = DeviceClaims(audience: challenge.audience, device: id, issuedAt: issuedAt)
    let assertion = try key.sign(
      message: claims.encoded, footer: Array(key.keyID.utf8), assertion: Array(challenge.nonce))
    let response: ProtoAuthenticateResponse = try await link.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.assertion = assertion })
    return response.identity
  }
}
