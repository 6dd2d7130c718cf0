import HTTPRPC
import HTTPSupport
import RPC
import Testing

/// Deadlines, cancellation and disconnects reach the handler, over every protocol and version.
@Suite(.timeLimit(.minutes(1))) struct EndingTests {
  private let json: Fields = [("content-type", "application/json")]
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]

  private func deadline(_ wire: HTTPWire) -> Fields {
    wire.isConnect ? [("connect-timeout-ms", "60")] : [("grpc-timeout", "60m")]
  }

  @Test(arguments: HTTPWire.everywhere)
  func `a deadline ends a unary call, and its handler`(wire: HTTPWire, version: Version) async throws {
    try await LiveServer.with { live in
      let client = live.client(wire, version)
      let failure = await failure {
        let _: Text = try await client.call("\(EchoService.name)/Wait", Text("a"), deadline(wire))
      }
      #expect(failure?.code == .deadlineExceeded && failure?.reason == "DEADLINE_EXCEEDED")
      await live.probe.cancelled.wait()
    }
  }

  @Test(arguments: HTTPWire.everywhere)
  func `a deadline ends a stream, and its handler`(wire: HTTPWire, version: Version) async throws {
    try await LiveServer.with { live in
      var numbers: [Int64] = []
      let failure = await failure {
        let stream = try live.client(wire, version).stream(
          "\(EchoService.name)/Hold", Number(5), deadline(wire), as: Number.self)
        for try await number in stream { numbers.append(number.value) }
      }
      #expect(failure?.code == .deadlineExceeded && numbers == [5])
      await live.probe.cancelled.wait()
      await live.probe.ended.wait()
    }
  }

  @Test(arguments: HTTPWire.everywhere)
  func `a client that is gone cancels its handlers`(wire: HTTPWire, version: Version) async throws {
    try await LiveServer.with { live in
      let client = live.client(wire, version)
      let waiting = Task { let _: Text = try await client.call("\(EchoService.name)/Wait", Text("a")) }
      await live.probe.started.wait()
      waiting.cancel()
      await live.probe.cancelled.wait()
      _ = await waiting.result
    }
    try await LiveServer.with { live in
      let number = try await first(of: live.client(wire, version))
      #expect(number == 5)
      await live.probe.cancelled.wait()
      await live.probe.ended.wait()
    }
  }

  /// Listens to a stream's first message only.
  private func first(of client: RPCClient) async throws -> Int64? {
    let stream = try client.stream("\(EchoService.name)/Hold", Number(5), as: Number.self)
    for try await number in stream { return number.value }
    return nil
  }

  @Test func `a stream that its client resets cancels its handler; the connection lives on`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Wait"), grpc)
      peer.push(stream, Enveloped([]).encoded(), end: true)
      await live.probe.started.wait()
      peer.post(.reset(stream))
      await live.probe.cancelled.wait()
      let next = peer.open(.echo("Echo"), grpc)
      peer.push(next, Enveloped([]).encoded(), end: true)
      #expect(try await peer.answer(next).trailers["grpc-status"] == "0")
    }
  }

  @Test(arguments: Version.allCases)
  func `a connection that is reset cancels its handlers`(version: Version) async throws {
    try await LiveServer.with { live in
      switch version {
      case .http1:
        let peer = try await live.http1()
        try await peer.ask("POST", .echo("Wait"), json, body: Array("\"a\"".utf8))
        await live.probe.started.wait()
        try await peer.bytes.reset()
      case .http2:
        let peer = try await live.http2()
        let stream = peer.open(.echo("Wait"), grpc)
        peer.push(stream, Enveloped([]).encoded(), end: true)
        await live.probe.started.wait()
        try await peer.bytes.reset()
      }
      await live.probe.cancelled.wait()
    }
  }

  @Test func `a deadline counts from the head of the request, complete or not`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Echo"), grpc + [("grpc-timeout", "50m")])
      let answer = try await peer.answer(stream)
      #expect(answer.fields["grpc-status"] == "4")
      let http1 = try await live.http1()
      http1.say(
        "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
          + "connect-timeout-ms: 50\r\ncontent-length: 10\r\n\r\n\"")
      #expect(try await http1.answer().status == 504)
    }
  }

  @Test func `a deadline ends a client that streams, while its handler reads`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Chat"), grpc + [("grpc-timeout", "80m")])
      peer.push(stream, Enveloped([]).encoded())
      let answer = try await peer.answer(stream)
      #expect(answer.trailers["grpc-status"] == "4")
      await live.probe.ended.wait()
    }
  }

  @Test func `a request that comes too slowly is given up, and told so`() async throws {
    var limits = Limits()
    limits.frameTime = .milliseconds(200)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      let slow = peer.open(.echo("Echo"), grpc)
      let answer = try await peer.answer(slow)
      #expect(answer.fields["grpc-status"] == "4")
      // Those who send many messages take their time.
      let chat = peer.open(.echo("Chat"), grpc)
      try await Task.sleep(for: .milliseconds(500))
      peer.push(chat, Enveloped([]).encoded(), end: true)
      #expect(try await peer.answer(chat).trailers["grpc-status"] == "0")
      let http1 = try await live.http1()
      http1.say(
        "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
          + "content-length: 10\r\n\r\n\"")
      let told = try await http1.answer()
      #expect(told.status == 504 && told.fields["connection"] == "close")
      #expect(try await http1.isClosed())
      let first = try await live.http1()
      first.say("POST / HTTP/1.1\r\nho")
      #expect(try await first.answer().status == 408)
      #expect(try await first.isClosed())
      // A line end that comes in two pieces is no head.
      let empty = try await live.http1()
      #expect(try await empty.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
      for piece in ["\r", "\n"] {
        empty.say(piece)
        try await Task.sleep(for: .milliseconds(50))
      }
      try await Task.sleep(for: .milliseconds(500))
      #expect(try await empty.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
      let head = try await live.http1()
      #expect(try await head.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
      head.say("POST / HTTP/1.1\r\nho")
      #expect(try await head.answer().status == 408)
      #expect(try await head.isClosed())
    }
  }

  @Test func `the rest of a request that was answered is waited for as long as any other`() async throws {
    var limits = Limits()
    limits.frameTime = .milliseconds(200)
    limits.lingerTime = .milliseconds(200)
    try await LiveServer.with(limits: limits) { live in
      let http1 = try await live.http1()
      http1.say(
        "POST \(String.echo("First")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+json\r\n"
          + "content-length: 100\r\n\r\n")
      // Those who send many messages take their time, and it is over when they are answered.
      try await Task.sleep(for: .milliseconds(500))
      http1.say("\0\0\0\0\u{3}\"1\"")
      #expect(try await http1.answer().status == 200)
      #expect(try await http1.isClosed())
      let peer = try await live.http2()
      let stream = peer.open(.echo("None"), grpc)
      #expect(try await peer.answer(stream).fields["grpc-status"] == "12")
      try await peer.pump { peer.answers[stream]?.reset != nil }
      #expect(peer.answers[stream]?.reset == HTTP2Frame.Code.noError)
    }
  }

  @Test func `a stranger's messages are as small unpacked as they are when they come`() async throws {
    var options = HTTPRPCServer.Options()
    options.authenticate = { _ in nil }
    try await LiveServer.with(options: options) { live in
      let peer = try await live.http2()
      for method in ["Length", "Collect"] {
        let stream = peer.open(.echo(method), grpc + [("grpc-encoding", "gzip")])
        peer.push(stream, Enveloped(flags: 1, Bomb.gzip(bytes: 100_000)).encoded(), end: true)
        live.probe.release.fire()
        let answer = try await peer.answer(stream)
        let status = answer.trailers["grpc-status"] ?? answer.fields["grpc-status"]
        #expect(status == "8", "\(method)")
      }
    }
  }

  @Test func `a connection that says too little is closed`() async throws {
    var limits = Limits()
    limits.firstByteTime = .milliseconds(200)
    limits.handshakeTime = .milliseconds(200)
    limits.frameTime = .milliseconds(200)
    limits.idleTime = .milliseconds(200)
    for isSecured in [false, true] {
      try await LiveServer.with(tls: isSecured, limits: limits) { live in
        #expect(try await HTTP1Peer(.connect(port: live.port)).isClosed(), "not a byte")
        let begun = HTTP1Peer(try await .connect(port: live.port))
        begun.bytes.post(isSecured ? [0x16, 3, 1] : Array("POST / HT".utf8))
        while try await begun.bytes.receive() != nil {}
        guard !isSecured else { return }
        let preface = HTTP1Peer(try await .connect(port: live.port))
        preface.say("PRI * HT")
        #expect(try await preface.isClosed())
      }
    }
    try await LiveServer.with(limits: limits) { live in
      let quiet = try await live.http2()
      try await quiet.untilClosed()
      #expect(quiet.goAways.last?.code == HTTP2Frame.Code.noError)
      let idle = try await live.http1()
      #expect(try await idle.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
      #expect(try await idle.isClosed())
    }
    // None of those.
    limits.handshakeTime = .seconds(600)
    limits.frameTime = .seconds(600)
    limits.idleTime = .seconds(600)
    try await LiveServer.with(tls: true, limits: limits) { live in
      for version in ["h2", "http/1.1"] {
        let silent = try await BytePeer.connect(port: live.port, tls: live.tls, offering: [version])
        while try await silent.receive() != nil {}
      }
    }
  }
}
