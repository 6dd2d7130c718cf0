public import RPC
import Synchronization

/// A watch that runs as on a wire, read into a list beside the test.
public final class Watching<Message: WireMessage>: Sendable {
  private let log = Log<Message>()
  private let running: RunningWatch

  public init(_ watch: some Watch<Message>) {
    running = RunningWatch(
      watch, sink: log, spawn: { [log] body in log.task.withLock { $0 = Task { await body() } } },
      finish: { [log] error in log.ending.withLock { $0 = error.map(Result.failure) ?? .success(()) } })
    running.start()
  }

  deinit { running.cancel() }

  public struct TooFew: Error {
    public let received: Int
  }

  public var soFar: [Message] { log.received.withLock { $0 } }

  /// Waits until so many have come, for at most a minute.
  public func messages(_ count: Int) async throws -> [Message] {
    let limit = ContinuousClock.now + .seconds(60)
    while soFar.count < count {
      guard ContinuousClock.now < limit else { throw TooFew(received: soFar.count) }
      try await Task.sleep(for: .milliseconds(1))
    }
    return soFar
  }

  /// Waits until no round is under way.
  public func untilRest() async {
    while let task = log.task.withLock({ $0 }) {
      await task.value
      if log.task.withLock({ $0 == task }) { return }
    }
  }

  /// Waits until the server ends the stream. Returns everything that came.
  public func untilEnd() async throws -> [Message] {
    while true {
      if let ending = log.ending.withLock({ $0 }) {
        try ending.get()
        return soFar
      }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  /// Gives the stream up, and waits until it is over.
  public func cancel() async {
    running.cancel()
    await untilRest()
  }
}

/// What has come of a watch.
private final class Log<Message: WireMessage>: ResponseSink {
  let received = Mutex<[Message]>([])
  let ending = Mutex<Result<Void, any Error>?>(nil)
  /// The last that was started.
  let task = Mutex<Task<Void, Never>?>(nil)

  func put(_ message: UnsafeRawBufferPointer) throws -> Bool {
    let message = try Message(wireBytes: Array(message))
    received.withLock { $0.append(message) }
    return true
  }

  nonisolated(nonsending) func roomIsMade() async throws {}
}

/// What a wire does with a connection that is closed: it ends the calls and says so.
public final class ClosedConnection: Sendable {
  private let told = Mutex<Failure?>(nil)

  public init(_ connection: RPC.Connection, ending end: @escaping @Sendable () -> Void = {}) {
    connection.attach { [weak self, weak connection] failure, _ in
      self?.told.withLock { $0 = failure }
      end()
      connection?.ended()
    }
  }

  /// Why it was closed; `nil` while it is open.
  public var failure: Failure? { told.withLock { $0 } }
}
