/// How often one caller may call: a rate, and how much of it may be saved up for a moment that needs more. Every call
/// takes its weight; what was taken comes back as time passes.
public struct CallAllowance: Hashable, Sendable {
  public struct Rate: Hashable, Sendable {
    /// What comes back in a second.
    public var perSecond: Int
    /// What may be saved up.
    public var atOnce: Int

    /// - Precondition: both are 1 or more.
    public init(perSecond: Int, atOnce: Int) {
      precondition(perSecond > 0 && atOnce > 0, "a rate that admits nobody")
      self.perSecond = perSecond
      self.atOnce = atOnce
    }
  }

  /// In thousandths, so that a millisecond brings back a whole number.
  private var taken: Int64 = 0
  private var since: Instant

  public init(at now: Instant) {
    since = now
  }

  /// Takes a call's weight; or, where there is not so much, nothing.
  ///
  /// - Returns: how long to wait until there is, where there is not. A weight beyond `atOnce` counts as that.
  public mutating func take(_ weight: Int, of rate: Rate, at now: Instant) -> Duration? {
    giveBack(rate, at: now)
    let wanted = Int64(min(weight, rate.atOnce)) * 1000
    let excess = taken + wanted - Int64(rate.atOnce) * 1000
    guard excess > 0 else {
      taken += wanted
      return nil
    }
    let perSecond = Int64(rate.perSecond)
    return .milliseconds((excess + perSecond - 1) / perSecond)
  }

  /// Whether all is there: forgetting it changes nothing.
  public mutating func isWhole(_ rate: Rate, at now: Instant) -> Bool {
    giveBack(rate, at: now)
    return taken == 0
  }

  /// A clock that goes back gives nothing, and takes nothing.
  private mutating func giveBack(_ rate: Rate, at now: Instant) {
    let passed = max((now - since).milliseconds, 0)
    since = now
    let full = taken / Int64(rate.perSecond) + 1
    taken = passed >= full ? 0 : max(taken - passed * Int64(rate.perSecond), 0)
  }
}
