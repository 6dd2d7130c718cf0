package import RPC
import Synchronization

/// The queue between a connection, on its event loop, and a handler that reads requests, on any thread.
package final class RequestQueue: RequestSource {
  private struct State {
    var messages = Queue<[UInt8]>()
    /// No more will come; with a failure, the handler is told of it after what has come before.
    var end: Result<Void, Failure>?
    var waiting: CheckedContinuation<[UInt8]?, any Error>?
    var isCancelled = false
  }

  private let onTaken: @Sendable (Int) -> Void
  private let state = Mutex(State())

  /// - Parameter onTaken: told the size of each request that the handler has taken, so that the peer may send as much
  ///   again. On the handler's thread; it must not block.
  package init(onTaken: @escaping @Sendable (Int) -> Void) {
    self.onTaken = onTaken
  }

  /// Adds a request, from the loop.
  package func put(_ message: [UInt8]) {
    let waiting = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      guard state.end == nil else { return nil }
      guard let waiting = state.waiting.take() else {
        state.messages.append(message)
        return nil
      }
      return waiting
    }
    guard let waiting else { return }
    waiting.resume(returning: message)
    onTaken(message.count)
  }

  /// Ends the requests, from the loop; only the first end counts.
  package func finish(_ failure: Failure? = nil) {
    let waiting = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      guard state.end == nil else { return nil }
      state.end = failure.map { .failure($0) } ?? .success(())
      return state.waiting.take()
    }
    guard let waiting else { return }
    if let failure { waiting.resume(throwing: failure) } else { waiting.resume(returning: nil) }
  }

  /// One handler asks, and asks again when it was answered.
  package func next() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Result<[UInt8]?, any Error>? in
          if state.isCancelled { return .failure(CancellationError()) }
          if let message = state.messages.popFirst() { return .success(message) }
          switch state.end {
          case .success: return .success(nil)
          case .failure(let failure): return .failure(failure)
          case nil: break
          }
          precondition(state.waiting == nil, "two readers of one call's requests")
          state.waiting = continuation
          return nil
        }
        guard let outcome else { return }
        continuation.resume(with: outcome)
        if case .success(let message?) = outcome { onTaken(message.count) }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.isCancelled = true
        return state.waiting.take()
      }
      waiting?.resume(throwing: CancellationError())
    }
  }
}
