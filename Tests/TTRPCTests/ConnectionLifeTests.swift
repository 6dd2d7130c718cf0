import Foundation
import NIOCore
import NIOPosix
import RPC
import TTRPC
import Testing
import Transport

/// How live connections begin and end.
@Suite(.timeLimit(.minutes(2))) struct ConnectionLifeTests {
  private let echo = "\(EchoService.name)/Echo"

  private func hold(_ client: TTRPCClient) throws -> ResponseSequence<Number> {
    try client.stream("\(EchoService.name)/Hold", Number(1))
  }

  @Test(arguments: Transport.allCases)
  func `a client that goes away cancels its handlers`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let _: Nothing = try await client.call("\(EchoService.name)/Watch", Nothing())
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Wait", Text("x")) }
      await live.probe.started.wait()
      client.close()
      await live.probe.cancelled.wait()
      await live.probe.closed.wait()
      let failure = await failure { _ = try await waiting.value }
      #expect(failure?.reason == .connectionClosed)
    }
  }

  @Test(arguments: Transport.allCases)
  func `closing a connection from a handler answers first, then ends everything`(
    transport: Transport
  ) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let messages = try hold(client)
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Wait", Text("x")) }
      await live.probe.started.wait()
      let answer: Text = try await client.call("\(EchoService.name)/HangUp", Text("bye"))
      #expect(answer.value == "bye")
      let unary = await failure { _ = try await waiting.value }
      #expect(unary?.reason == "HUNG_UP")
      #expect(unary?.code == .unauthenticated)
      let stream = await failure { for try await _ in messages {} }
      #expect(stream?.reason == "HUNG_UP")
      await live.probe.cancelled.wait()
      await client.whenClosed()
      let late = await failure { let _: Text = try await client.call(echo, Text("x")) }
      #expect(late?.reason == .connectionLost)
    }
  }

  @Test func `an asynchronous handler that closes its connection gets the closing's failure`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let failure = await failure {
        let _: Text = try await client.call("\(EchoService.name)/HangUpLater", Text("x"))
      }
      #expect(failure?.reason == "HUNG_UP")
      await client.whenClosed()
    }
  }

  @Test(arguments: Transport.allCases)
  func `S3 H4 a connection whose rights have ended still answers the call that ended them`(
    transport: Transport
  ) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let _: Nothing = try await client.call("\(EchoService.name)/Watch", Nothing())
      var messages = try hold(client).makeAsyncIterator()
      #expect(try await messages.next() == Number(1))
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Stubborn", Text("x")) }
      await live.probe.started.wait()
      let connection = try #require(live.probe.connection.withLock { $0 })
      let ended = Failure(.unauthenticated, reason: "SIGNED_OUT", "The sign-in has ended.")
      connection.drain(ended)
      await #expect(throws: ended) { _ = try await messages.next() }
      await #expect(throws: ended) { let _: Text = try await client.call(echo, Text("x")) }
      live.probe.release.fire()
      #expect(try await waiting.value == Text("x"))
      await client.whenClosed()
    }
  }

  @Test func `S3 a connection is closed from any thread`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let _: Nothing = try await client.call("\(EchoService.name)/Watch", Nothing())
      let messages = try hold(client)
      var iterator = messages.makeAsyncIterator()
      #expect(try await iterator.next() == Number(1))
      let connection = try #require(live.probe.connection.withLock { $0 })
      let revoked = Failure(.unauthenticated, reason: "DEVICE_REVOKED", "This device was revoked.")
      connection.close(revoked)
      await #expect(throws: revoked) { _ = try await iterator.next() }
      await live.probe.closed.wait()
      await client.whenClosed()
    }
  }

  // MARK: Drain

  @Test(arguments: Transport.allCases)
  func `S8 draining lets calls finish, ends streams, refuses calls and connections`(
    transport: Transport
  ) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let other = try await live.connect()
      var messages = try hold(other).makeAsyncIterator()
      #expect(try await messages.next() == Number(1))
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Stubborn", Text("x")) }
      await live.probe.started.wait()
      let draining = Task { await live.server.drain(within: .seconds(60)) }
      let stream = await failure { _ = try await messages.next() }
      #expect(stream?.reason == .serverDraining)
      #expect(stream?.code == .unavailable)
      // Connections hear of it one after another.
      var refused: Failure?
      while refused == nil {
        refused = await failure { let _: Text = try await client.call(echo, Text("x")) }
      }
      #expect(refused?.reason == .serverDraining)
      await #expect(throws: (any Error).self) { _ = try await live.connect() }
      await #expect(throws: ListenFailure.self) {
        _ = try await live.server.listen(.tcp(host: "127.0.0.1", port: 0))
      }
      live.probe.release.fire()
      #expect(try await waiting.value == Text("x"))
      await draining.value
      await client.whenClosed()
    }
  }

  @Test func `S8 what does not finish in time is cut off`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Stubborn", Text("x")) }
      await live.probe.started.wait()
      await live.server.drain(within: .milliseconds(100))
      let failure = await failure { _ = try await waiting.value }
      #expect(failure?.reason == .connectionLost)
    }
  }

  // MARK: Limits

  @Test func `connections are counted in all`() async throws {
    var limits = Limits()
    limits.connections = 2
    try await LiveServer.with(.unix, limits: limits) { live in
      let first = try await live.connect()
      let second = try await live.connect()
      let one: Text = try await first.call(echo, Text("1"))
      let two: Text = try await second.call(echo, Text("2"))
      #expect([one.value, two.value] == ["1", "2"])
      let third = await failure {
        let client = try await live.connect()
        let _: Text = try await client.call(echo, Text("3"))
      }
      #expect(third?.reason == .connectionLost)
      first.close()
      try await untilServed(live)
    }
  }

  @Test(arguments: Transport.allCases)
  func `who connects on this machine is not counted by address`(transport: Transport) async throws {
    var limits = Limits()
    limits.connectionsPerAddress = 1
    try await LiveServer.with(transport, limits: limits) { live in
      let clients = [try await live.connect(), try await live.connect()]
      for client in clients { let _: Text = try await client.call(echo, Text("x")) }
    }
  }

  /// Tries until there is room again for a connection.
  private func untilServed(_ live: LiveServer) async throws {
    while true {
      let failure = await failure {
        let client = try await live.connect()
        let _: Text = try await client.call(echo, Text("room"))
      }
      if failure == nil { return }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  @Test func `calls and streams of one connection are counted`() async throws {
    var limits = Limits()
    limits.callsPerConnection = 1
    limits.streamsPerConnection = 1
    try await LiveServer.with(limits: limits) { live in
      let client = try await live.connect()
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Stubborn", Text("x")) }
      await live.probe.started.wait()
      let call = await failure {
        let _: Text = try await client.call("\(EchoService.name)/EchoLater", Text("x"))
      }
      #expect(call?.reason == .tooManyCalls)
      let immediate: Text = try await client.call(echo, Text("synchronous ones are not counted"))
      #expect(!immediate.value.isEmpty)

      var iterator = try hold(client).makeAsyncIterator()
      _ = try await iterator.next()
      let stream = await failure { for try await _ in try hold(client) {} }
      #expect(stream?.reason == .tooManyStreams)
      live.probe.release.fire()
      _ = try await waiting.value
    }
  }

  @Test func `a peer that says nothing is closed, and one that drips is too`() async throws {
    var limits = Limits()
    limits.firstByteTime = .milliseconds(50)
    limits.frameTime = .milliseconds(50)
    try await LiveServer.with(limits: limits) { live in
      // On a busy machine it may be closed before it is known to be open.
      let silent = try? await live.connect()
      await silent?.whenClosed()

      let port = try #require(live.port)
      let dripping = try await ClientBootstrap(group: live.group).connect(host: "127.0.0.1", port: port).get()
      try? await dripping.writeAndFlush(ByteBuffer(bytes: [0, 0])).get()
      try await dripping.closeFuture.get()
    }
  }

  @Test func `a peer that does not shake hands is closed`() async throws {
    var limits = Limits()
    limits.handshakeTime = .milliseconds(50)
    limits.firstByteTime = .seconds(600)
    try await LiveServer.with(.tls, limits: limits) { live in
      let port = try #require(live.port)
      let silent = try await ClientBootstrap(group: live.group).connect(host: "127.0.0.1", port: port).get()
      try await silent.closeFuture.get()
    }
  }

  @Test func `an idle connection is closed, one with a stream is not`() async throws {
    var limits = Limits()
    limits.idleTime = .milliseconds(100)
    try await LiveServer.with(limits: limits) { live in
      let busy = try await live.connect()
      var iterator = try hold(busy).makeAsyncIterator()
      _ = try await iterator.next()
      let idle = try await live.connect()
      let _: Text = try await idle.call(echo, Text("x"))
      await idle.whenClosed()
      let answer: Text = try await busy.call(echo, Text("still here"))
      #expect(answer.value == "still here")
    }
  }

  @Test func `a peer that takes nothing is cut off and its handler ends`() async throws {
    var limits = Limits()
    limits.queuedBytes = 64 << 10
    limits.stallTime = .milliseconds(200)
    try await LiveServer.with(limits: limits) { live in
      let client = try await live.connect()
      let blobs = try client.stream("\(EchoService.name)/Flood", Number(32 << 10), as: Blob.self)
      await live.probe.ended.wait()
      let failure = await failure { for try await _ in blobs {} }
      #expect(failure?.reason == .connectionLost)
    }
  }
}
