import API
import Core
import Domain
import Foundation
import RPC
import TestSupport

/// A device's key pair, and how it proves itself over a raw connection.
struct TestDevice {
  let id: Int64
  let key: SigningKey
  let server: ServerProcess

  static func enroll(
    _ kind: ProtoDeviceKind, named name: String = "Device", at place: (location: Int64, locker: Int64),
    _ server: ServerProcess, _ op: RawConnection
  ) throws -> TestDevice {
    let code = try code(kind, named: name, at: place, op)
    let key = newKey()
    let enrolled: ProtoEnrollResponse = try op.call(
      "AuthService/Enroll",
      ProtoEnrollRequest.with {
        $0.requestID = newID()
        $0.code = code
        $0.publicKey = .init(key.publicKey.bytes)
      })
    return TestDevice(id: enrolled.deviceID, key: key, server: server)
  }

  static func newKey() -> SigningKey {
    guard let key = SigningKey(seed: SystemEntropy().bytes(SigningKey.seedByteCount)) else {
      preconditionFailure("a seed has \(SigningKey.seedByteCount) bytes")
    }
    return key
  }

  /// A one-time code for a new device.
  static func code(
    _ kind: ProtoDeviceKind, named name: String = "Device", at place: (location: Int64, locker: Int64),
    _ op: RawConnection
  ) throws -> String {
    let made: ProtoCreateEnrollmentCodeResponse = try op.call(
      "AdminService/CreateEnrollmentCode",
      ProtoCreateEnrollmentCodeRequest.with {
        $0.requestID = newID()
        $0.kind = kind
        $0.name = name
        $0.locationID = place.location
        $0.lockerID = kind == .tablet ? 0 : place.locker
      })
    return made.code
  }

  /// A connection that is this device's.
  func connect(patience: Duration = RawConnection.patience) throws -> RawConnection {
    let connection = try server.stranger(patience: patience)
    try authenticate(connection)
    return connection
  }

  func authenticate(_ connection: RawConnection) throws {
    let assertion = try assertion(for: challenge(on: connection))
    let _: ProtoAuthenticateResponse = try connection.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.assertion = assertion })
  }

  func challenge(on connection: RawConnection) throws -> ProtoChallengeResponse {
    try connection.call("AuthService/Challenge", ProtoChallengeRequest())
  }

  /// - Parameter skew: how far the device's clock is ahead of the server's.
  func assertion(for challenge: ProtoChallengeResponse, skew: Duration = .zero) throws -> String {
    let now = Instant(milliseconds: challenge.serverTime.milliseconds) + skew
    let claims = DeviceClaims(audience: challenge.audience, device: .init(rawValue: id), issuedAt: now)
    return try key.sign(
      message: claims.encoded, footer: Array(key.keyID.utf8), assertion: Array(challenge.nonce))
  }
}

extension ServerProcess {
  var port: Int {
    guard case .tcp(_, let port) = address else { preconditionFailure("it listens on TCP") }
    return port
  }

  /// A connection of nobody, from an address of its own: what one does is not counted against another.
  func stranger(patience: Duration = RawConnection.patience) throws -> RawConnection {
    let number = Int.random(in: 0..<(1 << 20))
    let source = "127.\(16 + number >> 16).\(number >> 8 & 0xFF).\(1 + number % 250)"
    guard let connection = RawConnection(.tcp(port: port, from: source), patience: patience) else {
      throw Failed(description: "no connection from \(source)")
    }
    return connection
  }

  func rawOperator() throws -> RawConnection {
    guard let connection = RawConnection(.unix(path: socket)) else {
      throw Failed(description: "no connection to \(socket)")
    }
    return connection
  }
}
