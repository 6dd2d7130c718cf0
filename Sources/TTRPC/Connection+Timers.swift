import RPC

/// The times of a connection: what it is waited for, and since when.
extension ConnectionStateMachine {
  struct Times {
    /// When the connection was made; with TLS, when the handshake ended.
    var start: Instant
    var firstByte: Instant?
    /// When the unfinished frame was first seen, while we read.
    var frameStart: Instant?
    /// When the last request came or the last call ended.
    var activity: Instant
    /// When the peer last took queued bytes.
    var taken: Instant
    /// No call's deadline is earlier; it may belong to a call that has ended.
    fileprivate(set) var earliestDeadline: Instant?

    init(start: Instant) {
      self.start = start
      self.activity = start
      self.taken = start
    }

    mutating func noteDeadline(_ deadline: Instant) {
      earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }
  }

  /// When `timePassed` has something to do, at the earliest; `nil`: nothing is waited for.
  var wakeUp: Instant? {
    var wakeUp: Instant?
    func wait(until instant: Instant?) {
      guard let instant else { return }
      wakeUp = min(wakeUp ?? instant, instant)
    }
    switch phase {
    case .handshaking:
      wait(until: times.start + limits.handshakeTime)
    case .open, .draining:
      wait(until: times.earliestDeadline)
      wait(until: quietEnd)
      wait(until: frameEnd)
      wait(until: stallEnd)
    case .finishing:
      wait(until: stallEnd)
    case .lingering(let since):
      wait(until: since + limits.lingerTime)
    case .closed: break
    }
    return wakeUp
  }

  /// Does what is due. May be called at any time.
  mutating func timePassed(_ now: Instant) {
    switch phase {
    case .handshaking:
      if times.start + limits.handshakeTime <= now { abort() }
    case .open, .draining:
      expireCalls(now)
      if let end = stallEnd, end <= now {
        abort()
      } else if let end = frameEnd, end <= now {
        close(.frameTooSlow(limits.frameTime))
      } else if let end = quietEnd, end <= now {
        close(.connectionClosed)
      }
    case .finishing:
      if let end = stallEnd, end <= now { abort() }
    case .lingering(let since):
      if since + limits.lingerTime <= now { abort() }
    case .closed: break
    }
  }

  /// When a peer that wants nothing is closed: before its first byte, and without calls.
  private var quietEnd: Instant? {
    guard calls.isEmpty else { return nil }
    return times.firstByte == nil ? times.start + limits.firstByteTime : times.activity + limits.idleTime
  }

  private var frameEnd: Instant? { times.frameStart.map { $0 + limits.frameTime } }

  private var stallEnd: Instant? { queuedBytes > 0 ? times.taken + limits.stallTime : nil }

  private mutating func expireCalls(_ now: Instant) {
    guard let earliest = times.earliestDeadline, earliest <= now else { return }
    times.earliestDeadline = nil
    for (streamID, call) in sortedCalls() {
      guard let deadline = call.deadline else { continue }
      if deadline <= now {
        end(streamID, .deadlineExceeded)
      } else {
        times.noteDeadline(deadline)
      }
    }
  }
}
