import RPC

/// Counts the PINGs of a client, which costs little to send and something to answer. What a client is sent earns it
/// more: whoever waits for an answer may ask whether the connection lives.
struct PingGuard {
  private let limits: Limits
  private var seen: UInt64 = 0
  private var sentBefore: UInt64 = 0
  private var allowance: Double
  private var last: MonotonicInstant

  init(_ limits: Limits, at now: MonotonicInstant) {
    self.limits = limits
    allowance = Double(limits.pingsAtOnce)
    last = now
  }

  /// Whether the client still may ask.
  ///
  /// - Parameters:
  ///   - pings: that it has sent, in all.
  ///   - framesSent: to it, in all.
  mutating func allows(_ pings: UInt64, framesSent: UInt64, at now: MonotonicInstant) -> Bool {
    let most = Double(limits.pingsAtOnce)
    let elapsed = Double(now.nanoseconds(since: last)) / 1e9
    let earned = elapsed * Double(limits.pingsPerMinute) / 60 + Double(framesSent - sentBefore)
    allowance = min(most, allowance + earned) - Double(pings - seen)
    (seen, sentBefore, last) = (pings, framesSent, now)
    return allowance >= 0
  }
}
