import Synchronization

/// What a call is known by before it has a stream id; links its caller, on any thread, with the loop.
final class ClientCall: Sendable {
  private struct State {
    var streamID: UInt32?
    var isCancelled = false
    var hasEnded = false
    var heldBytes = 0
  }

  private let state = Mutex(State())

  var streamID: UInt32? { state.withLock { $0.streamID } }

  /// The caller gives up. False when the call is over already: there is nothing to tell the loop, which may
  /// be gone.
  func cancel() -> Bool {
    state.withLock { state in
      defer { state.isCancelled = true }
      return !state.hasEnded && !state.isCancelled
    }
  }

  /// The call is over.
  func end() { state.withLock { $0.hasEnded = true } }

  /// False when its caller has given up before it began.
  func begin(_ streamID: UInt32) -> Bool {
    state.withLock { state in
      state.streamID = streamID
      return !state.isCancelled
    }
  }

  /// Counts bytes given to a stream's consumer, who has not taken them yet; returns how many there are.
  func hold(_ count: Int) -> Int {
    state.withLock { state in
      state.heldBytes += count
      return state.heldBytes
    }
  }

  /// The consumer has taken bytes. True when this was what leaves it with `limit` or less.
  func take(_ count: Int, limit: Int) -> Bool {
    state.withLock { state in
      let wasAbove = state.heldBytes > limit
      state.heldBytes -= count
      return wasAbove && state.heldBytes <= limit
    }
  }
}
