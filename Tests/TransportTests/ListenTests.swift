import Foundation
import NIOCore
import RPC
import Synchronization
import Testing
import TransportSupport

@testable import Transport

/// Where a server listens, and where it refuses to; and whom a client trusts.
@Suite(.timeLimit(.minutes(1))) struct ListenTests {
  private func refusal(_ server: ListeningServer, _ address: Address, tls: TLS? = nil) async -> ListenFailure?
  {
    do {
      _ = try await server.listen(address, tls: tls)
      return nil
    } catch {
      return error as? ListenFailure
    }
  }

  @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "128.0.0.1", "::2"])
  func `S3 plain text is refused where other machines can reach it`(host: String) async throws {
    try await Echo.serving { server in
      let failure = await refusal(server, .tcp(host: host, port: 0))
      guard case .plainTextBeyondLoopback? = failure else {
        Issue.record("expected a refusal, got \(failure as Any)")
        return
      }
      #expect(failure?.description.contains("TLS") == true)
    }
  }

  @Test func `S3 plain text is spoken beyond loopback where that is allowed by name`() async throws {
    let peers = Mutex<[Connection.Security]>([])
    let setUp: ListeningServer.SetUp = { channel, peer in
      peers.withLock { $0.append(peer.security) }
      return try Echo.setUp(channel)
    }
    try await Echo.serving(setUp: setUp) { server in
      let listener = try await server.listen(
        .tcp(host: "0.0.0.0", port: 0), tls: nil, allowsPlainTextBeyondLoopback: true)
      let port = try #require(listener.port)
      #expect(await isAccepted("127.0.0.1", port, nil))
    }
    #expect(peers.withLock { $0 } == [.loopback])
  }

  @Test(
    arguments: [
      ("192.0.2.1", true, false, .plainText), ("192.0.2.1", true, true, .tls),
      ("127.0.0.1", true, false, .loopback), ("::ffff:192.0.2.1", true, false, .plainText),
      (nil, false, false, .local),
    ] as [(String?, Bool, Bool, Connection.Security)])
  func `S3 what keeps others from listening in`(
    address: String?, isTCP: Bool, isTLS: Bool, security: Connection.Security
  ) throws {
    let peer = try address.map { try SocketAddress(ipAddress: $0, port: 1) }
    #expect(ListeningServer.security(of: peer, isTCP: isTCP, isTLS: isTLS) == security)
  }

  @Test(arguments: ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
  func `S3 plain text is allowed on loopback`(host: String) async throws {
    try await Echo.serving { server in
      let listener = try await server.listen(.tcp(host: host, port: 0), tls: nil)
      #expect((listener.port ?? 0) > 0)
    }
  }

  @Test func `S3 with TLS any address will do`() async throws {
    try await Echo.serving { server in
      let listener = try await server.listen(.tcp(host: "0.0.0.0", port: 0), tls: Certificates.server)
      #expect((listener.port ?? 0) > 0)
    }
  }

  @Test func `S3 a socket file is its owner's alone`() async throws {
    let path = Echo.temporaryPath()
    try await Echo.serving { server in
      _ = try await server.listen(.unix(path: path), tls: nil)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    #expect(!FileManager.default.fileExists(atPath: path), "draining removes it")
  }

  @Test func `a socket on which somebody answers is left alone`() async throws {
    let path = Echo.temporaryPath()
    try await Echo.serving { first in
      _ = try await first.listen(.unix(path: path), tls: nil)
      try await Echo.serving { second in
        guard case .alreadyListening? = await refusal(second, .unix(path: path)) else {
          Issue.record("expected a refusal")
          return
        }
      }
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a socket that a dead server left is replaced`() async throws {
    let path = Echo.temporaryPath()
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    #expect(isBound)
    close(descriptor)
    #expect(FileManager.default.fileExists(atPath: path))
    try await Echo.serving { server in
      _ = try await server.listen(.unix(path: path), tls: nil)
      #expect(await isAnswered(.unix(path: path)))
    }
  }

  @Test func `a file that is no socket is never removed`() async throws {
    let path = Echo.temporaryPath()
    try Data("precious".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await Echo.serving { server in
      guard case .notASocket? = await refusal(server, .unix(path: path)) else {
        Issue.record("expected a refusal")
        return
      }
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text == "precious")
    }
  }

  @Test func `addresses that cannot be are refused in words`() async throws {
    try await Echo.serving { server in
      guard
        case .pathTooLong(_, let maximum)? = await refusal(
          server,
          .unix(path: "/tmp/" + String(repeating: "x", count: 200))
        )
      else {
        Issue.record("expected a refusal")
        return
      }
      #expect(maximum == 107)
      guard case .pathTooLong? = await refusal(server, .unix(path: "")) else {
        Issue.record("expected a refusal")
        return
      }
      guard case .system? = await refusal(server, .unix(path: "/nowhere/at/all.sock")) else {
        Issue.record("expected a refusal")
        return
      }
      guard case .system? = await refusal(server, .tcp(host: "no.such.host.invalid", port: 0)) else {
        Issue.record("expected a refusal")
        return
      }
    }
  }

  @Test func `a port that is taken is refused`() async throws {
    try await Echo.serving { first in
      let port = try #require(try await first.listen(.tcp(host: "127.0.0.1", port: 0), tls: nil).port)
      try await Echo.serving { second in
        guard case .alreadyListening? = await refusal(second, .tcp(host: "127.0.0.1", port: port)) else {
          Issue.record("expected a refusal")
          return
        }
      }
    }
  }

  @Test func `a certificate that cannot be read is refused with its path`() async throws {
    try await Echo.serving { server in
      let tls = TLS(certificateChain: "/nowhere/chain.pem", privateKey: "/nowhere/key.pem")
      let failure = await refusal(server, .tcp(host: "127.0.0.1", port: 0), tls: tls)
      #expect(failure?.description.contains("/nowhere/chain.pem") == true)
    }
  }

  // MARK: TLS clients

  @Test func `S3 a client accepts only a certificate that it trusts`() async throws {
    try await Echo.serving { server in
      let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: Certificates.server)
      let port = try #require(listener.port)
      let trusted = ClientTLS(trustedCertificates: Certificates.server.certificateChain)
      let foreign = ClientTLS(trustedCertificates: Certificates.other.certificateChain)
      #expect(await isAccepted("127.0.0.1", port, trusted))
      #expect(await isAccepted("localhost", port, trusted))
      #expect(await !isAccepted("127.0.0.1", port, foreign))
      #expect(await !isAccepted("127.0.0.1", port, ClientTLS()), "the system does not trust it")
      #expect(await !isAccepted("127.0.0.1", port, nil), "plain text to a TLS port")
    }
  }

  @Test func `S3 a client accepts only a certificate for the host that it asked for`() async throws {
    try await Echo.serving { server in
      let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: Certificates.named)
      let port = try #require(listener.port)
      var tls = ClientTLS(trustedCertificates: Certificates.named.certificateChain)
      #expect(await isAccepted("localhost", port, tls))
      #expect(await !isAccepted("127.0.0.1", port, tls), "the address is not in it")
      tls.hostName = "localhost"
      #expect(await isAccepted("127.0.0.1", port, tls))
      tls.hostName = "other.example"
      #expect(await !isAccepted("localhost", port, tls))
    }
  }

  /// A server's settings that ask for certificates.
  private func asking(for certificates: TLS.ClientCertificates) -> TLS {
    var tls = Certificates.server
    tls.clientCertificates = certificates
    return tls
  }

  private func trust(showing certificate: TLS?) -> ClientTLS {
    let identity = certificate.map {
      ClientTLS.Identity(certificateChain: $0.certificateChain, privateKey: $0.privateKey)
    }
    return ClientTLS(trustedCertificates: Certificates.server.certificateChain, identity: identity)
  }

  @Test func `S3 where a server asks for certificates only those of its authorities are let in`() async throws
  {
    let own = Certificates.server
    try await Echo.serving { server in
      let anyPort = Address.tcp(host: "127.0.0.1", port: 0)
      let listener = try await server.listen(
        anyPort, tls: asking(for: .issued(by: Certificates.named.certificateChain)))
      let strict = try #require(listener.port)
      #expect(await isAccepted("127.0.0.1", strict, trust(showing: Certificates.named)))
      #expect(await !isAccepted("127.0.0.1", strict, trust(showing: Certificates.other)))
      #expect(await !isAccepted("127.0.0.1", strict, trust(showing: nil)))
      let open = try #require(try await server.listen(anyPort, tls: own).port)
      for certificate in [nil, Certificates.other] {
        #expect(await isAccepted("127.0.0.1", open, trust(showing: certificate)))
      }
      let nowhere = await refusal(server, anyPort, tls: asking(for: .issued(by: "/nowhere/clients.pem")))
      #expect(nowhere?.description.contains("/nowhere/clients.pem") == true)
    }
  }

  @Test func `S3 a client's certificate that may sign none, its own neither, is accepted where it is named`()
    async throws
  {
    try await Echo.serving { server in
      let anyPort = Address.tcp(host: "127.0.0.1", port: 0)
      let leaf = Certificates.leaf
      let named = try #require(
        try await server.listen(anyPort, tls: asking(for: .these(leaf.certificateChain))).port)
      #expect(await isAccepted("127.0.0.1", named, trust(showing: leaf)))
      #expect(await !isAccepted("127.0.0.1", named, trust(showing: Certificates.other)))
      #expect(await !isAccepted("127.0.0.1", named, trust(showing: nil)))
      // Nobody vouches for it.
      let issued = try #require(
        try await server.listen(anyPort, tls: asking(for: .issued(by: leaf.certificateChain))).port)
      #expect(await !isAccepted("127.0.0.1", issued, trust(showing: leaf)))
    }
  }

  private func isAnswered(_ address: Address, tls: ClientTLS? = nil) async -> Bool {
    do {
      try await Echo.call(address, tls: tls).close().get()
      return true
    } catch {
      return false
    }
  }

  private func isAccepted(_ host: String, _ port: Int, _ tls: ClientTLS?) async -> Bool {
    await isAnswered(.tcp(host: host, port: port), tls: tls)
  }

  @Test(arguments: ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "0.0.0.0"])
  func `S3 a client speaks no plain text to other machines`(host: String) async throws {
    let failure = await #expect(throws: Failure.self) {
      _ = try await Echo.call(.tcp(host: host, port: 7447))
    }
    #expect(failure?.reason == .plainTextRefused)
    #expect(failure?.message.contains("TLS") == true)
  }

  @Test func `S3 TLS before 1.3 is refused`() async throws {
    try await Echo.serving { server in
      let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: Certificates.server)
      let port = try #require(listener.port)
      for (version, isAccepted) in [("-tls1_2", false), ("-tls1_3", true)] {
        let (status, _) = await Command.openssl(port: port, [version])
        #expect((status == 0) == isAccepted, "\(version)")
      }
    }
  }
}
