import HTTPSupport
import RPC
import Testing

/// The port with TLS: both versions of HTTP, by ALPN.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
  @Test(
    arguments: [
      (["h2"], "h2"), (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"),
      ([], nil), (["foo"], nil),
    ] as [([String], String?)])
  func `ALPN: the server chooses, HTTP 2 first`(offered: [String], agreed: String?) async throws {
    try await LiveServer.with(tls: true) { live in
      let bytes = try await BytePeer.connect(port: live.port, tls: live.tls, offering: offered)
      #expect((bytes.agreed ?? "") == (agreed ?? ""))
      if agreed == "h2" {
        bytes.post(HTTP2Frame.preface)
        let peer = HTTP2Peer(bytes)
        peer.post(.settings([]))
        try await peer.roundTrip()
      } else {
        let answer = try await HTTP1Peer(bytes).asking(
          .echo("Echo"), [("content-type", "application/json")], body: Array("\"a\"".utf8))
        #expect(answer.text == "\"a\"")
      }
    }
  }

  @Test func `plain text on a TLS port is not answered`() async throws {
    try await LiveServer.with(tls: true) { live in
      let peer = HTTP1Peer(try await .connect(port: live.port))
      peer.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
      while let piece = try await peer.bytes.receive() {
        #expect(!String(decoding: piece, as: UTF8.self).contains("HTTP/"))
      }
    }
  }

  @Test(arguments: HTTPWire.everywhere)
  func `every protocol, one answer and many`(wire: HTTPWire, version: Version) async throws {
    for isSecured in [false, true] {
      try await LiveServer.with(tls: isSecured) { live in
        let client = live.client(wire, version)
        let echo: Text = try await client.call("\(EchoService.name)/EchoLater", Text("späte Antwort"))
        #expect(echo.value == "späte Antwort")
        let large: Blob = try await client.call("\(EchoService.name)/Size", Number(1_000_000))
        #expect(large.value.count == 1_000_000)
        let length: Number = try await client.call(
          "\(EchoService.name)/Length", Blob(.init(repeating: 1, count: 2_000_000)))
        #expect(length.value == 2_000_000)
        var numbers: [Int64] = []
        for try await number in try client.stream("\(EchoService.name)/Count", Number(1000), as: Number.self)
        {
          numbers.append(number.value)
        }
        #expect(numbers == Array(0..<1000))
      }
    }
  }
}
