import RPC
import TTRPC
import Testing
import Transport
import TransportSupport

/// What a server makes of peers that it does not know, or that do not behave.
@Suite(.timeLimit(.minutes(2))) struct PeerTests {
  private let service = EchoService.name

  @Test func `S3 a peer that is gone before it is accepted is not taken for a local one`() async throws {
    try await LiveServer.with(threads: 1) { live in
      let port = try #require(live.port)
      let request = Bytes.request(1, "\(service)/Record")
      for _ in 0..<20 {
        try await live.group.next().standingStill {
          for _ in 0..<10 {
            let peer = try #require(RawSocket(port: port))
            peer.send(request)
            peer.reset()
          }
        }
        let client = try await live.connect()
        let _: Nothing = try await client.call("\(service)/Record", Nothing())
      }
      let securities = live.probe.securities.withLock { $0 }
      #expect(securities.count >= 20)
      #expect(Set(securities) == [.loopback])
    }
  }

  // MARK: Strangers

  @Test func `S3 a stranger may send little, and more once it is known`() async throws {
    try await LiveServer.with(strangerMessageBytes: 1000) { live in
      let stranger = try await live.connect()
      let small = Text(String(repeating: "x", count: 900))
      let large = Text(String(repeating: "x", count: 4_000_000))
      #expect(try await stranger.call("\(service)/Echo", small) == small)
      let failure = await failure { let _: Text = try await stranger.call("\(service)/Echo", large) }
      try #require(failure?.reason == .frameTooLarge)
      #expect(failure?.code == .resourceExhausted)
      #expect(failure?.message.contains("1000 are allowed before authentication") == true)
      await stranger.whenClosed()

      let known = try await live.connect()
      let _: Nothing = try await known.call("\(service)/Introduce", Nothing())
      #expect(try await known.call("\(service)/Echo", large) == large)
    }
  }

  @Test func `S3 whoever may open a Unix-domain socket is no stranger`() async throws {
    try await LiveServer.with(.unix, strangerMessageBytes: 1000) { live in
      let client = try await live.connect()
      let large = Text(String(repeating: "x", count: 4_000_000))
      #expect(try await client.call("\(service)/Echo", large) == large)
    }
  }

  // MARK: Closing

  @Test func `S8 a TLS peer that does not say good-bye is cut off all the same`() async throws {
    var limits = Limits()
    limits.lingerTime = .milliseconds(200)
    try await LiveServer.with(.tls, limits: limits) { live in
      let idle = try await DeafPeer(live, saying: [])
      let waiting = try await DeafPeer(live, saying: Bytes.request(1, "\(service)/Stubborn"))
      await live.probe.started.wait()
      let start = ContinuousClock.now
      await live.server.drain(within: .milliseconds(300))
      let time = ContinuousClock.now - start
      for peer in [idle, waiting] { try await peer.end() }
      // The cut, then the linger time; twice for one that lingered first. Left alone, TLS waits for 5 seconds.
      #expect(time > .milliseconds(300) && time < .seconds(3))
    }
  }

  // MARK: Children

  @Test(arguments: Transport.allCases)
  func `programs that are started inherit no socket`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let _: Nothing = try await client.call("\(service)/Record", Nothing())
      let inherited =
        switch live.address {
        case .tcp(_, let port): OpenSockets.inherited(port: port)
        case .unix(let path): OpenSockets.inherited(path: path)
        }
      #expect(inherited == [false, false, false], "listening, accepted and the client's")
    }
  }
}
