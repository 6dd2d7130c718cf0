import Dispatch
package import NIOCore

extension EventLoop {
  /// Runs `body` while this event loop stands still: what is to happen on it happens afterwards.
  package func standingStill(_ body: () throws -> Void) async throws {
    let gate = DispatchSemaphore(value: 0)
    let isClosed = Signal()
    execute {
      isClosed.fire()
      gate.wait()
    }
    await isClosed.wait()
    defer { gate.signal() }
    try body()
  }
}
