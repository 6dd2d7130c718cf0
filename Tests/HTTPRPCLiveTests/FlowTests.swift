import HTTPSupport
import RPC
import Testing

/// Slow readers are held back, and request bodies are consumed as they are read. What is bounded is counted, not
/// timed.
@Suite(.timeLimit(.minutes(2))) struct FlowTests {
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]
  private static let message = 16 << 10

  /// How many messages a handler could send once it is held back: until looks in a row see the same.
  private func settled(_ live: LiveServer) async throws -> Int {
    var (count, looks) = (-1, 0)
    while looks < 4 {
      try await Task.sleep(for: .milliseconds(100))
      looks = live.probe.count == count ? looks + 1 : 0
      count = live.probe.count
    }
    return count
  }

  @Test func `a stream whose window is closed holds its handler back`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      peer.givesCredit = false
      let stream = peer.open(.echo("Flood"), grpc)
      peer.push(stream, Enveloped(try Number(Int64(Self.message)).serializedBytes()).encoded(), end: true)
      try await peer.pump { peer.answers[stream]?.body.count == HTTP2Peer.defaultWindow }
      let sent = try await settled(live)
      // The window, what the session holds, what the handler may be ahead, and a message at each limit.
      let most = HTTP2Peer.defaultWindow + 2 * Limits().streamQueuedBytes
      #expect(sent <= most / Self.message + 3, "\(sent) messages without credit")
      #expect(sent >= HTTP2Peer.defaultWindow / Self.message)
      // It goes on as far as it is let.
      peer.post(.windowUpdate(0, 1 << 20))
      peer.post(.windowUpdate(stream, 1 << 20))
      try await peer.pump { (peer.answers[stream]?.body.count ?? 0) == HTTP2Peer.defaultWindow + 1 << 20 }
      peer.post(.reset(stream))
      await live.probe.ended.wait()
    }
  }

  @Test(arguments: [false, true])
  func `a reader that takes nothing from its socket holds the handler back`(isSecured: Bool) async throws {
    for version in Version.allCases {
      try await LiveServer.with(tls: isSecured) { live in
        let peer = try await live.peer(version)
        try await peer.ask(
          "POST", .echo("Flood"), [("content-type", "application/connect+proto")],
          body: Enveloped(try Number(Int64(Self.message)).serializedBytes()).encoded())
        _ = try await peer.head()
        try await (peer as? HTTP1Peer)?.bytes.reads(false)
        try await (peer as? HTTP2Exchange)?.peer.bytes.reads(false)
        let sent = try await settled(live)
        // Mostly what two kernel socket buffers take.
        #expect(sent * Self.message < 24 << 20, "\(sent) messages without a reader, \(version)")
        let before = live.probe.count
        try await (peer as? HTTP1Peer)?.bytes.reads(true)
        try await (peer as? HTTP2Exchange)?.peer.bytes.reads(true)
        var taken = 0
        while taken < 32 << 20, let piece = try await peer.nextPiece() { taken += piece.count }
        #expect(live.probe.count > before)
        try await (peer as? HTTP1Peer)?.bytes.reset()
        try await (peer as? HTTP2Exchange)?.peer.bytes.reset()
        await live.probe.ended.wait()
      }
    }
  }

  @Test func `who takes nothing at all is closed`() async throws {
    var limits = Limits()
    limits.stallTime = .milliseconds(500)
    for version in Version.allCases {
      try await LiveServer.with(limits: limits) { live in
        let peer = try await live.peer(version)
        try await peer.ask(
          "POST", .echo("Flood"), [("content-type", "application/connect+proto")],
          body: Enveloped(try Number(Int64(Self.message)).serializedBytes()).encoded())
        try await (peer as? HTTP1Peer)?.bytes.reads(false)
        try await (peer as? HTTP2Exchange)?.peer.bytes.reads(false)
        await live.probe.ended.wait()
      }
    }
  }

  /// The system tells of what was taken when a third of its buffer is free again.
  @Test(arguments: ["keep-alive", "close"])
  func `a slow but steady reader of HTTP 1 is not closed`(connection: String) async throws {
    var limits = Limits()
    limits.stallTime = .seconds(2)
    // More than the buffers of both sockets hold, and are read from in that time.
    let size = 40_000_000
    limits.responseBytes = 2 * size
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http1()
      try await peer.bytes.keeps(bytes: 64 << 10)
      try await peer.bytes.reads(false)
      try await peer.ask(
        "POST", .echo("Size"), [("content-type", "application/proto"), ("connection", connection)],
        body: try Number(Int64(size)).serializedBytes())
      for _ in 0..<300 {
        try await Task.sleep(for: .milliseconds(10))
        try await peer.bytes.readOnce()
      }
      // A client whose server has closed reads all there is by itself.
      try? await peer.bytes.reads(true)
      let answer = try await peer.answer()
      #expect(try Blob(serializedBytes: answer.body).value.count == size)
    }
  }

  @Test func `a slow but steady reader of HTTP 2 is not closed`() async throws {
    var limits = Limits()
    limits.stallTime = .milliseconds(600)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      peer.givesCredit = false
      let stream = peer.open(.echo("Size"), grpc)
      peer.push(stream, Enveloped(try Number(200_000).serializedBytes()).encoded(), end: true)
      var taken = HTTP2Peer.defaultWindow
      while taken < 200_000 {
        try await peer.pump { peer.answers[stream]?.body.count ?? 0 >= taken }
        try await Task.sleep(for: .milliseconds(200))
        taken += 16_000
        for window in [0, stream] { peer.post(.windowUpdate(window, 16_000)) }
      }
      #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
    }
  }

  @Test func `a handler that does not read leaves its client without credit beyond the window`() async throws
  {
    var limits = Limits()
    limits.streamWindowBytes = 100_000
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      let stream = peer.open(.echo("Collect"), grpc)
      let blob = Enveloped(try Blob(.init(repeating: 1, count: 9_995)).serializedBytes()).encoded()
      var sent = 0
      while peer.room(stream) >= blob.count {
        try await peer.write(stream, blob, end: false)
        sent += 1
        try await peer.roundTrip()
      }
      // What has come whole before the handler asked for anything may be credited once, and no more.
      #expect(sent * blob.count <= 3 * limits.streamWindowBytes, "\(sent) messages")
      #expect(live.probe.count == 0)
      live.probe.release.fire()
      try await peer.write(stream, blob, end: true)
      let answer = try await peer.answer(stream)
      let count = try Number(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value
      #expect(count == Int64((sent + 1) * 9_995))
    }
  }

  @Test func `a handler that does not read holds an HTTP 1 client back`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let blob = Enveloped(try Blob(.init(repeating: 1, count: 99_990)).serializedBytes()).encoded()
      peer.say(
        "POST \(String.echo("Collect")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+proto\r\n"
          + "content-length: \(blob.count * 400)\r\n\r\n")
      let bytes = peer.bytes
      let sending = Task { for _ in 0..<400 { try await bytes.send(blob) } }
      await live.probe.started.wait()
      try await Task.sleep(for: .milliseconds(300))
      #expect(live.probe.count == 0)
      live.probe.release.fire()
      try await sending.value
      let answer = try await peer.answer()
      let all = try Enveloped.all(in: answer.body)
      #expect(try Number(serializedBytes: all[0].bytes).value == 400 * 99_990)
    }
  }

  @Test func `bodies that nobody reads are credited all the same`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      // More than the connection's window, to procedures that are not there and to one that answers early.
      for path in ["/none.v1.None/None", .echo("First")] {
        for _ in 0..<30 {
          let stream = peer.open(path, grpc)
          try await peer.write(
            stream, Enveloped([]).encoded() + [UInt8](repeating: 0, count: 100_000), end: true)
          _ = try await peer.answer(stream)
        }
      }
      try await peer.roundTrip()
      let stream = peer.open(.echo("Length"), grpc)
      let large = Enveloped(try Blob(.init(repeating: 1, count: 3_000_000)).serializedBytes()).encoded()
      try await peer.write(stream, large, end: true)
      #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
    }
  }

  /// Waits until the connection's window is so wide, for a few seconds.
  private func awaitRoom(_ bytes: Int, _ peer: HTTP2Peer) async throws {
    for _ in 0..<200 where peer.room(0) < bytes {
      try await peer.roundTrip()
      try await Task.sleep(for: .milliseconds(10))
    }
    try #require(peer.room(0) >= bytes)
  }

  /// Ten times over: a tenth of the window that were lost each time would be all of it.
  @Test func `all that was credited comes back: windows do not leak`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      try await peer.roundTrip()
      let start = peer.room(0)
      for _ in 0..<10 {
        for wire in [
          "application/grpc", "application/grpc-web", "application/grpc-web-text",
          "application/connect+proto",
        ] {
          for round in 0..<10 {
            let stream = peer.open(.echo("Collect"), [("content-type", wire)])
            try await awaitRoom(16_000, peer)
            peer.push(stream, [UInt8](repeating: 0, count: 16_000))
            if round % 2 == 0 { peer.post(.reset(stream)) } else { peer.push(stream, [], end: true) }
          }
        }
        live.probe.release.fire()
        // Credit comes in pieces of half a window.
        try await awaitRoom(start / 2, peer)
        #expect(peer.room(0) <= Limits().connectionWindowBytes)
      }
    }
  }
}
