import Foundation
import NIOCore
import RPC
import Synchronization
import Testing
import Transport
import TransportSupport

/// What a server does for a wire, and what it wants of it.
@Suite(.timeLimit(.minutes(1))) struct ListeningServerTests {
  private struct Unwanted: Error {}

  @Test func `S3 a wire is told how its peer came in`() async throws {
    let peers = Mutex<[String]>([])
    let setUp: ListeningServer.SetUp = { channel, peer in
      peers.withLock { $0.append("\(peer.security) \(peer.address)") }
      return try Echo.setUp(channel)
    }
    try await Echo.serving(setUp: setUp) { server in
      let anyPort = Address.tcp(host: "127.0.0.1", port: 0)
      let path = Echo.temporaryPath()
      let trust = ClientTLS(trustedCertificates: Certificates.server.certificateChain)
      let plain = try #require(try await server.listen(anyPort, tls: nil).port)
      let secured = try #require(try await server.listen(anyPort, tls: Certificates.server).port)
      _ = try await server.listen(.unix(path: path), tls: nil)
      _ = try await Echo.call(.tcp(host: "127.0.0.1", port: plain))
      _ = try await Echo.call(.tcp(host: "127.0.0.1", port: secured), tls: trust)
      _ = try await Echo.call(.unix(path: path))
    }
    #expect(peers.withLock { $0 } == ["loopback 127.0.0.1", "tls 127.0.0.1", "local local"])
  }

  @Test func `a connection that cannot be set up is closed and makes room`() async throws {
    var limits = Limits()
    limits.connections = 1
    let isFirst = Mutex(true)
    let setUp: ListeningServer.SetUp = { channel, _ in
      let isUnwanted = isFirst.withLock { isFirst in
        defer { isFirst = false }
        return isFirst
      }
      if isUnwanted { throw Unwanted() }
      return try Echo.setUp(channel)
    }
    try await Echo.serving(limits: limits, setUp: setUp) { server in
      let path = Echo.temporaryPath()
      _ = try await server.listen(.unix(path: path), tls: nil)
      await #expect(throws: (any Error).self) { _ = try await Echo.call(.unix(path: path)) }
      let second = try await Echo.call(.unix(path: path))
      await #expect(throws: (any Error).self) { _ = try await Echo.call(.unix(path: path)) }
      try await second.close().get()
    }
  }

  @Test func `S8 draining asks each connection to end, and cuts off what does not`() async throws {
    let asked = Mutex<[String]>([])
    let setUp: ListeningServer.SetUp = { channel, peer in
      let controls = try Echo.setUp(channel)
      guard peer.security == .local else { return controls }
      return ConnectionControls(
        drain: { asked.withLock { $0.append("drain") } },
        abort: {
          asked.withLock { $0.append("abort") }
          channel.close(promise: nil)
        }
      )
    }
    try await Echo.serving(setUp: setUp) { server in
      let path = Echo.temporaryPath()
      let port = try #require(try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: nil).port)
      _ = try await server.listen(.unix(path: path), tls: nil)
      let willing = try await Echo.call(.tcp(host: "127.0.0.1", port: port))
      let stubborn = try await Echo.call(.unix(path: path))
      let start = ContinuousClock.now
      await server.drain(within: .milliseconds(200))
      #expect(ContinuousClock.now - start >= .milliseconds(200))
      try await willing.closeFuture.get()
      try await stubborn.closeFuture.get()
      await #expect(throws: (any Error).self) { _ = try await Echo.call(.unix(path: path)) }
      let failure = await #expect(throws: ListenFailure.self) {
        _ = try await server.listen(.unix(path: path), tls: nil)
      }
      guard case .draining? = failure else {
        Issue.record("expected that it drains, got \(failure as Any)")
        return
      }
    }
    #expect(asked.withLock { $0 } == ["drain", "abort"])
  }

  // MARK: TLS

  @Test(arguments: [
    (offered: "http/1.1,h2", "ALPN protocol: h2"), (offered: "http/1.1", "ALPN protocol: http/1.1"),
    (offered: "spdy/3", "No ALPN negotiated"),
  ])
  func `of the protocols that a client speaks the server chooses its favourite`(
    offered: String, expected: String
  ) async throws {
    try await Echo.serving(applicationProtocols: ["h2", "http/1.1"]) { server in
      let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: Certificates.server)
      let (status, output) = await Command.openssl(port: try #require(listener.port), ["-alpn", offered])
      #expect(status == 0)
      #expect(output.contains(expected))
    }
  }

  @Test func `where a wire names no protocol none is agreed upon`() async throws {
    try await Echo.serving { server in
      let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: Certificates.server)
      let (status, output) = await Command.openssl(port: try #require(listener.port), ["-alpn", "h2"])
      #expect(status == 0)
      #expect(output.contains("No ALPN negotiated"))
    }
  }

  @Test func `a server that does not shake hands is waited for no longer than allowed`() async throws {
    let mute: ListeningServer.SetUp = { channel, _ in
      ConnectionControls(drain: { channel.close(promise: nil) }, abort: {})
    }
    try await Echo.serving(setUp: mute) { server in
      let port = try #require(try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: nil).port)
      var limits = Limits()
      limits.connectTime = .milliseconds(100)
      let failure = await #expect(throws: Failure.self) {
        _ = try await Echo.call(.tcp(host: "127.0.0.1", port: port), tls: ClientTLS(), limits: limits)
      }
      #expect(failure?.reason == .connectionLost)
      #expect(failure?.message.contains("within 0.1 seconds") == true)
    }
  }
}
