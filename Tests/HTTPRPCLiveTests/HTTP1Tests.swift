import Foundation
import HTTPSupport
import RPC
import Testing

/// HTTP/1.1 as RFC 9112 has it, over sockets.
@Suite(.timeLimit(.minutes(1))) struct HTTP1Tests {
  private let json: Fields = [("content-type", "application/json")]

  @Test func `a connection carries one request after another`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      for number in 0..<50 {
        let answer = try await peer.asking(.echo("Echo"), json, body: Array("\"\(number)\"".utf8))
        #expect(answer.status == 200 && answer.text == "\"\(number)\"")
        #expect(answer.fields["connection"] == nil)
      }
    }
  }

  @Test func `requests sent ahead are answered in their order`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      for number in 0..<200 {
        let method = number % 3 == 0 ? "EchoLater" : number % 3 == 1 ? "Echo" : "None"
        try await peer.ask("POST", .echo(method), json, body: Array("\"\(number)\"".utf8))
      }
      for number in 0..<200 {
        let answer = try await peer.answer()
        #expect(answer.status == (number % 3 == 2 ? 404 : 200))
        if number % 3 != 2 { #expect(answer.text == "\"\(number)\"") }
      }
    }
  }

  @Test func `a body may come in chunks`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let head = "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
      for _ in 0..<2 {
        peer.say(head + "transfer-encoding: chunked\r\n\r\n2\r\n\"a\r\n3;x=y\r\nbc\"\r\n0\r\nx-t: 1\r\n\r\n")
        #expect(try await peer.answer().text == "\"abc\"")
      }
    }
  }

  @Test func `a client that waits for it is told to continue, once`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say(
        "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
          + "expect: 100-continue\r\ncontent-length: 3\r\n\r\n")
      #expect(try await peer.answer().status == 100)
      peer.say("\"a\"")
      let answer = try await peer.answer()
      #expect(answer.status == 200 && answer.text == "\"a\"")
      // What is refused is not asked for its body.
      peer.say(
        "POST \(String.echo("None")) HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
          + "content-length: 3\r\n\r\n")
      #expect(try await peer.answer().status == 404)
    }
  }

  @Test func `HEAD has the fields of GET and no content`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      for target in ["/nothing", .echo("Echo")] {
        let answer = try await peer.asking("HEAD", target)
        #expect([404, 405].contains(answer.status) && answer.body.isEmpty)
      }
      #expect(try await peer.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
    }
  }

  @Test func `HTTP 1.0 is answered, and its connection closed`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say(
        "POST \(String.echo("Echo")) HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n\"a\""
      )
      #expect(try await peer.answer().text == "\"a\"")
      #expect(try await peer.isClosed())
    }
  }

  @Test func `HTTP 1.0 gets a stream without chunks, whose end is the connection's`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say(
        "POST \(String.echo("Count")) HTTP/1.0\r\ncontent-type: application/connect+json\r\n"
          + "connection: keep-alive\r\ncontent-length: 8\r\n\r\n\0\0\0\0\u{3}\"3\"")
      let answer = try await peer.answer()
      #expect(answer.fields["transfer-encoding"] == nil)
      #expect(try Enveloped.all(in: answer.body).map(\.flags) == [0, 0, 0, 2])
    }
  }

  @Test func `a client that says so is closed after its answer`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let answer = try await peer.asking(
        .echo("Echo"), json + [("connection", "close")], body: Array("\"a\"".utf8))
      #expect(answer.text == "\"a\"" && answer.fields["connection"] == "close")
      #expect(try await peer.isClosed())
    }
  }

  @Test func `fields of more than the limit are 431, and the connection ends`() async throws {
    try await LiveServer.with { live in
      let many = (0..<2000).map { "x-\($0): 123456789\r\n" }.joined()
      for fields in ["x-long: \(String(repeating: "a", count: 20 << 10))\r\n", many] {
        let peer = try await live.http1()
        peer.say("POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
        let answer = try await peer.answer()
        #expect(answer.status == 431 && answer.fields["connection"] == "close")
        #expect(try await peer.isClosed())
      }
    }
  }

  @Test(arguments: [
    "NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\nbad name: 1\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
  ])
  func `what is no HTTP 1 request is 400, and the connection ends`(text: String) async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say(text)
      let answer = try await peer.answer()
      #expect(answer.status == 400, "\(answer.text)")
      #expect(answer.fields["connection"] == "close")
      #expect(try await peer.isClosed())
    }
  }

  @Test func `a body whose chunks make no sense ends the connection`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say(
        "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
          + "transfer-encoding: chunked\r\n\r\nzz\r\n")
      if let answer = try? await peer.answer() { #expect(answer.status >= 400) }
      #expect(try await peer.isClosed())
    }
  }

  @Test func `one connection's trouble is not another's`() async throws {
    try await LiveServer.with { live in
      let good = try await live.http1()
      for _ in 0..<20 {
        let bad = try await live.http1()
        bad.say("\u{1}\u{2}\u{3}\r\n\r\n")
        _ = try? await bad.answer()
        #expect(try await good.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
      }
    }
  }

  @Test func `an answer larger than any buffer arrives whole`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      for size in [0, 1, 1023, 1024, 70_000, 3_000_000] {
        let answer = try await peer.asking(
          .echo("Size"), [("content-type", "application/proto")],
          body: try Number(Int64(size)).serializedBytes())
        #expect(try Blob(serializedBytes: answer.body).value.count == size)
      }
    }
  }

  @Test func `a request that is refused early keeps its connection when its body has come`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let answer = try await peer.asking(
        .echo("None"), json, body: [UInt8](repeating: 0x20, count: 500_000))
      #expect(answer.status == 404)
      #expect(try await peer.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).text == "\"a\"")
    }
  }

  @Test func `a body above the limit is refused, and told so`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let answer = try await peer.asking(
        .echo("Length"), [("content-type", "application/proto")],
        body: [UInt8](repeating: 0, count: (4 << 20) + 1))
      #expect(answer.status == 429)
      #expect(answer.text.contains("resource_exhausted"))
    }
  }
}
