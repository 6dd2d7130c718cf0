import RPC
import Synchronization
import TTRPC
import Testing

/// A number that watches follow.
final class Followed: Sendable {
  private struct State {
    var number: Int64 = 0
    var lastID = 0
    var wakes: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  var number: Int64 { state.withLock(\.number) }
  /// How many follow it now.
  var count: Int { state.withLock(\.wakes.count) }

  func set(_ number: Int64) {
    let wakes = state.withLock { state in
      state.number = number
      return Array(state.wakes.values)
    }
    for wake in wakes { wake() }
  }

  func follow(_ wake: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.lastID += 1
      state.wakes[state.lastID] = wake
      return state.lastID
    }
  }

  func leave(_ id: Int) { state.withLock { $0.wakes[id] = nil } }

  /// Waits until so many follow it, for at most a minute.
  func untilFollowed(by count: Int) async throws {
    let limit = ContinuousClock.now + .seconds(60)
    while self.count != count, .now < limit { try await Task.sleep(for: .milliseconds(1)) }
    #expect(self.count == count)
  }
}

/// Sends every number from 1 to the followed one, up to a last; a negative one is refused.
struct Following: Watch {
  let followed: Followed
  let last: Int64
  private var sent: Int64 = 0
  private var id: Int?

  init(_ followed: Followed, to last: Int64) {
    self.followed = followed
    self.last = last
  }

  mutating func begin(wake: @escaping @Sendable () -> Void) { id = followed.follow(wake) }

  mutating func round(_ stream: ResponseStream<Number>) async throws -> WatchOutcome {
    let number = followed.number
    guard number >= 0 else { throw EchoService.refusal }
    while sent < min(number, last) {
      try await stream.send(Number(sent + 1))
      sent += 1
    }
    return sent == last ? .over : .waits
  }

  mutating func end() async {
    if let id { followed.leave(id) }
  }
}

/// Watches over live connections.
@Suite(.timeLimit(.minutes(2))) struct WatchTests {
  private func follow(
    _ client: TTRPCClient, to last: Int64 = .max, timeout: Duration? = nil
  ) throws -> ResponseSequence<Number> {
    try client.stream("\(EchoService.name)/Follow", Number(last), timeout: timeout)
  }

  @Test(arguments: Transport.allCases)
  func `A2 a watch sends what there is, then each change, then its end`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      live.probe.followed.set(1)
      let client = try await live.connect()
      var numbers: [Int64] = []
      for try await number in try follow(client, to: 5) {
        numbers.append(number.value)
        live.probe.followed.set(number.value + 2)
      }
      #expect(numbers == [1, 2, 3, 4, 5])
      #expect(live.probe.followed.count == 0)
    }
  }

  @Test func `A5 a watch that fails later is told why`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      live.probe.followed.set(1)
      var iterator = try follow(client).makeAsyncIterator()
      #expect(try await iterator.next() == Number(1))
      live.probe.followed.set(-1)
      await #expect(throws: EchoService.refusal) { _ = try await iterator.next() }
      #expect(live.probe.followed.count == 0)
    }
  }

  @Test(arguments: Transport.allCases)
  func `leaving a watch ends it; the connection lives on`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      live.probe.followed.set(1)
      for try await _ in try follow(client) { break }
      try await live.probe.followed.untilFollowed(by: 0)
      let after: Text = try await client.call("\(EchoService.name)/Echo", Text("still here"))
      #expect(after.value == "still here")
    }
  }

  @Test func `a watch at rest ends at its deadline`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let failure = await failure { for try await _ in try follow(client, timeout: .milliseconds(50)) {} }
      #expect(failure == .deadlineExceeded)
      try await live.probe.followed.untilFollowed(by: 0)
    }
  }

  @Test(arguments: Transport.allCases)
  func `a client that goes away ends its watches`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let watches = try (0..<3).map { _ in try follow(client) }
      try await live.probe.followed.untilFollowed(by: 3)
      client.close()
      try await live.probe.followed.untilFollowed(by: 0)
      withExtendedLifetime(watches) {}
    }
  }

  @Test func `S8 draining ends watches at rest`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let watch = try follow(client)
      try await live.probe.followed.untilFollowed(by: 1)
      await live.server.drain(within: .seconds(60))
      let failure = await failure { for try await _ in watch {} }
      #expect(failure?.reason == .serverDraining)
      try await live.probe.followed.untilFollowed(by: 0)
    }
  }

  @Test func `a watch that is ahead of a slow reader waits for it, and loses nothing`() async throws {
    var limits = Limits()
    limits.streamQueuedBytes = 100
    limits.queuedBytes = 10_000
    try await LiveServer.with(limits: limits) { live in
      let client = try await live.connect(limits: limits)
      live.probe.followed.set(5_000)
      var numbers: [Int64] = []
      for try await number in try follow(client, to: 10_000) {
        numbers.append(number.value)
        if number.value == 1_000 { live.probe.followed.set(10_000) }
        if number.value.isMultiple(of: 1_000) { try await Task.sleep(for: .milliseconds(10)) }
      }
      #expect(numbers == Array(1...10_000))
    }
  }
}
