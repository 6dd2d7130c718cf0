import API
import Client
import Foundation
import RPC
import TestSupport
import Testing
import Transport

/// A certificate that is renewed while the server runs.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CertificateTests {
  private static func whoAmI(_ link: ServerLink) async throws {
    let _: ProtoWhoAmIResponse = try await link.call("AuthService/WhoAmI", ProtoWhoAmIRequest())
  }

  /// A copy of the certificate that is shown now, to trust later.
  private static func keep(_ server: ServerProcess) throws -> ClientTLS {
    let shown = server.directory.appending(path: "server.pem")
    let kept = server.directory.appending(path: "kept-\(UUID()).pem")
    try FileManager.default.copyItem(at: shown, to: kept)
    return ClientTLS(trustedCertificates: kept.path(), hostName: "localhost")
  }

  private static func hangUp(_ server: ServerProcess, until word: String) async throws {
    kill(server.processID, SIGHUP)
    for _ in 0..<500 where !server.log.contains(word) { try await Task.sleep(for: .milliseconds(10)) }
    #expect(server.log.contains(word))
  }

  @Test func `S3 a renewed certificate is shown to those who come, and nobody is cut off`() async throws {
    let server = try await ServerProcess.start(.tls)
    let before = try await server.connect()
    try await Self.whoAmI(before)
    let old = try Self.keep(server)
    try await server.renewCertificate()
    try await Self.hangUp(server, until: "was read anew")
    try await Self.whoAmI(before)
    try await Self.whoAmI(try await server.connect())
    await #expect(throws: (any Error).self) {
      try await Self.whoAmI(try await ServerLink.connect(server.address, tls: old))
    }
    #expect(await server.terminate() == 0)
  }

  @Test func `S3 a certificate that cannot be used changes nothing, and the log says why`() async throws {
    let server = try await ServerProcess.start(.tls)
    let old = try Self.keep(server)
    let file = server.directory.appending(path: "server.pem")
    try Data("no certificate\n".utf8).write(to: file)
    try await Self.hangUp(server, until: "the old one stays")
    try await Self.whoAmI(try await ServerLink.connect(server.address, tls: old))
    #expect(await server.terminate() == 0)
  }
}
