import RPC

/// The times of an HTTP connection: what it is waited for, and since when. Pure: its shell tells it what happens, asks
/// when to look again, and does what is due.
struct ConnectionTimes {
  enum Expiry: Hashable {
    /// No request came for long enough.
    case quiet
    /// The peer takes nothing of what is queued for it.
    case stalled
    /// It has lived as long as a connection may: what is in flight is answered, and the client connects anew.
    case aged
    /// A request that is not complete by now will not be waited for.
    case slowRequests
  }

  private let limits: Limits
  private let firstRequest: Duration
  private let begun: MonotonicInstant
  private var calls = 0
  private var hasServed = false
  private var hasAged = false
  private var quietSince: MonotonicInstant
  private var blockedSince: MonotonicInstant?
  /// No request that is not complete began earlier; the one that did may be complete by now.
  private var earliestUnfinished: MonotonicInstant?

  /// - Parameter firstRequest: how long the first request may take to come. HTTP/2 has a greeting, after which a
  ///   client may rest; HTTP/1.1 has none, so that whoever has begun to send a request is waited for no longer than
  ///   for any other.
  init(_ limits: Limits, firstRequest: Duration, at now: MonotonicInstant) {
    self.limits = limits
    self.firstRequest = firstRequest
    begun = now
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
  var wakeUp: MonotonicInstant? { ends.map(\.at).min() }

  /// What is due. Each that has been done is due no more.
  mutating func due(at now: MonotonicInstant) -> Set<Expiry> {
    let due = Set(ends.filter { $0.at <= now }.map(\.expiry))
    if due.contains(.aged) { hasAged = true }
    return due
  }

  private var ends: [(expiry: Expiry, at: MonotonicInstant)] {
    var ends: [(Expiry, MonotonicInstant)] = []
    if calls == 0 {
      ends.append((.quiet, quietSince + (hasServed ? limits.idleTime : firstRequest)))
    }
    if let blockedSince { ends.append((.stalled, blockedSince + limits.stallTime)) }
    if let earliestUnfinished { ends.append((.slowRequests, earliestUnfinished + limits.frameTime)) }
    if let age = limits.connectionAge, !hasAged { ends.append((.aged, begun + age)) }
    return ends
  }
}
