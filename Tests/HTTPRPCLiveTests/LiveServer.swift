import HTTPRPC
import HTTPSupport
import Logging
import NIOCore
import NIOPosix
import RPC
import Testing
import Transport
import TransportSupport

/// A server over loopback with the procedures of `EchoService`.
struct LiveServer {
  let server: HTTPRPCServer
  let port: Int
  let tls: ClientTLS?
  let probe: Probe
  let group: MultiThreadedEventLoopGroup

  /// Runs `body` with a server, and stops it.
  static func with(
    tls: Bool = false,
    limits: Limits = Limits(),
    options: HTTPRPCServer.Options = HTTPRPCServer.Options(),
    _ body: (LiveServer) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let probe = Probe()
    let server = HTTPRPCServer(
      table: try EchoService.table(probe), limits: limits, options: options, group: group,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let listener = try await server.listen(
      .tcp(host: "127.0.0.1", port: 0), tls: tls ? Certificates.server : nil)
    let trust = tls ? ClientTLS(trustedCertificates: Certificates.server.certificateChain) : nil
    let live = LiveServer(server: server, port: listener.port ?? 0, tls: trust, probe: probe, group: group)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(live))
    } catch {
      outcome = .failure(error)
    }
    probe.release.fire()
    await server.drain(within: .seconds(5))
    try await group.shutdownGracefully()
    try outcome.get()
  }

  func http1() async throws -> HTTP1Peer { try await .connect(port: port, tls: tls) }

  func http2(settings: [(UInt16, UInt32)] = []) async throws -> HTTP2Peer {
    try await .connect(port: port, tls: tls, settings: settings)
  }

  /// A client that asks one thing at a time, over the version that is asked for.
  func peer(_ version: Version) async throws -> any HTTPPeer {
    switch version {
    case .http1: try await http1()
    case .http2: HTTP2Exchange(try await http2())
    }
  }

  func client(_ wire: HTTPWire, _ version: Version) -> RPCClient {
    RPCClient(port: port, tls: tls, wire: wire, isHTTP2: version == .http2)
  }
}

enum Version: CaseIterable {
  case http1
  case http2
}

extension HTTPWire {
  /// Where it is spoken: gRPC needs trailers, which few clients of HTTP/1.1 read.
  var versions: [Version] { self == .grpc ? [.http2] : Version.allCases }

  static let everywhere: [(HTTPWire, Version)] = allCases.flatMap { wire in
    wire.versions.map { (wire, $0) }
  }
}

/// Runs `body` and gives back the failure it throws.
func failure(_ body: () async throws -> Void) async -> Failure? {
  do {
    try await body()
    return nil
  } catch {
    return error as? Failure
  }
}

/// Waits until something is so, for at most a minute.
func eventually(_ isSo: () -> Bool, _ what: Comment? = nil) async throws {
  let limit = ContinuousClock.now + .seconds(60)
  while !isSo(), .now < limit { try await Task.sleep(for: .milliseconds(2)) }
  #expect(isSo(), what)
}
