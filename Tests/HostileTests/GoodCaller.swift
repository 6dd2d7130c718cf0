import API
import Client
import Core
import Domain
import Foundation
import HTTPSupport
import RPC
import TestSupport

/// A controller that behaves: it asks who it is, and reports what it sees, at a steady rate. One task uses it.
final class GoodCaller {
  static let callsPerSecond = 200

  /// What it met with in one stretch of time.
  struct Stretch: Sendable {
    /// Answered from memory.
    var asked = Latencies()
    /// Answered after fsync.
    var reported = Latencies()
    /// Largest memory of the server that was seen.
    var residentBytes = 0
    var refusals: [String] = []
  }

  private let server: ServerProcess
  private let link: any GoodLink
  private var number: Int64 = 0

  /// - Parameter code: of a new controller.
  init(_ server: ServerProcess, code: String, over wire: AttackTests.Wire) async throws {
    self.server = server
    let connection = try await server.connect()
    let seed = SystemEntropy().bytes(SigningKey.seedByteCount)
    let device = try await EnrolledDevice.enroll(code: code, seed: seed, over: connection)
    switch wire {
    case .ttrpc:
      try await device.authenticate(over: connection)
      link = TTRPCLink(connection)
    case .http: link = try await HTTPLink(server, device, over: connection)
    }
  }

  func callAway(for duration: Duration) async -> Stretch {
    let clock = ContinuousClock()
    let interval = Duration.seconds(1) / Self.callsPerSecond
    let end = clock.now + duration
    var stretch = Stretch()
    var next = clock.now
    var isReport = false
    while clock.now < end {
      let began = clock.now
      do {
        if isReport {
          try await report()
          stretch.reported.append(clock.now - began)
        } else {
          let _: ProtoWhoAmIResponse = try await link.call("AuthService/WhoAmI", ProtoWhoAmIRequest())
          stretch.asked.append(clock.now - began)
        }
      } catch {
        stretch.refusals.append("\(error)")
      }
      isReport.toggle()
      if isReport { stretch.residentBytes = max(stretch.residentBytes, server.residentBytes) }
      next = max(next + interval, clock.now - interval)
      try? await Task.sleep(until: next, clock: clock)
    }
    return stretch
  }

  private func report() async throws {
    number += 1
    let line = ProtoLockReport.with {
      $0.number = number
      $0.compartment = 1
      $0.event = .foundClosed
    }
    let _: ProtoReportResponse = try await link.call(
      "LockerService/Report", ProtoReportRequest.with { $0.reports = [line] })
  }
}

/// A way to the server for whoever behaves.
protocol GoodLink {
  func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request
  ) async throws -> Response
}

private struct TTRPCLink: GoodLink {
  private let link: ServerLink

  init(_ link: ServerLink) { self.link = link }

  func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request
  ) async throws -> Response {
    try await link.call(method, request)
  }
}

/// gRPC on one connection, each call with a signature of the device.
private final class HTTPLink: GoodLink {
  private static let bearerNonce = Array("latchkey bearer".utf8)
  /// A signature lives for a minute.
  private static let signatureTime = Duration.seconds(20)

  private let peer: HTTP2Peer
  private let device: EnrolledDevice
  private let audience: String
  private var signature: (text: String, madeAt: ContinuousClock.Instant)?

  init(_ server: ServerProcess, _ device: EnrolledDevice, over link: ServerLink) async throws {
    let challenge: ProtoChallengeResponse = try await link.call(
      "AuthService/Challenge", ProtoChallengeRequest())
    audience = challenge.audience
    self.device = device
    peer = try await .connect(port: server.httpPort, tls: server.clientTLS)
  }

  func call<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request
  ) async throws -> Response {
    let stream = peer.open(
      "/latchkey.v1.\(method)",
      [
        ("content-type", "application/grpc"), ("te", "trailers"),
        ("authorization", "Bearer \(try sign())"),
      ])
    peer.push(stream, Enveloped(try request.wireBytes()).encoded(), end: true)
    let answer = try await peer.answer(stream)
    peer.forget(stream)
    guard answer.trailers["grpc-status"] == "0" else {
      throw Malformed(what: "\(answer.fields["grpc-message"] ?? answer.trailers["grpc-message"] ?? "")")
    }
    guard let message = try Enveloped.all(in: answer.body).first else { throw Malformed(what: "no message") }
    return try Response(wireBytes: message.bytes)
  }

  private func sign() throws -> String {
    if let signature, signature.madeAt + Self.signatureTime > .now { return signature.text }
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let claims = DeviceClaims(audience: audience, device: device.id, issuedAt: now)
    let text = try device.key.sign(
      message: claims.encoded, footer: Array(device.key.keyID.utf8), assertion: Self.bearerNonce)
    signature = (text, .now)
    return text
  }
}
