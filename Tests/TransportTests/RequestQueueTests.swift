import RPC
import Synchronization
import Testing

@testable import Transport

@Suite struct RequestQueueTests {
  private final class Count: Sendable {
    private let count = Atomic<Int>(0)
    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }

  @Test func `what was put comes in its order, then the end`() async throws {
    let emptied = Count()
    let queue = RequestQueue<Int> { emptied.add() }
    queue.put(1)
    queue.put(2)
    #expect(!queue.isEmpty)
    #expect(try await queue.next() == 1)
    #expect(emptied.value == 0)
    #expect(try await queue.next() == 2)
    #expect(emptied.value == 1 && queue.isEmpty)
    queue.finish()
    queue.put(3)
    #expect(try await queue.next() == nil)
    #expect(try await queue.next() == nil)
  }

  @Test func `a reader waits until there is one`() async throws {
    let queue = RequestQueue<Int> {}
    async let first = queue.next()
    try await Task.sleep(for: .milliseconds(10))
    queue.put(7)
    #expect(try await first == 7)
    async let second = queue.next()
    try await Task.sleep(for: .milliseconds(10))
    queue.finish()
    #expect(try await second == nil)
  }

  @Test func `a failure comes after what came before it, and only the first end counts`() async throws {
    let queue = RequestQueue<Int> {}
    queue.put(1)
    queue.finish(.cancelled)
    queue.finish()
    #expect(try await queue.next() == 1)
    await #expect(throws: Failure.cancelled) { try await queue.next() }
    let waiting = RequestQueue<Int> {}
    let reader = Task { try await waiting.next() }
    try await Task.sleep(for: .milliseconds(10))
    waiting.finish(.cancelled)
    await #expect(throws: Failure.cancelled) { try await reader.value }
  }

  @Test func `a reader that is cancelled waits no more`() async throws {
    let queue = RequestQueue<Int> {}
    let reader = Task { try await queue.next() }
    try await Task.sleep(for: .milliseconds(10))
    reader.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
    let late = Task { try await queue.next() }
    await #expect(throws: CancellationError.self) { try await late.value }
  }
}
