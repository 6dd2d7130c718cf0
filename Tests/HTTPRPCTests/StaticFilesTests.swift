import Foundation
import RPC
import Testing

@testable import HTTPRPC

/// Pages, and which pages may call: static files and CORS.
@Suite struct StaticFilesTests {
  private func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID())")
    for (name, content) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: file)
    }
    return folder.path()
  }

  private func head(
    _ target: String, _ method: RequestHead.Method = .get, _ fields: [(String, String)] = []
  ) -> RequestHead {
    let names: [RequestHead.Method: String] = [
      .post: "POST", .get: "GET", .head: "HEAD", .options: "OPTIONS",
    ]
    return RequestHead(names[method] ?? "PUT", target, fields.map { (name: $0, value: $1) })
  }

  private func value(_ name: String, _ answer: PlainAnswer?) -> String? {
    answer?.fields.first { $0.name == name }?.value
  }

  @Test func `files have their type, a tag and what keeps pages safe`() throws {
    let path = try folder(["index.html": "<p>", "app/desk.js": "1", "a b.txt": "x", ".secret": "s"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let files = try StaticFiles(folder: path)
    let page = files.answer(head("/"), isSecured: true)
    #expect(page?.status == 200 && page?.body == Array("<p>".utf8))
    #expect(value("content-type", page) == "text/html; charset=utf-8")
    for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "etag"] {
      #expect(value(name, page) != nil, "\(name)")
    }
    #expect(value("strict-transport-security", page) != nil)
    #expect(value("strict-transport-security", files.answer(head("/"), isSecured: false)) == nil)
    #expect(
      value("content-type", files.answer(head("/app/desk.js?v=2"), isSecured: true))?.hasPrefix(
        "text/javascript") == true)
    #expect(files.answer(head("/a%20b.txt"), isSecured: true)?.status == 200)
    #expect(files.answer(head("/index.html", .post), isSecured: true)?.status == 405)
    #expect(files.answer(head("/", .head), isSecured: true)?.status == 200)
    for outside in [
      "/.secret", "/../index.html", "/%2e%2e/index.html", "//etc/passwd", "/app", "/none", "", "%",
    ] {
      #expect(files.answer(head(outside), isSecured: true) == nil, "\(outside)")
    }
  }

  @Test func `who has the newest content is not sent it again`() throws {
    let path = try folder(["index.html": "<p>"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let files = try StaticFiles(folder: path)
    let tag = try #require(value("etag", files.answer(head("/"), isSecured: false)))
    for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
      let answer = files.answer(head("/", .get, [("if-none-match", known)]), isSecured: false)
      #expect(answer?.status == 304 && answer?.body.isEmpty == true, "\(known)")
    }
    #expect(files.answer(head("/", .get, [("if-none-match", "\"other\"")]), isSecured: false)?.status == 200)
  }

  @Test func `who takes it is sent the precompressed variant`() throws {
    let path = try folder(["app.js": "plain", "app.js.br": "brotli", "app.js.gz": "gzip"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let files = try StaticFiles(folder: path)
    for (accepted, content, coding) in [
      ("gzip, br", "brotli", "br"), ("gzip", "gzip", "gzip"), ("br;q=0, gzip", "gzip", "gzip"),
      ("", "plain", nil),
    ] {
      let answer = files.answer(head("/app.js", .get, [("accept-encoding", accepted)]), isSecured: false)
      #expect(answer?.body == Array(content.utf8))
      #expect(value("content-encoding", answer) == coding)
      #expect(value("vary", answer) == "accept-encoding")
    }
    #expect(files.answer(head("/app.js.br"), isSecured: false) == nil)
  }

  @Test func `links lead nowhere, and what is no file is not waited for`() throws {
    let outside = try folder(["secret.txt": "s", "deep/secret.txt": "s"])
    let path = try folder(["index.html": "<p>", "app/desk.js": "1"])
    let manager = FileManager.default
    defer { for path in [path, outside] { try? manager.removeItem(atPath: path) } }
    for (name, target) in [("link.txt", "secret.txt"), ("app/link.txt", "secret.txt"), ("linked", "deep")] {
      try manager.createSymbolicLink(
        atPath: path + "/" + name, withDestinationPath: outside + "/" + target)
    }
    #expect(mkfifo(path + "/pipe.txt", 0o600) == 0)
    let files = try StaticFiles(folder: path)
    #expect(files.answer(head("/app/desk.js"), isSecured: true)?.status == 200)
    for name in ["/link.txt", "/app/link.txt", "/linked/secret.txt", "/linked", "/pipe.txt"] {
      #expect(files.answer(head(name), isSecured: true) == nil, "\(name)")
    }
  }

  @Test func `a folder with too much in it is refused before it is read`() throws {
    let path = try folder(["index.html": "<p>"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    // Sparse: nobody has room for so much.
    for (bytes, isServed) in [
      (StaticFiles.maximumBytes - 3, true), (StaticFiles.maximumBytes - 2, false), (1 << 40, false),
    ] {
      try Data().write(to: URL(filePath: path + "/large"))
      #expect(truncate(path + "/large", bytes) == 0)
      #expect(((try? StaticFiles(folder: path)) != nil) == isServed, "\(bytes)")
    }
  }

  @Test func `a folder that is none is refused`() {
    #expect(throws: StaticFiles.Failure.noFolder("/does/not/exist")) {
      try StaticFiles(folder: "/does/not/exist")
    }
  }

  @Test func `pages of other origins may call where they are allowed to`() {
    let cors = CORS(.these(["https://desk.example.org"]))
    let asks = [("access-control-request-method", "POST")]
    let known = cors.preflight(head("/a", .options, [("origin", "https://desk.example.org")] + asks))
    #expect(known?.status == 204)
    #expect(value("access-control-allow-origin", known) == "https://desk.example.org")
    #expect(value("access-control-allow-headers", known)?.contains("connect-protocol-version") == true)
    let strange = cors.preflight(head("/a", .options, [("origin", "https://evil.example.org")] + asks))
    #expect(strange?.status == 403 && value("access-control-allow-origin", strange) == nil)
    #expect(cors.preflight(head("/a", .options, [("origin", "https://desk.example.org")])) == nil)
    #expect(cors.fields(for: head("/a", .post, [])).isEmpty)
    #expect(cors.fields(for: head("/a", .post, [("origin", "https://evil.example.org")])).isEmpty)
    let fields = cors.fields(for: head("/a", .post, [("origin", "https://desk.example.org")]))
    #expect(fields.contains(Field("access-control-allow-origin", "https://desk.example.org")))
    #expect(fields.contains(Field("vary", "origin")))
    #expect(
      CORS(.all).fields(for: head("/a", .post, [("origin", "null")])).first
        == Field("access-control-allow-origin", "*"))
    // A cache may hold answers to GET; others must not get what this page did.
    #expect(
      cors.fields(for: head("/a", .get, [("origin", "https://other.example")])) == [Field("vary", "origin")])
    #expect(cors.fields(for: head("/a", .get, [])) == [Field("vary", "origin")])
    #expect(CORS().fields(for: head("/a", .post, [("origin", "https://desk.example.org")])).isEmpty)
  }
}
