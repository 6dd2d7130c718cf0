package import RPC
import Synchronization

/// The queue between a connection, on its event loop, and a handler that reads requests, on any thread.
///
/// What waits in it is as large as it came: the wire gives its peer no credit for more while something waits.
package final class RequestQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements = Queue<Element>()
    /// No more will come; with a failure, the handler is told of it after what has come before.
    var end: Result<Void, Failure>?
    var waiting: CheckedContinuation<Element?, any Error>?
    var isCancelled = false
  }

  private let onEmptied: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameter onEmptied: told each time the handler has taken the last that waited, so that the peer may send
  ///   more. On the handler's thread; it must not block.
  package init(onEmptied: @escaping @Sendable () -> Void) {
    self.onEmptied = onEmptied
  }

  package var isEmpty: Bool { state.withLock(\.elements.isEmpty) }

  /// Adds a request, from the loop.
  package func put(_ element: Element) {
    let waiting = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
      guard state.end == nil else { return nil }
      if let waiting = state.waiting.take() { return waiting }
      state.elements.append(element)
      return nil
    }
    waiting?.resume(returning: element)
  }

  /// Ends the requests, from the loop; only the first end counts.
  package func finish(_ failure: Failure? = nil) {
    let waiting = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
      guard state.end == nil else { return nil }
      state.end = failure.map { .failure($0) } ?? .success(())
      return state.waiting.take()
    }
    guard let waiting else { return }
    if let failure { waiting.resume(throwing: failure) } else { waiting.resume(returning: nil) }
  }

  /// The next one; suspends until there is one, and gives `nil` after the last. One handler asks, and asks again when
  /// it was answered.
  package func next() async throws -> Element? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (outcome, isEmptied) = state.withLock { state -> (Result<Element?, any Error>?, Bool) in
          if state.isCancelled { return (.failure(CancellationError()), false) }
          if let element = state.elements.popFirst() { return (.success(element), state.elements.isEmpty) }
          switch state.end {
          case .success: return (.success(nil), false)
          case .failure(let failure): return (.failure(failure), false)
          case nil: break
          }
          precondition(state.waiting == nil, "two readers of one call's requests")
          state.waiting = continuation
          return (nil, false)
        }
        if let outcome { continuation.resume(with: outcome) }
        if isEmptied { onEmptied() }
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
