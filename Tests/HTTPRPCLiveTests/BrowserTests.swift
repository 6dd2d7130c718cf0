import Foundation
import HTTPRPC
import HTTPSupport
import RPC
import Testing

/// What browsers need: files, and calls from pages of other origins.
@Suite(.timeLimit(.minutes(1))) struct BrowserTests {
  private static func withFiles(tls: Bool = false, _ body: (LiveServer) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, content) in [
      ("index.html", "<p>"), ("app.js", "plain"), ("app.js.br", "brotli"), ("app.js.gz", "gzip"),
      ("large.bin", String(repeating: "0123456789abcdef", count: 1 << 16)),
    ] { try Data(content.utf8).write(to: folder.appending(path: name)) }
    var options = HTTPRPCServer.Options()
    options.files = try StaticFiles(folder: folder.path())
    options.cors = CORS(.these(["https://desk.example.org"]))
    try await LiveServer.with(tls: tls, options: options, body)
  }

  @Test(arguments: Version.allCases)
  func `files have type, tag, length and what keeps pages safe`(version: Version) async throws {
    try await Self.withFiles { live in
      let peer = try await live.peer(version)
      let page = try await peer.asking("GET", "/")
      #expect(page.status == 200 && page.text == "<p>")
      #expect(page.fields["content-length"] == "3" || version == .http2)
      for (name, value) in [
        ("content-type", "text/html; charset=utf-8"), ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"),
      ] { #expect(page.fields[name] == value, "\(name)") }
      #expect(page.fields["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
      #expect(page.fields["strict-transport-security"] == nil)
      let head = try await peer.asking("HEAD", "/")
      #expect(head.status == 200 && head.body.isEmpty && head.fields["content-length"] == "3")
      #expect(head.fields["etag"] == page.fields["etag"])
      #expect(try await peer.asking("POST", "/", [("content-type", "text/html")], body: [1]).status == 405)
      #expect(try await peer.asking("GET", "/none").status == 404)
      let head404 = try await peer.asking("HEAD", "/none")
      #expect(head404.status == 404 && head404.body.isEmpty)
    }
  }

  @Test(arguments: Version.allCases)
  func `who has the newest content is sent nothing again`(version: Version) async throws {
    try await Self.withFiles { live in
      let peer = try await live.peer(version)
      let tag = try #require(try await peer.asking("GET", "/app.js").fields["etag"])
      for method in ["GET", "HEAD"] {
        let again = try await peer.asking(method, "/app.js", [("if-none-match", tag)])
        #expect(again.status == 304 && again.body.isEmpty && again.fields["etag"] == tag)
      }
      #expect(try await peer.asking("GET", "/app.js", [("if-none-match", "\"x\"")]).status == 200)
    }
  }

  @Test(arguments: Version.allCases)
  func `who takes it is sent the precompressed variant`(version: Version) async throws {
    try await Self.withFiles { live in
      let peer = try await live.peer(version)
      for (accepted, text, coding) in [
        ("gzip, br", "brotli", "br"), ("gzip", "gzip", "gzip"), ("", "plain", nil),
      ] {
        let fields: Fields = accepted.isEmpty ? [] : [("accept-encoding", accepted)]
        let answer = try await peer.asking("GET", "/app.js", fields)
        #expect(answer.text == text && answer.fields["content-encoding"] == coding)
        #expect(answer.fields["vary"]?.contains("accept-encoding") == true)
        #expect(answer.fields["content-type"]?.hasPrefix("text/javascript") == true)
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `a large file arrives whole`(version: Version) async throws {
    try await Self.withFiles { live in
      let answer = try await live.peer(version).asking("GET", "/large.bin")
      #expect(answer.body.count == 1 << 20 && answer.body.suffix(16) == Array("0123456789abcdef".utf8))
    }
  }

  @Test func `with TLS a browser does not try without for a year`() async throws {
    try await Self.withFiles(tls: true) { live in
      for version in Version.allCases {
        let page = try await live.peer(version).asking("GET", "/")
        #expect(page.fields["strict-transport-security"]?.hasPrefix("max-age=") == true)
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `pages of origins that are named may call`(version: Version) async throws {
    let origin = "https://desk.example.org"
    try await Self.withFiles { live in
      let peer = try await live.peer(version)
      let asks: Fields = [
        ("origin", origin), ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,connect-protocol-version,authorization"),
      ]
      let preflight = try await peer.asking("OPTIONS", .echo("Write"), asks)
      #expect(preflight.status == 204 && preflight.body.isEmpty)
      #expect(preflight.fields["access-control-allow-origin"] == origin)
      #expect(preflight.fields["access-control-allow-methods"]?.contains("POST") == true)
      let allowed = Set(
        (preflight.fields["access-control-allow-headers"] ?? "").split(separator: ",").map {
          $0.drop { $0 == " " }
        })
      for name in [
        "content-type", "connect-protocol-version", "connect-timeout-ms", "authorization", "grpc-timeout",
        "x-grpc-web",
        "x-user-agent",
      ] { #expect(allowed.contains(name[...]), "\(name)") }
      #expect(preflight.fields["access-control-max-age"] == "7200")
      for (wire, status) in [
        ("application/json", 200), ("application/grpc-web+proto", 200), ("text/plain", 415),
      ] {
        let answer = try await peer.asking(
          .echo("Echo"), [("origin", origin), ("content-type", wire)],
          body: wire == "application/json" ? Array("\"a\"".utf8) : Enveloped([]).encoded())
        #expect(answer.status == status)
        #expect(answer.fields["access-control-allow-origin"] == origin, "\(wire)")
        #expect(answer.fields["access-control-expose-headers"]?.contains("grpc-status") == true)
        #expect(answer.fields.values("vary").contains { $0.lowercased().contains("origin") })
      }
    }
  }

  @Test func `pages of other origins may not`() async throws {
    try await Self.withFiles { live in
      let peer = try await live.http1()
      let evil: Fields = [("origin", "https://evil.example.org")]
      let preflight = try await peer.asking(
        "OPTIONS", .echo("Echo"), evil + [("access-control-request-method", "POST")])
      #expect(preflight.fields["access-control-allow-origin"] == nil)
      let answer = try await peer.asking(
        .echo("Echo"), evil + [("content-type", "application/json")], body: Array("\"a\"".utf8))
      #expect(answer.fields["access-control-allow-origin"] == nil)
    }
  }
}
