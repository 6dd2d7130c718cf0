import RPC

/// How often a peer may do what costs the server more than the peer: so often at once, and so fast from then on.
struct Allowance {
  private let most: Double
  private let perSecond: Double
  private var left: Double
  private var last: MonotonicInstant

  init(_ most: Int, perSecond: Double, at now: MonotonicInstant) {
    self.most = Double(most)
    self.perSecond = perSecond
    left = self.most
    last = now
  }

  /// Takes note that the peer has done it so many times more; false when that is too often.
  ///
  /// - Parameter earned: how many times more it may for what it was given since.
  mutating func covers(_ count: UInt64, earned: UInt64 = 0, at now: MonotonicInstant) -> Bool {
    let elapsed = Double(now.nanoseconds(since: last)) / 1e9
    left = min(most, left + elapsed * perSecond + Double(earned)) - Double(count)
    last = now
    return left >= 0
  }
}
