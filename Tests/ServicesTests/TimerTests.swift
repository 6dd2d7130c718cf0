import API
import Domain
import RPC
import Services
import Synchronization
import TestSupport
import Testing

/// What falls due at one moment: each thing is decided for itself.
@Suite(.timeLimit(.minutes(10))) struct TimerTests {
  @Test func `D8 H2 a timer that fails keeps no other waiting, and is tried again`() async throws {
    let shop = try await Workshop.open()
    let beside = try await shop.addLocker("Back door", staff: "second")
    _ = try await shop.start()
    _ = try await beside.start()
    shop.world.clock.advance(.seconds(60))
    let store = FailingStore(shop.world.store, failures: 1)
    let timers = Timers(shop.world.environment(over: store))
    #expect(try await failure { try await timers.tick() }?.reason == "STORAGE_FAILED")
    #expect(try await shop.view().lower.step == .authenticate, "the first one failed")
    #expect(try await beside.view().lower.step == .timedOut)
    try await timers.tick()
    #expect(try await shop.view().lower.step == .timedOut)
  }

  @Test func `S4 a sweep forgets every old answer, however many there are`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let visit = try await shop.start().lower.visitID
    for _ in 0..<1100 { try await shop.touch(.extend, visit) }
    shop.world.clock.advance(.seconds(25 * 60 * 60))
    try await shop.world.timers.sweep()
    let left = try await shop.world.store.decide { try $0.purge(at: shop.world.clock.now, limit: 1) }
    #expect(left == 0)
  }

  @Test func `L1 a locker whose watch could not be noted is not taken for connected`() async throws {
    let shop = try await Workshop.open()
    await shop.lock.disconnect()
    let store = FailingStore(shop.world.store, failures: 1)
    let lockers = LockerService(shop.world.environment(over: store))
    let watch = Watching(try lockers.watchCommands(.init(), shop.controller.context))
    await #expect(throws: Failure.self) { try await watch.untilEnd() }
    #expect(!shop.isConnected)
  }

  @Test func `D1 after a restart a screen that resumes is told that no lock answers`() async throws {
    let shop = try await Workshop.open()
    let seen = try await shop.view().revision
    await shop.lock.disconnect()
    try await shop.world.timers.start()
    #expect(try await shop.view().revision > seen + 1)
  }
}

/// A store whose next decisions fail before they are taken.
private final class FailingStore: Store {
  private let store: any Store
  private let failures: Mutex<Int>

  init(_ store: any Store, failures: Int) {
    self.store = store
    self.failures = Mutex(failures)
  }

  func decide<Value: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Value
  ) async throws -> Value {
    let fails = failures.withLock { left in
      guard left > 0 else { return false }
      left -= 1
      return true
    }
    if fails { throw StoreFailure.notCommitted(reason: "as the test wants it") }
    return try await store.decide(body)
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any Snapshot) throws -> Value
  ) async throws -> Value {
    try await store.read(body)
  }

  func readNow<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value { try store.readNow(body) }
}

extension World {
  /// The same world on another store.
  func environment(over store: any Store) -> Environment {
    Environment(
      store: store, clock: clock, entropy: environment.entropy, secrets: environment.secrets,
      audience: environment.audience, signals: environment.signals, sessions: environment.sessions)
  }
}
