import Domain
import Foundation
import GRDB
import Services
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct GroupCommitTests {
  struct Refused: Error, Equatable { let number: Int }

  /// What several tasks write to.
  final class Shelf<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value { content.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) {
      content.withLock { body(&$0) }
    }
  }

  /// Holds the writer in a decision until `open` is called, so that others gather behind it.
  final class Gate: Sendable {
    private let entered = DispatchSemaphore(value: 0)
    private let leave = DispatchSemaphore(value: 0)

    func hold() {
      entered.signal()
      leave.wait()
    }

    func waitUntilHeld() async {
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async { [entered] in
          entered.wait()
          continuation.resume()
        }
      }
    }

    func open() { leave.signal() }
  }

  /// Starts a decision that holds the writer, runs `body` meanwhile, then lets go.
  private func whileHeld(
    _ store: SQLiteStore, _ body: (inout ThrowingTaskGroup<Void, any Error>) async throws -> Void
  ) async throws {
    let gate = Gate()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await store.decide { _ in gate.hold() } }
      await gate.waitUntilHeld()
      do { try await body(&group) } catch {
        gate.open()
        throw error
      }
      gate.open()
      try await group.waitForAll()
    }
  }

  private func waitUntil(_ store: SQLiteStore, hasWaiting count: Int) async throws {
    while store.waiting < count { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func `decisions that wait share commits`() async throws {
    let temporary = try TemporaryStore(onDisk: "share")
    let store = temporary.store
    let count = SQLiteStore.maximumBatch * 2
    try await whileHeld(store) { group in
      for number in 0..<count {
        group.addTask { _ = try await store.decide { try $0.insert(Dealer(name: "Dealer \(number)")) } }
      }
      try await waitUntil(store, hasWaiting: count)
    }
    let counters = store.counters
    #expect(counters.decisions == Int64(count) + 1)
    #expect(counters.commits == 3)
    #expect(counters.largestBatch == SQLiteStore.maximumBatch)
  }

  @Test func `a decision that throws rolls itself back and harms no other`() async throws {
    let temporary = try TemporaryStore(onDisk: "throw")
    let store = temporary.store
    try await whileHeld(store) { group in
      for number in 0..<60 {
        group.addTask {
          let refusal = await #expect(
            throws: Refused.self,
            performing: {
              try await store.decide { tx in
                _ = try tx.insert(Dealer(name: "refused \(number)"))
                throw Refused(number: number)
              }
            })
          #expect(refusal == Refused(number: number))
        }
        group.addTask { _ = try await store.decide { try $0.insert(Dealer(name: "kept \(number)")) } }
      }
      try await waitUntil(store, hasWaiting: 120)
    }
    for number in 0..<60 {
      #expect(try await store.read { try $0.dealer(named: "refused \(number)") } == nil)
      #expect(try await store.read { try $0.dealer(named: "kept \(number)") } != nil)
    }
    #expect(store.counters.refusals == 60)
    #expect(store.counters.commits == 2)
  }

  @Test func `a decision that breaks a constraint half way leaves nothing`() async throws {
    let shared = try await Shared.world()
    await #expect(throws: StoreFailure.self) {
      try await shared.store.decide { tx in
        _ = try tx.insert(Dealer(name: "first"))
        _ = try tx.insert(Dealer(name: "first"))
      }
    }
    #expect(try await shared.store.read { try $0.dealer(named: "first") } == nil)
  }

  @Test func `decisions run in the order of their calls, each seeing those before`() async throws {
    let temporary = try TemporaryStore(onDisk: "order")
    let store = temporary.store
    let world = try await store.decide { try World(in: $0) }
    let order = Shelf<[Int64]>([])
    try await whileHeld(store) { group in
      for number in Int64(0)..<100 {
        group.addTask {
          try await store.decide { tx in
            let head = try tx.append(world.event(.visitStarted, at: Int(number)), text: nil, salt: [])
            #expect(head.number == number + 1)
            order.change { $0.append(number) }
          }
        }
        // The next call is made when this one waits.
        try await waitUntil(store, hasWaiting: Int(number) + 1)
      }
    }
    #expect(order.value == Array(0..<100))
  }

  @Test func `over the limit a decision is refused, and the others are stored`() async throws {
    let temporary = try TemporaryStore()
    let store = temporary.store
    try await whileHeld(store) { group in
      for number in 0..<SQLiteStore.maximumWaiting {
        group.addTask { _ = try await store.decide { try $0.insert(Dealer(name: "Dealer \(number)")) } }
      }
      try await waitUntil(store, hasWaiting: SQLiteStore.maximumWaiting)
      let isRefused = Shelf(false)
      group.addTask {
        await #expect(throws: StoreFailure.queueFull(limit: SQLiteStore.maximumWaiting)) {
          try await store.decide { try $0.insert(Dealer(name: "one too many")) }
        }
        isRefused.change { $0 = true }
      }
      while !isRefused.value && store.waiting == SQLiteStore.maximumWaiting {
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(store.waiting == SQLiteStore.maximumWaiting)
    }
    #expect(store.counters.decisions == Int64(SQLiteStore.maximumWaiting) + 1)
    #expect(try await store.read { try $0.dealer(named: "one too many") } == nil)
    _ = try await store.decide { try $0.insert(Dealer(name: "afterwards")) }
  }

  @Test func `S5 when the commit fails nobody of the batch is told that it was stored`() async throws {
    let temporary = try TemporaryStore(onDisk: "commit")
    let store = temporary.store
    let told = Shelf(0)
    try await whileHeld(store) { group in
      for number in 0..<10 {
        group.addTask {
          await #expect {
            try await store.decide { tx in
              _ = try tx.insert(Dealer(name: "Dealer \(number)"))
              // A refusal in this batch may rest on what the others wrote: it falls too.
              if number == 3 { throw Refused(number: number) }
            }
          } throws: { error in
            told.change { $0 += 1 }
            guard case StoreFailure.notCommitted = error else { return false }
            return true
          }
        }
      }
      group.addTask {
        await #expect(throws: StoreFailure.self) {
          try await store.decide { tx in
            let db = try #require(tx as? SQLTransaction).db
            // Only COMMIT notices.
            try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
            try db.execute(
              sql: """
                INSERT INTO locations (dealer_id, name, zone, country, languages, qr_ms, warning_ms, end_ms)
                VALUES (99, 'nowhere', 'UTC', 'NL', 'nl', 1, 1, 1)
                """)
          }
        }
      }
      try await waitUntil(store, hasWaiting: 11)
    }
    #expect(told.value == 10)
    #expect(store.counters.failedCommits == 1)
    for number in 0..<10 { #expect(try await store.read { try $0.dealer(named: "Dealer \(number)") } == nil) }
    _ = try await store.decide { try $0.insert(Dealer(name: "afterwards")) }
    #expect(try await store.read { try $0.dealer(named: "afterwards") } != nil)
  }

  @Test func `topics are told once a commit, and only those of decisions that were stored`() async throws {
    let told = Shelf<[Set<Topic>]>([])
    let temporary = try TemporaryStore { topics in told.change { $0.append(topics) } }
    let store = temporary.store
    let world = try await store.decide { try World(in: $0) }
    try await whileHeld(store) { group in
      for _ in 0..<5 {
        group.addTask { try await store.decide { $0.touch(.kiosk(world.locker.id)) } }
        group.addTask {
          try await store.decide { tx in _ = try tx.append(world.event(.visitStarted), text: nil, salt: []) }
        }
        group.addTask {
          try? await store.decide { tx in
            tx.touch(.rights)
            throw Refused(number: 0)
          }
        }
      }
      try await waitUntil(store, hasWaiting: 15)
    }
    try await store.close()
    #expect(told.value == [[.kiosk(world.locker.id), .events(world.location.id)]])
  }

  @Test func `a caller that no longer waits harms nothing`() async throws {
    let temporary = try TemporaryStore(onDisk: "cancel")
    let store = temporary.store
    try await whileHeld(store) { group in
      for number in 0..<20 {
        let task = Task { try await store.decide { try $0.insert(Dealer(name: "Dealer \(number)")) } }
        if number.isMultiple(of: 2) { task.cancel() }
        group.addTask { _ = try await task.value }
      }
      try await waitUntil(store, hasWaiting: 20)
    }
    for number in 0..<20 { #expect(try await store.read { try $0.dealer(named: "Dealer \(number)") } != nil) }
  }

  @Test func `S5 who stops waiting for a probe of the disk interrupts nobody's commit, nor the closing`()
    async throws
  {
    for _ in 0..<20 {
      let temporary = try TemporaryStore(onDisk: "probe")
      let store = temporary.store
      var probes: [Task<Void, any Error>] = []
      for number in 0..<20 {
        let probe = Task { try await store.probe() }
        probes.append(probe)
        async let decided = store.decide { try $0.insert(Dealer(name: "Dealer \(number)")) }
        probe.cancel()
        _ = try await decided
      }
      for probe in probes { try await probe.value }
      let last = Task { try await store.probe() }
      await Task.yield()
      async let closed: Void = store.close()
      last.cancel()
      try await closed
    }
  }

  @Test func `a reader does not wait for a decision, and sees what was acknowledged before it`() async throws
  {
    let temporary = try TemporaryStore(onDisk: "reader")
    let store = temporary.store
    _ = try await store.decide { try $0.insert(Dealer(name: "before")) }
    let gate = Gate()
    async let decision: Void = store.decide { tx in
      _ = try tx.insert(Dealer(name: "during"))
      gate.hold()
    }
    await gate.waitUntilHeld()
    for _ in 0..<20 {
      let seen = try await store.read { (try $0.dealer(named: "before"), try $0.dealer(named: "during")) }
      #expect(seen.0 != nil)
      #expect(seen.1 == nil)
    }
    gate.open()
    try await decision
    #expect(try await store.read { try $0.dealer(named: "during") } != nil)
  }

  @Test func `a read sees one state throughout, and one that fails keeps none`() async throws {
    let temporary = try TemporaryStore(onDisk: "snapshot")
    let store = temporary.store
    let gate = Gate()
    async let seen = store.read { snapshot in
      let before = try snapshot.dealer(named: "meanwhile")
      gate.hold()
      return (before, try snapshot.dealer(named: "meanwhile"))
    }
    await gate.waitUntilHeld()
    _ = try await store.decide { try $0.insert(Dealer(name: "meanwhile")) }
    gate.open()
    #expect(try await seen.0 == nil)
    #expect(try await seen.1 == nil)
    struct Failed: Error {}
    // More often than there are connections.
    for number in 0..<2 * SQLiteStore.maximumReaders {
      await #expect(throws: Failed.self) {
        try await store.read { snapshot in
          _ = try snapshot.dealer(named: "meanwhile")
          throw Failed()
        }
      }
      _ = try await store.decide { try $0.insert(Dealer(name: "later \(number)")) }
      #expect(try await store.read { try $0.dealer(named: "later \(number)") } != nil)
    }
  }
}
