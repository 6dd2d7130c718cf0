import Foundation
import Logging
import NIOPosix
import RPC
import TTRPC
import Testing

/// Where a server listens, and where it refuses to.
@Suite(.timeLimit(.minutes(1))) struct ListenTests {
  private func listening(_ body: (TTRPCServer) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = TTRPCServer(table: EchoService.table(Probe()), group: group, logger: logger)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(server))
    } catch {
      outcome = .failure(error)
    }
    await server.drain(within: .seconds(5))
    try await group.shutdownGracefully()
    try outcome.get()
  }

  private func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "listen-\(UUID()).sock").path
  }

  private func refusal(_ server: TTRPCServer, _ address: Address, tls: TLS? = nil) async -> ListenFailure? {
    do {
      _ = try await server.listen(address, tls: tls)
      return nil
    } catch {
      return error as? ListenFailure
    }
  }

  @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "128.0.0.1", "::2"])
  func `S3 plain text is refused where other machines can reach it`(host: String) async throws {
    try await listening { server in
      let failure = await refusal(server, .tcp(host: host, port: 0))
      guard case .plainTextBeyondLoopback? = failure else {
        Issue.record("expected a refusal, got \(failure as Any)")
        return
      }
      #expect(failure?.description.contains("TLS") == true)
    }
  }

  @Test(arguments: ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
  func `S3 plain text is allowed on loopback`(host: String) async throws {
    try await listening { server in
      let listener = try await server.listen(.tcp(host: host, port: 0))
      #expect((listener.port ?? 0) > 0)
    }
  }

  @Test func `S3 with TLS any address will do`() async throws {
    try await listening { server in
      let listener = try await server.listen(.tcp(host: "0.0.0.0", port: 0), tls: Certificates.server)
      #expect((listener.port ?? 0) > 0)
    }
  }

  @Test func `S3 a socket file is its owner's alone`() async throws {
    let path = temporaryPath()
    try await listening { server in
      _ = try await server.listen(.unix(path: path))
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    #expect(!FileManager.default.fileExists(atPath: path), "draining removes it")
  }

  @Test func `a socket on which somebody answers is left alone`() async throws {
    let path = temporaryPath()
    try await listening { first in
      _ = try await first.listen(.unix(path: path))
      try await listening { second in
        guard case .alreadyListening? = await refusal(second, .unix(path: path)) else {
          Issue.record("expected a refusal")
          return
        }
      }
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a socket that a dead server left is replaced`() async throws {
    let path = temporaryPath()
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
    try await listening { server in
      _ = try await server.listen(.unix(path: path))
      let group = MultiThreadedEventLoopGroup.singleton
      let client = try await TTRPCClient.connect(.unix(path: path), group: group)
      let answer: Text = try await client.call("\(EchoService.name)/Echo", Text("here"))
      #expect(answer.value == "here")
    }
  }

  @Test func `a file that is no socket is never removed`() async throws {
    let path = temporaryPath()
    try Data("precious".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await listening { server in
      guard case .notASocket? = await refusal(server, .unix(path: path)) else {
        Issue.record("expected a refusal")
        return
      }
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text == "precious")
    }
  }

  @Test func `addresses that cannot be are refused in words`() async throws {
    try await listening { server in
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
    try await listening { first in
      let port = try #require(try await first.listen(.tcp(host: "127.0.0.1", port: 0)).port)
      try await listening { second in
        guard case .alreadyListening? = await refusal(second, .tcp(host: "127.0.0.1", port: port)) else {
          Issue.record("expected a refusal")
          return
        }
      }
    }
  }

  @Test func `a certificate that cannot be read is refused with its path`() async throws {
    try await listening { server in
      let tls = TLS(certificateChain: "/nowhere/chain.pem", privateKey: "/nowhere/key.pem")
      let failure = await refusal(server, .tcp(host: "127.0.0.1", port: 0), tls: tls)
      #expect(failure?.description.contains("/nowhere/chain.pem") == true)
    }
  }

  // MARK: TLS clients

  @Test func `S3 a client accepts only a certificate that it trusts`() async throws {
    try await listening { server in
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
    try await listening { server in
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

  private func isAccepted(_ host: String, _ port: Int, _ tls: ClientTLS?) async -> Bool {
    let group = MultiThreadedEventLoopGroup.singleton
    do {
      let client = try await TTRPCClient.connect(.tcp(host: host, port: port), tls: tls, group: group)
      let _: Text = try await client.call("\(EchoService.name)/Echo", Text("x"))
      return true
    } catch {
      return false
    }
  }

  @Test(arguments: ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "0.0.0.0"])
  func `S3 a client speaks no plain text to other machines`(host: String) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let failure = await failure {
      _ = try await TTRPCClient.connect(.tcp(host: host, port: 7447), group: group)
    }
    #expect(failure?.reason == .plainTextRefused)
    #expect(failure?.message.contains("TLS") == true)
  }

  @Test func `S3 TLS before 1.3 is refused`() async throws {
    try await listening { server in
      let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: Certificates.server)
      let port = try #require(listener.port)
      for (version, isAccepted) in [("-tls1_2", false), ("-tls1_3", true)] {
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", version]
        openssl.standardInput = FileHandle.nullDevice
        openssl.standardOutput = FileHandle.nullDevice
        openssl.standardError = FileHandle.nullDevice
        let status = await withCheckedContinuation { continuation in
          openssl.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
          do { try openssl.run() } catch { continuation.resume(returning: -1) }
        }
        #expect((status == 0) == isAccepted, "\(version)")
      }
    }
  }
}
