import RPC

/// The times of an HTTP connection: what it is waited for, and since when. Pure: its shell tells it what happens, asks
/// when to look again, and does what is due.
struct ConnectionTimes {
  struct Expiry: OptionSet {
    let rawValue: UInt8
    /// No request came for long enough.
    static let quiet = Expiry(rawValue: 1)
    /// The peer takes nothing of what is queued for it.
    static let stalled = Expiry(rawValue: 2)
    /// It has lived as long as a connection may: what is in flight is answered, and the client connects anew.
    static let aged = Expiry(rawValue: 4)
    /// A request that is not complete by now will not be waited for.
    static let slowRequests = Expiry(rawValue: 8)
  }

  private let firstRequest, idleTime, stallTime, frameTime: Duration
  private var calls = 0
  private var hasServed = false
  /// When the connection ages; `nil` when it does not, or has.
  private var age: MonotonicInstant?
  private var quietSince: MonotonicInstant
  private var blockedSince: MonotonicInstant?
  /// No request that is not complete began earlier; the one that did may be complete by now.
  private var earliestUnfinished: MonotonicInstant?

  /// - Parameter firstRequest: how long the first request may take to come. HTTP/2 has a greeting, after which a
  ///   client may rest; HTTP/1.1 has none, so that whoever has begun to send a request is waited for no longer than
  ///   for any other.
  init(_ limits: Limits, firstRequest: Duration, at now: MonotonicInstant) {
    self.firstRequest = firstRequest
    idleTime = limits.idleTime
    stallTime = limits.stallTime
    frameTime = limits.frameTime
    age = limits.connectionAge.map { now + $0 }
    quietSince = now
  }

  // MARK: What happens

  mutating func callBegan() {
    calls += 1
    hasServed = true
  }

  mutating func callEnded(at now: MonotonicInstant) {
    calls -= 1
    quietSince = now
  }

  /// A request is not complete yet.
  mutating func isUnfinished(since start: MonotonicInstant) {
    earliestUnfinished = min(earliestUnfinished ?? start, start)
  }

  /// All requests that began before some time are complete, or were given up.
  mutating func unfinished(_ starts: some Sequence<MonotonicInstant>) { earliestUnfinished = starts.min() }

  /// The peer takes bytes again, or takes none.
  mutating func isBlocked(_ isBlocked: Bool, at now: MonotonicInstant) {
    blockedSince = isBlocked ? blockedSince ?? now : nil
  }

  /// The peer has taken something of what is queued for it.
  mutating func isTaking(at now: MonotonicInstant) {
    if blockedSince != nil { blockedSince = now }
  }

  // MARK: What is due

  /// When something will be due at the earliest, if nothing happens; `nil`: nothing is waited for.
  var wakeUp: MonotonicInstant? {
    var earliest = age
    if let end = quietEnd { earliest = min(earliest ?? end, end) }
    if let end = stallEnd { earliest = min(earliest ?? end, end) }
    if let end = requestEnd { earliest = min(earliest ?? end, end) }
    return earliest
  }

  /// What is due. That the connection has aged is said once, that it is quiet once in each time that it is, and that
  /// requests are slow once: those that are still waited for then are to be named anew.
  mutating func due(at now: MonotonicInstant) -> Expiry {
    var due: Expiry = []
    if let quietEnd, quietEnd <= now {
      due.insert(.quiet)
      quietSince = now
    }
    if let stallEnd, stallEnd <= now { due.insert(.stalled) }
    if let requestEnd, requestEnd <= now {
      due.insert(.slowRequests)
      earliestUnfinished = nil
    }
    if let age, age <= now {
      due.insert(.aged)
      self.age = nil
    }
    return due
  }

  private var quietEnd: MonotonicInstant? {
    calls == 0 ? quietSince + (hasServed ? idleTime : firstRequest) : nil
  }
  private var stallEnd: MonotonicInstant? { blockedSince.map { $0 + stallTime } }
  private var requestEnd: MonotonicInstant? { earliestUnfinished.map { $0 + frameTime } }
}
