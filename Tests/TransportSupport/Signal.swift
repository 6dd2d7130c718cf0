import Synchronization

/// Happens once; any number may wait for it.
package final class Signal: Sendable {
  private let state = Mutex<(hasFired: Bool, waiting: [@Sendable () -> Void])>((false, []))

  package init() {}

  package func fire() {
    let waiting = state.withLock { state in
      defer { state = (true, []) }
      return state.waiting
    }
    for body in waiting { body() }
  }

  /// Runs `body` when this fires; at once when it has.
  package func whenFired(_ body: @escaping @Sendable () -> Void) {
    let hasFired = state.withLock { state in
      if !state.hasFired { state.waiting.append(body) }
      return state.hasFired
    }
    if hasFired { body() }
  }

  /// Goes on when this fires, and for no other reason: that is what stubborn handlers are here for.
  package func wait() async {
    await withCheckedContinuation { continuation in whenFired { continuation.resume() } }
  }
}

extension Signal {
  /// Waits for this, or for the end of the task that waits, which fires `cancelled`.
  package func waitUnlessCancelled(_ cancelled: Signal) async {
    let either = Signal()
    whenFired { either.fire() }
    await withTaskCancellationHandler {
      await either.wait()
    } onCancel: {
      cancelled.fire()
      either.fire()
    }
  }
}
