/// A moment in UTC: whole milliseconds since 1970-01-01T00:00:00Z, the resolution of the database and of the wire.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var milliseconds: Int64

  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

  public static func + (left: Instant, right: Duration) -> Instant {
    Instant(milliseconds: left.milliseconds + right.milliseconds)
  }

  public static func - (left: Instant, right: Duration) -> Instant {
    Instant(milliseconds: left.milliseconds - right.milliseconds)
  }

  public static func - (left: Instant, right: Instant) -> Duration {
    .milliseconds(left.milliseconds - right.milliseconds)
  }

  public var description: String { "\(milliseconds) ms" }
}

extension Duration {
  /// Whole milliseconds, rounded towards zero.
  public var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }
}
