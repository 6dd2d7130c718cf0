import Glibc

/// A moment on this machine's monotonic clock. It means nothing to another machine, nor after a restart.
///
/// `ContinuousClock.Instant` would say the same, but hides its layout: whatever holds one is copied by functions
/// of the run time, several times a call.
public struct MonotonicInstant: Sendable, Hashable, Comparable {
  /// Since some moment that does not change while the machine runs.
  public let nanoseconds: Int64

  @inlinable
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static var now: MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// What would be out of range, 292 years away, is the last moment there is.
  @inlinable
  public func advanced(nanoseconds: Int64) -> MonotonicInstant {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return MonotonicInstant(nanoseconds: overflow ? (nanoseconds < 0 ? .min : .max) : sum)
  }

  /// Nanoseconds from `start` to this.
  @inlinable
  public func nanoseconds(since start: MonotonicInstant) -> Int64 {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    return overflow ? (nanoseconds < 0 ? .min : .max) : difference
  }

  @inlinable
  public static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  public static func + (start: MonotonicInstant, duration: Duration) -> MonotonicInstant {
    start.advanced(nanoseconds: duration.wholeNanoseconds)
  }

  public static func - (end: MonotonicInstant, duration: Duration) -> MonotonicInstant {
    end + (.zero - duration)
  }

  public static func - (end: MonotonicInstant, start: MonotonicInstant) -> Duration {
    .nanoseconds(end.nanoseconds(since: start))
  }

  public static func += (instant: inout MonotonicInstant, duration: Duration) {
    instant = instant + duration
  }
}
