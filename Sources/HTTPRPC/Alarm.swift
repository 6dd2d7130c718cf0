import NIOCore
import RPC
import Transport

/// The one timer of a connection, which rings when something may be due.
struct Alarm<Handler: TimedHandler> {
  private var next: (at: MonotonicInstant, timer: NIOScheduledCallback)?

  /// Has it ring at a moment, or earlier: a timer that rings too early only has its handler look again.
  mutating func wake(_ handler: Handler, at instant: MonotonicInstant?, on loop: any EventLoop) {
    guard let instant else { return }
    if let next {
      guard instant < next.at else { return }
      next.timer.cancel()
    }
    let bell = Bell(handler: NIOLoopBound(handler, eventLoop: loop))
    // A loop that is being shut down wakes nobody.
    let timer = try? loop.scheduleCallback(in: .until(instant), handler: bell)
    next = timer.map { (instant, $0) }
  }

  /// To be called first when it rings.
  mutating func hasRung() { next = nil }

  mutating func cancel() {
    next?.timer.cancel()
    next = nil
  }

  private struct Bell: NIOScheduledCallbackHandler {
    let handler: NIOLoopBound<Handler>
    func handleScheduledCallback(eventLoop: some EventLoop) { handler.value.alarmRang() }
  }
}

/// A connection's handler, whose times an alarm watches.
protocol TimedHandler: AnyObject {
  func alarmRang()
}
