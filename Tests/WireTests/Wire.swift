import API
import Client
import Core
import Domain
import HTTPSupport
import RPC
import TestSupport

/// Everything that the server speaks. A scenario runs over each in turn, and does not know which.
enum Wire: String, CaseIterable, Sendable {
  case ttrpc
  case grpc
  case grpcWeb
  case connectJSON
  case connectBinary
}

/// Somebody who calls the methods of `latchkey.v1`.
protocol Caller: Sendable {
  /// Throws `Failure`.
  func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request
  ) async throws -> Response

  /// The stream is given up when nobody reads it any more.
  func stream<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request, as: Response.Type
  ) throws -> AsyncThrowingStream<Response, any Error>
}

/// How a caller proves who it is.
enum Credential: Sendable {
  case none
  case apiKey(String)
  case device(DeviceKey)
}

/// A device's key pair, and what the server calls it.
struct DeviceKey: Sendable {
  let id: Device.ID
  let key: SigningKey

  /// - Parameter nonce: what is signed besides, and not sent.
  func assertion(for challenge: ProtoChallengeResponse, nonce: [UInt8]) throws -> String {
    let now = Instant(milliseconds: challenge.serverTime.milliseconds)
    let claims = DeviceClaims(audience: challenge.audience, device: id, issuedAt: now)
    return try key.sign(message: claims.encoded, footer: Array(key.keyID.utf8), assertion: nonce)
  }
}

extension Wire {
  func caller(_ credential: Credential, _ server: ServerProcess) async throws -> any Caller {
    switch self {
    case .ttrpc:
      let caller = LinkCaller(link: try await server.connect())
      try await caller.authenticate(credential)
      return caller
    case .grpc: return HTTPCaller(server, .grpc, isHTTP2: true, credential)
    case .grpcWeb: return HTTPCaller(server, .grpcWeb, isHTTP2: false, credential)
    case .connectJSON: return HTTPCaller(server, .connectJSON, isHTTP2: false, credential)
    case .connectBinary: return HTTPCaller(server, .connectBinary, isHTTP2: true, credential)
    }
  }
}

/// Over ttrpc: one connection, which proves its caller once.
struct LinkCaller: Caller {
  let link: ServerLink

  func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request
  ) async throws -> Response {
    try await link.call(method, request)
  }

  func stream<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request, as type: Response.Type
  ) throws -> AsyncThrowingStream<Response, any Error> {
    let responses = try link.stream(method, request, as: type)
    return AsyncThrowingStream { continuation in
      let task = Task {
        do {
          for try await response in responses { continuation.yield(response) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  func authenticate(_ credential: Credential) async throws {
    var request = ProtoAuthenticateRequest()
    switch credential {
    case .none: return
    case .apiKey(let key): request.apiKey = key
    case .device(let device):
      let challenge: ProtoChallengeResponse = try await call("AuthService/Challenge", ProtoChallengeRequest())
      request.assertion = try device.assertion(for: challenge, nonce: Array(challenge.nonce))
    }
    let _: ProtoAuthenticateResponse = try await call("AuthService/Authenticate", request)
  }
}

/// Over HTTP: each request proves its caller by itself.
struct HTTPCaller: Caller {
  /// What a device signs where no server gave a nonce.
  private static let bearerNonce = Array("latchkey bearer".utf8)

  private let client: RPCClient
  private let credential: Credential

  init(_ server: ServerProcess, _ wire: HTTPWire, isHTTP2: Bool, _ credential: Credential) {
    client = RPCClient(port: server.httpPort, tls: server.clientTLS, wire: wire, isHTTP2: isHTTP2)
    self.credential = credential
  }

  func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request
  ) async throws -> Response {
    try await client.call("latchkey.v1.\(method)", request, try await fields())
  }

  func stream<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request, as type: Response.Type
  ) throws -> AsyncThrowingStream<Response, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          let fields = try await fields()
          for try await response in try client.stream("latchkey.v1.\(method)", request, fields, as: type) {
            continuation.yield(response)
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func fields() async throws -> Fields {
    switch credential {
    case .none: return []
    case .apiKey(let key): return [("authorization", "Bearer \(key)")]
    case .device(let device):
      let challenge: ProtoChallengeResponse = try await client.call(
        "latchkey.v1.AuthService/Challenge", ProtoChallengeRequest())
      let assertion = try device.assertion(for: challenge, nonce: Self.bearerNonce)
      return [("authorization", "Bearer \(assertion)")]
    }
  }
}
