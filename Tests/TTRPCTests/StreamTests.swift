import Foundation
import RPC
import TTRPC
import Testing
import TransportSupport

/// Server streams over live connections.
@Suite(.timeLimit(.minutes(2))) struct StreamTests {
  private func stream<Response>(
    _ client: TTRPCClient,
    _ method: String,
    _ request: Int64,
    as: Response.Type = Number.self,
    timeout: Duration? = nil
  ) throws -> ResponseSequence<Response> {
    try client.stream("\(EchoService.name)/\(method)", Number(request), as: Response.self, timeout: timeout)
  }

  @Test(arguments: Transport.allCases)
  func `A2 a stream's messages arrive in order, then its end`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      for count in [0, 1, 2000] as [Int64] {
        var numbers: [Int64] = []
        for try await number in try stream(client, "Count", count) { numbers.append(number.value) }
        #expect(numbers == Array(0..<count))
      }
    }
  }

  @Test(arguments: Transport.allCases)
  func `A5 a stream that fails gives its messages first`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      var numbers: [Int64] = []
      let failure = await failure {
        for try await number in try stream(client, "CountThenRefuse", 100) { numbers.append(number.value) }
      }
      #expect(failure == EchoService.refusal)
      #expect(numbers == Array(0..<100))
    }
  }

  @Test func `many streams run side by side with calls`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let sums = try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<16 {
          group.addTask {
            var sum: Int64 = 0
            for try await number in try stream(client, "Count", 500) {
              sum += number.value
              let echo: Text = try await client.call("\(EchoService.name)/Echo", Text("\(sum)"))
              #expect(echo.value == "\(sum)")
            }
            return sum
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(sums == Array(repeating: 124_750, count: 16))
    }
  }

  @Test(arguments: Transport.allCases)
  func `leaving a stream cancels its handler; the connection lives on`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      for try await _ in try stream(client, "Hold", 1) { break }
      await live.probe.cancelled.wait()
      await live.probe.ended.wait()
      let after: Text = try await client.call("\(EchoService.name)/Echo", Text("still here"))
      #expect(after.value == "still here")
    }
  }

  @Test func `cancelling the task that reads a stream cancels its handler`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let first = Signal()
      let reading = Task {
        for try await _ in try stream(client, "Hold", 1) { first.fire() }
      }
      await first.wait()
      reading.cancel()
      await live.probe.cancelled.wait()
      _ = await reading.result
    }
  }

  @Test func `a stream keeps its connection when nobody else does`() async throws {
    try await LiveServer.with { live in
      var iterator = try await openOnly(live).makeAsyncIterator()
      for number in 0..<1000 as Range<Int64> { #expect(try await iterator.next()?.value == number) }
      #expect(try await iterator.next() == nil)
    }
  }

  /// A stream whose client is held by nobody else.
  private func openOnly(_ live: LiveServer) async throws -> ResponseSequence<Number> {
    let client = try await live.connect()
    return try stream(client, "Count", 1000)
  }

  @Test func `a stream that nobody reads is cancelled`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      try await startOnly(client, live)
      await live.probe.cancelled.wait()
    }
  }

  /// Opens a stream and lets it go.
  private func startOnly(_ client: TTRPCClient, _ live: LiveServer) async throws {
    let messages = try stream(client, "Hold", 1)
    await live.probe.held.wait()
    withExtendedLifetime(messages) {}
  }

  @Test func `a stream's deadline ends it and its handler`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let failure = await failure {
        for try await _ in try stream(client, "Hold", 1, timeout: .milliseconds(50)) {}
      }
      #expect(failure == .deadlineExceeded)
      await live.probe.cancelled.wait()
    }
  }

  @Test(arguments: Transport.allCases)
  func `a slow reader holds the stream back, and gets everything`(transport: Transport) async throws {
    var limits = Limits()
    limits.queuedBytes = 256 << 10
    try await LiveServer.with(transport, limits: limits) { live in
      let client = try await live.connect()
      let blobs = try stream(client, "Flood", 32 << 10, as: Blob.self)
      await live.probe.started.wait()
      // The handler runs until it is held back: until two looks in a row see the same.
      var sent = (before: -1, now: 0)
      while sent.before != sent.now {
        try await Task.sleep(for: .milliseconds(300))
        sent = (sent.now, live.probe.sent.withLock { $0 })
      }
      // What is under way: our queues, the client's, and what two kernel socket buffers take.
      #expect(sent.now * (32 << 10) < 24 << 20, "\(sent.now) messages were taken without a reader")
      #expect(sent.now > 0)
      var received = 0
      for try await blob in blobs {
        #expect(blob.value.count == 32 << 10)
        received += 1
        if received > sent.now + 100 { break }
      }
      #expect(received == sent.now + 101)
      await live.probe.ended.wait()
    }
  }

  @Test func `a client whose consumer is slow stops reading and loses nothing`() async throws {
    var limits = Limits()
    limits.streamQueuedBytes = 100
    limits.streamHeldBytes = 100_000
    try await LiveServer.with { live in
      let client = try await live.connect(limits: limits)
      var received = 0
      for try await blob in try stream(client, "Flood", 1000, as: Blob.self) {
        #expect(blob.value.count == 1000)
        received += 1
        if received % 100 == 0 { try await Task.sleep(for: .milliseconds(20)) }
        if received == 1000 { break }
      }
      #expect(received == 1000)
    }
  }

  @Test func `a consumer that may not hold up others fails when too much waits for it`() async throws {
    var limits = Limits()
    limits.streamQueuedBytes = 1000
    limits.streamHeldBytes = 100_000
    try await LiveServer.with { live in
      let client = try await live.connect(limits: limits)
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Wait", Text("x")) }
      await live.probe.started.wait()
      let blobs = try stream(client, "Flood", 1000, as: Blob.self)
      await live.probe.ended.wait()
      var received = 0
      let failure = await failure { for try await _ in blobs { received += 1 } }
      #expect(failure?.reason == .consumerTooSlow)
      #expect((90...100).contains(received), "\(received)")
      live.probe.release.fire()
      #expect(try await waiting.value == Text("x"))
    }
  }

  @Test func `a message above the limit fails the stream that sends it`() async throws {
    var limits = Limits()
    limits.messageBytes = 10_000
    try await LiveServer.with(limits: limits) { live in
      let client = try await live.connect()
      let failure = await failure {
        for try await _ in try stream(client, "Flood", 10_000, as: Blob.self) {}
      }
      #expect(failure?.reason == .responseTooLarge)
      for try await blob in try stream(client, "Flood", 10_000 - 3, as: Blob.self) {
        #expect(blob.value.count == 9_997)
        break
      }
    }
  }
}
