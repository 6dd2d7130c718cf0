public import RPC
import Synchronization

/// A server stream, read into a list beside the test.
public final class Watching<Message: WireMessage>: Sendable {
  private let received = Mutex<[Message]>([])
  private let task = Mutex<Task<Void, any Error>?>(nil)

  public init(_ body: @escaping @Sendable (ResponseStream<Message>) async throws -> Void) {
    let stream = ResponseStream<Message> { [weak self] message in
      try Task.checkCancellation()
      self?.received.withLock { $0.append(message) }
    }
    task.withLock { $0 = Task { try await body(stream) } }
  }

  deinit { task.withLock { $0?.cancel() } }

  public struct TooFew: Error {
    public let received: Int
  }

  public var soFar: [Message] { received.withLock { $0 } }

  /// Waits until so many have come, for at most a minute.
  public func messages(_ count: Int) async throws -> [Message] {
    let limit = ContinuousClock.now + .seconds(60)
    while soFar.count < count {
      guard ContinuousClock.now < limit else { throw TooFew(received: soFar.count) }
      try await Task.sleep(for: .milliseconds(1))
    }
    return soFar
  }

  /// Waits until the server ends the stream. Returns everything that came.
  public func untilEnd() async throws -> [Message] {
    let running = task.withLock { $0 }
    try await running?.value
    return soFar
  }

  /// Gives the stream up, and waits until it is over.
  public func cancel() async {
    let running = task.withLock { $0 }
    running?.cancel()
    _ = await running?.result
  }
}

/// What a wire does with a connection that is closed: it ends the calls and says so.
public final class ClosedConnection: Sendable {
  private let told = Mutex<Failure?>(nil)

  public init(_ connection: RPC.Connection, ending end: @escaping @Sendable () -> Void = {}) {
    connection.attach { [weak self, weak connection] failure in
      self?.told.withLock { $0 = failure }
      end()
      connection?.ended()
    }
  }

  /// Why it was closed; `nil` while it is open.
  public var failure: Failure? { told.withLock { $0 } }
}
