import HTTPSupport
import RPC
import Testing

/// HTTP/2 as RFC 9113 has it, frame by frame. Sections are its.
@Suite(.timeLimit(.minutes(1))) struct HTTP2Tests {
  typealias Kind = HTTP2Frame.Kind
  typealias Flag = HTTP2Frame.Flag
  typealias Code = HTTP2Frame.Code

  let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]

  func echo(_ peer: HTTP2Peer, _ text: String = "a") async throws -> String {
    let stream = peer.open(.echo("Echo"), grpc)
    try await peer.write(stream, Enveloped(try Text(text).serializedBytes()).encoded(), end: true)
    let answer = try await peer.answer(stream)
    #expect(answer.trailers["grpc-status"] == "0")
    return try Text(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value
  }

  /// What the server says of a connection that broke the rules.
  func ending(_ body: (HTTP2Peer) throws -> Void) async throws -> UInt32? {
    var code: UInt32?
    try await LiveServer.with { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      try body(peer)
      try await peer.untilClosed()
      code = peer.goAways.last?.code
    }
    return code
  }

  /// What the server says of a stream that broke the rules, on a connection that lives on.
  func reset(_ body: (HTTP2Peer) throws -> UInt32) async throws -> UInt32? {
    var code: UInt32?
    try await LiveServer.with { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      let stream = try body(peer)
      code = try await peer.answer(stream).reset
      #expect(try await echo(peer) == "a")
    }
    return code
  }

  @Test func `3.4 the server's first frame is SETTINGS, and ours are acknowledged`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      #expect(try await peer.nextFrame()?.kind == Kind.settings)
      try await peer.pump { peer.settingsAcknowledged == 1 }
      #expect(peer.settings[3] == 320, "MAX_CONCURRENT_STREAMS")
      #expect(peer.settings[4] == 256 << 10, "INITIAL_WINDOW_SIZE")
      #expect(peer.settings[6] == 16 << 10, "MAX_HEADER_LIST_SIZE")
      #expect(peer.settings[9] == 1, "NO_RFC7540_PRIORITIES")
    }
  }

  @Test func `3.4 a preface that goes wrong on its way is HTTP 1`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
      #expect(try await peer.answer().status == 400)
    }
  }

  @Test func `3.4 a preface may come byte by byte`() async throws {
    try await LiveServer.with { live in
      let bytes = try await BytePeer.connect(port: live.port)
      for byte in HTTP2Frame.preface { try await bytes.send([byte]) }
      let peer = HTTP2Peer(bytes)
      peer.post(.settings([]))
      #expect(try await echo(peer) == "a")
    }
  }

  @Test func `4.1 frames of unknown kinds are passed over`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      peer.post(HTTP2Frame(0x16, flags: 0xFF, stream: 0, [1, 2, 3]))
      peer.post(.settings([(0xFFFF, 1)]))
      peer.post(HTTP2Frame(Kind.priority, stream: 77, [0, 0, 0, 1, 5]))
      #expect(try await echo(peer) == "a")
    }
  }

  @Test func `4.2 a frame larger than was agreed ends the connection`() async throws {
    let code = try await ending { peer in
      let stream = peer.open(.echo("Echo"), grpc)
      peer.push(stream, [UInt8](repeating: 0, count: 16_385))
    }
    #expect(code == Code.frameSizeError)
  }

  @Test func `4.3 fields that cannot be decompressed end the connection`() async throws {
    let code = try await ending { peer in
      peer.post(
        HTTP2Frame(
          Kind.headers, flags: Flag.endHeaders | Flag.endStream, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]))
    }
    #expect(code == Code.compressionError)
  }

  @Test func `4.3 fields may come in CONTINUATION frames`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let block = HTTP2Frame.block(HTTP2Peer.pseudo("POST", .echo("Echo")) + grpc)
      let stream = peer.takeStream()
      peer.expect(stream)
      peer.post(HTTP2Frame(Kind.headers, stream: stream, Array(block[..<10])))
      peer.post(HTTP2Frame(Kind.continuation, stream: stream, Array(block[10..<20])))
      peer.post(HTTP2Frame(Kind.continuation, flags: Flag.endHeaders, stream: stream, Array(block[20...])))
      peer.push(stream, Enveloped(try Text("in pieces").serializedBytes()).encoded(), end: true)
      let answer = try await peer.answer(stream)
      #expect(try Text(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value == "in pieces")
      #expect(answer.trailers["grpc-status"] == "0")
    }
  }

  @Test func `4.3 nothing comes between the pieces of a header block`() async throws {
    let block = HTTP2Frame.block(HTTP2Peer.pseudo("POST", .echo("Echo")))
    let code = try await ending { peer in
      peer.post(HTTP2Frame(Kind.headers, stream: 1, Array(block[..<10])))
      peer.post(.ping())
    }
    #expect(code == Code.protocolError)
  }

  @Test func `5.1 DATA on a stream that is idle ends the connection`() async throws {
    let code = try await ending { $0.post(HTTP2Frame(Kind.data, stream: 1, [1])) }
    #expect(code == Code.protocolError)
  }

  @Test func `5.1.1 stream ids of clients are odd`() async throws {
    let fields = HTTP2Peer.pseudo("POST", .echo("Echo")) + grpc
    #expect(try await ending { $0.post(.request(2, fields, end: true)) } == Code.protocolError)
  }

  @Test func `5.1.1 stream ids of clients rise`() async throws {
    let fields = HTTP2Peer.pseudo("POST", .echo("Echo")) + grpc
    let falling = try await ending { peer in
      peer.post(.request(5, fields, end: true))
      peer.post(.request(3, fields, end: true))
    }
    #expect(falling == Code.protocolError)
  }

  @Test func `5.1.2 one stream more than agreed is the end of a connection that knew it`() async throws {
    var limits = Limits()
    limits.callsPerConnection = 3
    limits.streamsPerConnection = 2
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      #expect(peer.settings[3] == 5)
      for _ in 0..<6 { _ = peer.open(.echo("Wait"), grpc) }
      try await peer.untilClosed()
      #expect(peer.goAways.last?.code == Code.protocolError)
    }
  }

  @Test func `5.1.2 one stream too many of a client that does not know yet is refused`() async throws {
    var limits = Limits()
    limits.callsPerConnection = 3
    limits.streamsPerConnection = 2
    try await LiveServer.with(limits: limits) { live in
      let bytes = try await BytePeer.connect(port: live.port)
      let peer = HTTP2Peer(bytes)
      peer.acknowledges = false
      bytes.post(HTTP2Frame.preface + HTTP2Frame.settings([]).encoded())
      let streams = (0..<6).map { _ in peer.open(.echo("Wait"), grpc) }
      for stream in streams { peer.push(stream, Enveloped([]).encoded(), end: true) }
      #expect(try await peer.answer(streams[5]).reset == Code.refusedStream)
      live.probe.release.fire()
      for stream in streams.prefix(5) {
        #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
      }
    }
  }

  @Test func `6.3 PRIORITY is of a stream, and of another than itself`() async throws {
    #expect(
      try await ending { $0.post(HTTP2Frame(Kind.priority, [0, 0, 0, 1, 5])) } == Code.protocolError)
    #expect(
      try await ending { $0.post(HTTP2Frame(Kind.priority, stream: 3, [0, 0, 0, 3, 5])) }
        == Code.protocolError)
  }

  @Test func `6.4 RST_STREAM on an idle stream ends the connection`() async throws {
    #expect(try await ending { $0.post(.reset(1)) } == Code.protocolError)
  }

  @Test func `6.5 SETTINGS that make no sense end the connection`() async throws {
    #expect(try await ending { $0.post(HTTP2Frame(Kind.settings, [1, 2, 3])) } == Code.frameSizeError)
    #expect(try await ending { $0.post(.settings([(2, 2)])) } == Code.protocolError)
    #expect(try await ending { $0.post(.settings([(4, 0x8000_0000)])) } == Code.flowControlError)
    #expect(try await ending { $0.post(.settings([(5, 100)])) } == Code.protocolError)
    #expect(
      try await ending { $0.post(HTTP2Frame(Kind.settings, flags: Flag.acknowledged, [0, 1, 0, 0, 0, 1])) }
        == Code.frameSizeError)
    #expect(try await ending { $0.post(HTTP2Frame(Kind.settings, stream: 1)) } == Code.protocolError)
  }

  @Test func `6.7 PING is answered with the same eight bytes`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      peer.post(.ping("abcdefgh"))
      var answer: HTTP2Frame?
      while answer?.kind != Kind.ping { answer = try await peer.nextFrame() }
      #expect(answer?.flags == Flag.acknowledged && answer?.payload == Array("abcdefgh".utf8))
    }
    #expect(try await ending { $0.post(HTTP2Frame(Kind.ping, [1])) } == Code.frameSizeError)
    #expect(
      try await ending { $0.post(HTTP2Frame(Kind.ping, stream: 1, Array("12345678".utf8))) }
        == Code.protocolError)
  }

  @Test func `6.8 a client that says good-bye is answered, and closed`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("EchoLater"), grpc)
      peer.push(stream, Enveloped(try Text("a").serializedBytes()).encoded(), end: true)
      peer.post(HTTP2Frame(Kind.goAway, [0, 0, 0, 0, 0, 0, 0, 0]))
      #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
    }
  }

  @Test func `6.9 windows do not overflow, and grow by something`() async throws {
    #expect(
      try await ending {
        $0.post(.windowUpdate(0, 0x7FFF_FFFF))
        $0.post(.windowUpdate(0, 0x7FFF_FFFF))
      } == Code.flowControlError)
    #expect(try await ending { $0.post(.windowUpdate(0, 0)) } == Code.protocolError)
    let code = try await reset { peer in
      let stream = peer.open(.echo("Wait"), grpc)
      peer.post(.windowUpdate(stream, 0x7FFF_FFFF))
      return stream
    }
    #expect(code == Code.flowControlError)
  }

  @Test func `6.9.1 more than the window ends the connection, or the stream`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      let stream = peer.open(.echo("Collect"), grpc)
      for _ in 0..<80 { peer.push(stream, [UInt8](repeating: 0, count: 16_000)) }
      try await peer.pump { peer.answers[stream]?.reset != nil || !peer.goAways.isEmpty }
      #expect((peer.answers[stream]?.reset ?? peer.goAways.first?.code) == Code.flowControlError)
    }
  }

  @Test func `6.9.2 a window that shrinks below nothing holds the answer back`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2(settings: [(4, 100)])
      peer.givesCredit = false
      let stream = peer.open(.echo("Size"), grpc)
      peer.push(stream, Enveloped(try Number(1000).serializedBytes()).encoded(), end: true)
      try await peer.pump { peer.answers[stream]?.body.count == 100 }
      peer.post(.settings([(4, 10)]))
      try await peer.roundTrip()
      peer.post(.windowUpdate(stream, 90))
      try await peer.roundTrip()
      #expect(peer.answers[stream]?.body.count == 100)
      peer.post(.windowUpdate(stream, 50))
      try await peer.pump { peer.answers[stream]?.body.count == 150 }
      peer.post(.windowUpdate(stream, 10_000))
      #expect(try await peer.answer(stream).body.count > 1000)
    }
  }

  @Test func `6.10 CONTINUATION without HEADERS ends the connection`() async throws {
    #expect(
      try await ending { $0.post(HTTP2Frame(Kind.continuation, flags: Flag.endHeaders, stream: 1)) }
        == Code.protocolError)
  }

  @Test(arguments: [
    [(":method", "POST"), (":scheme", "http"), (":path", "/a"), ("Upper", "1")],
    [(":method", "POST"), (":scheme", "http"), (":path", "/a"), ("connection", "close")],
    [(":method", "POST"), (":scheme", "http"), (":path", "/a"), ("te", "gzip")],
    [(":method", "POST"), (":scheme", "http"), (":path", "/a"), (":late", "1")],
    [(":method", "POST"), (":scheme", "http"), ("x", "1"), (":path", "/a")],
    [(":method", "POST"), (":scheme", "http")],
    [(":method", "POST"), (":path", "/a")],
    [(":scheme", "http"), (":path", "/a")],
    [(":method", "POST"), (":method", "GET"), (":scheme", "http"), (":path", "/a")],
    [(":method", "POST"), (":scheme", "http"), (":path", "")],
    [(":method", "POST"), (":scheme", "http"), (":path", "/a"), (":status", "200")],
    [(":method", "POST"), (":scheme", "http"), (":path", "/a"), ("content-length", "1")],
  ])
  func `8.1 a malformed request ends its stream`(pairs: [(String, String)]) async throws {
    let code = try await reset { peer in
      var fields = Fields()
      for (name, value) in pairs { fields.append(name, value) }
      return peer.openRaw(peer.takeStream(), fields)
    }
    #expect(code == Code.protocolError)
  }

  @Test func `8.1 a body that is not as long as was said ends its stream`() async throws {
    let code = try await reset { peer in
      let stream = peer.open(.echo("Echo"), grpc + [("content-length", "10")])
      peer.push(stream, [0, 0, 0, 0, 0], end: true)
      return stream
    }
    #expect(code == Code.protocolError)
  }

  @Test func `8.1 a request may have trailers, and these no pseudo fields`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Echo"), grpc)
      peer.push(stream, Enveloped(try Text("a").serializedBytes()).encoded())
      peer.post(.request(stream, [("x-trailer", "1")], end: true))
      #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
      let bad = peer.open(.echo("Echo"), grpc)
      peer.post(.request(bad, [(":path", "/a")], end: true))
      #expect(try await peer.answer(bad).reset == Code.protocolError)
    }
  }

  @Test func `10.5 fields of more than the limit are 431, on a connection that lives on`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let long: Fields = [("x-long", String(repeating: "a", count: 16 << 10))]
      let stream = peer.takeStream()
      peer.openParts(stream, HTTP2Peer.pseudo("POST", .echo("Echo")) + grpc + long)
      #expect(try await peer.answer(stream).status == 431)
      #expect(try await echo(peer) == "a")
    }
  }

  @Test func `DATA with padding is read without it, and credited with it`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Echo"), grpc)
      let message = Enveloped(try Text("padded").serializedBytes()).encoded()
      let payload = [100] + message + [UInt8](repeating: 0, count: 100)
      peer.post(HTTP2Frame(Kind.data, flags: Flag.padded | Flag.endStream, stream: stream, payload))
      let answer = try await peer.answer(stream)
      #expect(try Enveloped.all(in: answer.body)[0].bytes == Text("padded").serializedBytes())
    }
    let code = try await ending { peer in
      let stream = peer.open(.echo("Echo"), grpc)
      peer.post(HTTP2Frame(Kind.data, flags: Flag.padded, stream: stream, [10, 1, 2]))
    }
    #expect(code == Code.protocolError)
  }

  @Test func `many calls at once on one connection are each answered`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      for _ in 0..<5 {
        let streams = (0..<300).map { number in
          let stream = peer.open(.echo(number % 2 == 0 ? "Echo" : "EchoLater"), grpc)
          return (stream, "\(number)")
        }
        for (stream, text) in streams {
          try await peer.write(stream, Enveloped(try Text(text).serializedBytes()).encoded(), end: true)
        }
        for (stream, text) in streams {
          let answer = try await peer.answer(stream)
          #expect(try Text(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value == text)
        }
      }
    }
  }
}
