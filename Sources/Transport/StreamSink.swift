package import NIOCore
package import RPC
import Synchronization

/// The queue between a streaming handler, on any thread, and its connection, on the event loop.
///
/// A handler may be `limit` bytes ahead of the connection; then it waits until the loop has taken them.
package final class StreamSink: Sendable {
  private struct State {
    var bytes = ByteBuffer()
    /// The loop knows that there is something to take.
    var isAnnounced = false
    var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var lastWaiter: UInt64 = 0
    var end: Failure?
  }

  private let limit: Int
  /// Tells the loop that there is something to take.
  private let announce: @Sendable () -> Void
  private let state = Mutex(State())

  package init(limit: Int, announce: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.announce = announce
  }

  /// Takes a message as its wire writes it: `write` adds it to those that wait.
  ///
  /// - Returns: whether there is room for another; where there is not, `roomIsMade` is waited for first.
  package func put(_ write: (inout ByteBuffer) -> Void) throws -> Bool {
    let (mustAnnounce, isFull) = try state.withLock { state throws(Failure) in
      if let end = state.end { throw end }
      write(&state.bytes)
      defer { state.isAnnounced = true }
      return (!state.isAnnounced, state.bytes.readableBytes > limit)
    }
    if mustAnnounce { announce() }
    return !isFull
  }

  /// Everything that was sent since; whoever waits for room goes on. On the event loop.
  package func take() -> ByteBuffer {
    let (bytes, waiting) = state.withLock { state in
      defer {
        state.bytes = ByteBuffer()
        state.isAnnounced = false
        state.waiting = [:]
      }
      return (state.bytes, state.waiting)
    }
    for continuation in waiting.values { continuation.resume() }
    return bytes
  }

  /// Nothing more is taken: each `put` from now on throws `failure`.
  package func end(_ failure: Failure) {
    let waiting = state.withLock { state in
      defer {
        state.end = state.end ?? failure
        state.bytes = ByteBuffer()
        state.waiting = [:]
      }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(throwing: failure) }
  }

  /// Suspends until the loop has taken what waits.
  package nonisolated(nonsending) func roomIsMade() async throws {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          if let end = state.end { return .failure(end) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.bytes.readableBytes <= limit { return .success(()) }
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
