import RPC
import SwiftProtobuf
import Synchronization
import Testing

/// Watches with a wire that starts tasks only when the test says so.
@Suite struct RunningWatchTests {
  private typealias Number = Google_Protobuf_Int64Value

  /// What a watch and its wire did, in order; and the tasks that wait.
  private final class Course: ResponseSink {
    struct Full: Error {}

    private let steps = Mutex<[String]>([])
    private let tasks = Mutex<[@Sendable () async -> Void]>([])
    let wake = Mutex<(@Sendable () -> Void)?>(nil)
    let takes = Mutex(true)

    /// What was done since this was last asked.
    func take() -> [String] {
      steps.withLock { steps in
        defer { steps = [] }
        return steps
      }
    }

    var waiting: Int { tasks.withLock(\.count) }

    func add(_ step: String) { steps.withLock { $0.append(step) } }
    func spawn(_ body: @escaping @Sendable () async -> Void) { tasks.withLock { $0.append(body) } }
    func change() { wake.withLock { $0 }?() }

    /// Runs the tasks that wait, and those that they start.
    func run() async {
      while let task = tasks.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { await task() }
    }

    func put(_ message: UnsafeRawBufferPointer) throws -> Bool {
      guard takes.withLock({ $0 }) else { throw Full() }
      add("sent \(try Number(serializedBytes: Array(message)).value)")
      return true
    }

    nonisolated(nonsending) func roomIsMade() async throws {}
  }

  /// Sends the number of its round.
  private struct Counting: Watch {
    let course: Course
    var count: Int64 = 0
    /// Done in the middle of that round.
    var duringFirst: @Sendable () -> Void = {}
    var last: Int64 = .max

    mutating func begin(wake: @escaping @Sendable () -> Void) {
      course.wake.withLock { $0 = wake }
      course.add("begin")
    }

    mutating func round(_ stream: ResponseStream<Number>) async throws -> WatchOutcome {
      count += 1
      if count == 1 { duringFirst() }
      try await stream.send(Number(count))
      return count == last ? .over : .waits
    }

    mutating func end() async { course.add("end") }
  }

  private let course = Course()

  private func start(_ watch: Counting) -> RunningWatch {
    let running = RunningWatch(
      watch, sink: course, spawn: { [course] in course.spawn($0) },
      finish: { [course] in course.add("finished\($0.map { " \($0)" } ?? "")") })
    running.start()
    return running
  }

  @Test func `a watch begins, does a round, and is no task until something changes`() async {
    let running = start(Counting(course: course))
    #expect(course.take() == ["begin"])
    await course.run()
    #expect(course.take() == ["sent 1"])
    #expect(course.waiting == 0)
    course.change()
    #expect(course.waiting == 1)
    await course.run()
    #expect(course.take() == ["sent 2"])
    withExtendedLifetime(running) {}
  }

  @Test func `many changes before a round and during it are one more round`() async {
    let running = start(
      Counting(course: course, duringFirst: { [course] in for _ in 0..<5 { course.change() } }))
    for _ in 0..<5 { course.change() }
    #expect(course.waiting == 1)
    await course.run()
    #expect(course.take() == ["begin", "sent 1", "sent 2"])
    withExtendedLifetime(running) {}
  }

  @Test func `a watch that is over has ended before its wire is told`() async {
    let running = start(Counting(course: course, last: 2))
    await course.run()
    course.change()
    await course.run()
    #expect(course.take() == ["begin", "sent 1", "sent 2", "end", "finished"])
    course.change()
    running.cancel()
    #expect(course.waiting == 0)
  }

  @Test func `a watch that fails has ended before its wire is told why`() async {
    let running = start(Counting(course: course))
    await course.run()
    course.takes.withLock { $0 = false }
    course.change()
    await course.run()
    #expect(course.take() == ["begin", "sent 1", "end", "finished Full()"])
    running.wake()
    #expect(course.waiting == 0)
  }

  @Test func `cancelling a watch at rest ends it once, without a word to its wire`() async {
    let running = start(Counting(course: course))
    await course.run()
    for _ in 1...2 { running.cancel() }
    course.change()
    await course.run()
    #expect(course.take() == ["begin", "sent 1", "end"])
  }

  @Test func `cancelling a watch before or in a round makes that round the last`() async {
    let early = start(Counting(course: course))
    early.cancel()
    await course.run()
    #expect(course.take() == ["begin", "sent 1", "end"])
    let held = Mutex<RunningWatch?>(nil)
    let late = start(Counting(course: course, duringFirst: { held.withLock { $0 }?.cancel() }, last: 1))
    held.withLock { $0 = late }
    await course.run()
    #expect(course.take() == ["begin", "sent 1", "end"])
  }

  /// What many threads change, and one watch reads.
  private final class Shared: Sendable {
    let newest = Atomic<Int64>(0)
    let seen = Atomic<Int64>(0)
    let rounds = Atomic<Int64>(0)
  }

  private struct Following: Watch {
    let shared: Shared

    mutating func begin(wake: @escaping @Sendable () -> Void) {}

    mutating func round(_ stream: ResponseStream<Number>) async throws -> WatchOutcome {
      #expect(shared.rounds.wrappingAdd(1, ordering: .relaxed).newValue == 1)
      let number = shared.newest.load(ordering: .relaxed)
      await Task.yield()
      shared.seen.store(number, ordering: .relaxed)
      shared.rounds.wrappingSubtract(1, ordering: .relaxed)
      return .waits
    }

    mutating func end() async {}
  }

  @Test func `woken from many threads, rounds never meet, and the last sees the newest`() async throws {
    let shared = Shared()
    let running = RunningWatch(Following(shared: shared), sink: course) { _ in }
    running.start()
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            shared.newest.wrappingAdd(1, ordering: .relaxed)
            running.wake()
          }
        }
      }
    }
    let limit = ContinuousClock.now + .seconds(60)
    while shared.seen.load(ordering: .relaxed) < 8000, .now < limit {
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(shared.seen.load(ordering: .relaxed) == 8000)
  }
}
