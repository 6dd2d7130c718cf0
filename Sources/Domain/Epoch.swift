/// A stretch of a server's life that begins with a restore (S8). Its first, until it is restored for the first time, is
/// number 1 and is stored nowhere.
public struct Epoch: Hashable, Sendable {
  public enum Reason: String, Sendable, CaseIterable {
    /// A backup has taken the place of what came after it.
    case restored
  }

  /// 2, 3, …
  public var number: Int64
  public var startedAt: Instant
  public var reason: Reason
  /// Commands may have had numbers up to here before; in this epoch they have higher ones.
  public var lastCommandSequence: Int64

  public init(number: Int64, startedAt: Instant, reason: Reason, lastCommandSequence: Int64) {
    self.number = number
    self.startedAt = startedAt
    self.reason = reason
    self.lastCommandSequence = lastCommandSequence
  }

  /// The epoch after `previous`.
  ///
  /// Command numbers jump to the microseconds since 1970. A command takes longer than a microsecond, so that no number
  /// runs ahead of the clock: what a controller remembers from before is lower, also where the same backup has been
  /// restored twice.
  ///
  /// - Parameter given: the highest command number that is known to have been given out.
  public init(after previous: Epoch?, at now: Instant, _ reason: Reason, given: Int64) {
    self.init(
      number: (previous?.number ?? 1) + 1, startedAt: now, reason: reason,
      lastCommandSequence: max(given, previous?.lastCommandSequence ?? 0, now.milliseconds * 1000))
  }
}
