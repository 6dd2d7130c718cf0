package import RPC
import Synchronization

/// The queue between a streaming handler, on any thread, and its connection, on the event loop.
///
/// A handler may be `limit` bytes ahead of the connection; then `send` waits until the loop has taken them.
package final class StreamSink: ResponseSink {
  private struct State {
    var messages: [[UInt8]] = []
    var bytes = 0
    /// The loop knows that there is something to take.
    var isAnnounced = false
    var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var lastWaiter: UInt64 = 0
    var end: Failure?
  }

  private let limit: Int
  private let maximumMessage: Int
  /// Tells the loop that there is something to take.
  private let announce: @Sendable () -> Void
  private let state = Mutex(State())

  package init(limit: Int, maximumMessage: Int, announce: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.maximumMessage = maximumMessage
    self.announce = announce
  }

  package nonisolated(nonsending) func send(_ message: [UInt8]) async throws {
    guard message.count <= maximumMessage else {
      throw Failure.responseTooLarge(message.count, maximumMessage)
    }
    let (mustAnnounce, isFull) = try state.withLock { state throws(Failure) in
      if let end = state.end { throw end }
      state.messages.append(message)
      state.bytes += message.count
      defer { state.isAnnounced = true }
      return (!state.isAnnounced, state.bytes > limit)
    }
    if mustAnnounce { announce() }
    if isFull { try await roomIsMade() }
  }

  /// Everything that was sent since; whoever waits for room goes on. On the event loop.
  package func take() -> [[UInt8]] {
    let (messages, waiting) = state.withLock { state in
      defer {
        state.messages = []
        state.bytes = 0
        state.isAnnounced = false
        state.waiting = [:]
      }
      return (state.messages, state.waiting)
    }
    for continuation in waiting.values { continuation.resume() }
    return messages
  }

  /// Nothing more is taken: each `send` from now on throws `failure`.
  package func end(_ failure: Failure) {
    let waiting = state.withLock { state in
      defer {
        state.end = state.end ?? failure
        state.messages = []
        state.bytes = 0
        state.waiting = [:]
      }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(throwing: failure) }
  }

  private nonisolated(nonsending) func roomIsMade() async throws {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          if let end = state.end { return .failure(end) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.bytes <= limit { return .success(()) }
          state.waiting[waiter] = continuation
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let continuation = state.withLock { $0.waiting.removeValue(forKey: waiter) }
      continuation?.resume(throwing: CancellationError())
    }
  }
}
