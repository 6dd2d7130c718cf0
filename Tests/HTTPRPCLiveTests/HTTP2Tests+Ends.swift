import HTTPSupport
import RPC
import Testing

/// What may be said of streams that are over, or whose answer is.
extension HTTP2Tests {
  @Test func `5.1 nothing follows the end of a request`() async throws {
    let fields = HTTP2Peer.pseudo("POST", .echo("Wait")) + grpc
    let unanswered = try await ending { peer in
      let stream = peer.open(.echo("Wait"), grpc)
      peer.push(stream, Enveloped([]).encoded(), end: true)
      peer.push(stream, [1])
    }
    #expect(unanswered == Code.streamClosed)
    let cancelled = try await ending { peer in
      let stream = peer.open(.echo("Wait"), grpc)
      peer.post(.reset(stream))
      peer.push(stream, [1])
    }
    #expect(cancelled == Code.streamClosed)
    for last in [HTTP2Frame(Kind.data, stream: 1, [1]), .request(1, fields, end: true)] {
      try await LiveServer.with { live in
        let peer = try await live.http2()
        #expect(try await echo(peer) == "a")
        peer.post(last)
        try await peer.untilClosed()
        #expect(peer.goAways.last?.code == Code.streamClosed)
      }
    }
  }

  @Test func `5.1 what was on its way when the server reset a stream is passed over`() async throws {
    let code = try await reset { peer in
      let stream = peer.open(.echo("Wait"), grpc)
      peer.post(.windowUpdate(stream, 0x7FFF_FFFF))
      peer.push(stream, [1])
      peer.post(.request(stream, [("x-trailer", "1")], end: true))
      return stream
    }
    #expect(code == Code.flowControlError)
  }

  /// Of a procedure that is not there, to a client that goes on sending. Gives the stream.
  private func answeredEarly(_ peer: HTTP2Peer, _ fields: Fields = []) async throws -> UInt32 {
    let stream = peer.open(.echo("None"), grpc + fields)
    let answer = try await peer.answer(stream)
    #expect(answer.fields["grpc-status"] == "12" && answer.isEnded && answer.reset == nil)
    return stream
  }

  @Test func `8.1 an answer that is complete before its request stops its client in time`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = try await answeredEarly(peer)
      try await peer.pump { peer.answers[stream]?.reset != nil }
      #expect(peer.answers[stream]?.reset == Code.noError)
      #expect(try await echo(peer) == "a")
    }
  }

  @Test func `8.1 an answer that is complete before its request stops a client that sends much at once`()
    async throws
  {
    var limits = Limits()
    limits.lingerTime = .seconds(30)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      let stream = try await answeredEarly(peer)
      for _ in 0..<5 { peer.push(stream, [UInt8](repeating: 0, count: 16_000)) }
      try await peer.pump { peer.answers[stream]?.reset != nil }
      #expect(peer.answers[stream]?.reset == Code.noError)
      #expect(try await echo(peer) == "a")
    }
  }

  @Test func `8.1 what is wrong with a request is told after its answer, too`() async throws {
    var limits = Limits()
    limits.lingerTime = .seconds(30)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      let stream = try await answeredEarly(peer, [("content-length", "1")])
      peer.push(stream, [1, 2])
      try await peer.pump { peer.answers[stream]?.reset != nil }
      #expect(peer.answers[stream]?.reset == Code.protocolError)
      #expect(try await echo(peer) == "a")
    }
  }
}
