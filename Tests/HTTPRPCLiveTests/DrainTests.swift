import HTTPSupport
import RPC
import Testing

/// How connections come to their end: announced first, so that nothing that a client has begun is lost.
@Suite(.timeLimit(.minutes(1))) struct DrainTests {
  private static let allStreams: UInt32 = 0x7FFF_FFFF
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]
  private let json: Fields = [("content-type", "application/json")]

  @Test func `GOAWAY is announced, then says which streams were served`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      peer.answersPings = false
      let waiting = peer.open(.echo("Wait"), grpc)
      peer.push(waiting, Enveloped([]).encoded(), end: true)
      await live.probe.started.wait()
      async let drained: Void = live.server.drain(within: .seconds(20))
      try await peer.pump { !peer.goAways.isEmpty }
      #expect(peer.goAways == [.init(last: Self.allStreams, code: 0)])
      // What was on its way when the server announced its end is served.
      let late = peer.open(.echo("Echo"), grpc)
      peer.push(late, Enveloped([]).encoded(), end: true)
      #expect(try await peer.answer(late).trailers["grpc-status"] == "0")
      try await peer.pump { peer.goAways.count == 2 }
      #expect(peer.goAways.last == .init(last: late, code: 0))
      live.probe.release.fire()
      #expect(try await peer.answer(waiting).trailers["grpc-status"] == "0")
      try await peer.untilClosed()
      await drained
    }
  }

  @Test func `a client that answers the PING is not waited for any longer`() async throws {
    var limits = Limits()
    limits.lingerTime = .seconds(30)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      async let drained: Void = live.server.drain(within: .seconds(1))
      try await peer.pump { peer.goAways.count == 2 }
      #expect(peer.goAways.map(\.last) == [Self.allStreams, 0])
      peer.bytes.close()
      await drained
    }
  }

  @Test func `streams are told that the server goes down`() async throws {
    for (wire, version) in HTTPWire.everywhere {
      try await LiveServer.with { live in
        var stream = try live.client(wire, version).stream(
          "\(EchoService.name)/Hold", Number(5), as: Number.self
        ).makeAsyncIterator()
        #expect(try await stream.next()?.value == 5)
        async let drained: Void = live.server.drain(within: .seconds(20))
        let ended = await failure { while try await stream.next() != nil {} }
        #expect(ended?.code == .unavailable && ended?.reason == "SERVER_DRAINING", "\(wire) \(version)")
        await drained
        await live.probe.ended.wait()
      }
    }
  }

  @Test(arguments: HTTPWire.everywhere)
  func `calls in flight are answered before the server goes`(wire: HTTPWire, version: Version) async throws {
    try await LiveServer.with { live in
      let client = live.client(wire, version)
      async let answer: Text = client.call("\(EchoService.name)/Wait", Text("a"))
      await live.probe.started.wait()
      async let drained: Void = live.server.drain(within: .seconds(20))
      try await Task.sleep(for: .milliseconds(50))
      live.probe.release.fire()
      #expect(try await answer.value == "a")
      await drained
    }
  }

  @Test func `a drained HTTP 1 connection ends with its answer, which says so`() async throws {
    try await LiveServer.with { live in
      let idle = try await live.http1()
      #expect(try await idle.asking(.echo("Echo"), json, body: Array("\"a\"".utf8)).status == 200)
      let busy = try await live.http1()
      try await busy.ask("POST", .echo("Wait"), json, body: Array("\"a\"".utf8))
      await live.probe.started.wait()
      async let drained: Void = live.server.drain(within: .seconds(20))
      #expect(try await idle.isClosed())
      live.probe.release.fire()
      let answer = try await busy.answer()
      #expect(answer.text == "\"a\"" && answer.fields["connection"] == "close")
      #expect(try await busy.isClosed())
      await drained
    }
  }

  @Test func `a connection that has lived long enough retires; its streams go on`() async throws {
    var limits = Limits()
    limits.connectionAge = .milliseconds(300)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Hold"), grpc)
      peer.push(stream, Enveloped([]).encoded(), end: true)
      try await peer.pump { peer.goAways.count == 2 }
      #expect(peer.goAways.map(\.code) == [0, 0])
      #expect(peer.answers[stream]?.isOver == false)
      live.probe.release.fire()
      #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
      try await peer.untilClosed()
      let old = try await live.http1()
      var last = try await old.asking(.echo("Echo"), json, body: Array("\"a\"".utf8))
      while last.fields["connection"] == nil,
        let next = try? await old.asking(.echo("Echo"), json, body: Array("\"a\"".utf8))
      {
        last = next
      }
      #expect(try await old.isClosed())
    }
  }

  @Test func `too many PINGs end a connection, and answers earn a client more`() async throws {
    var limits = Limits()
    limits.pingsAtOnce = 5
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      for _ in 0..<20 {
        let stream = peer.open(.echo("Echo"), grpc)
        peer.push(stream, Enveloped([]).encoded(), end: true)
        _ = try await peer.answer(stream)
        try await peer.roundTrip()
      }
      for _ in 0..<20 { peer.post(.ping()) }
      try await peer.untilClosed()
      #expect(peer.goAways.last?.code == HTTP2Frame.Code.enhanceYourCalm)
      #expect(peer.goAways.last?.text == "too_many_pings")
    }
  }
}
