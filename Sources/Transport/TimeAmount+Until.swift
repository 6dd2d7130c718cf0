package import NIOCore
package import RPC

extension TimeAmount {
  /// From now to `instant`, an hour at most: deadlines may be centuries away, and whoever wakes up too early
  /// only looks again.
  package static func until(_ instant: MonotonicInstant) -> TimeAmount {
    .nanoseconds(min(max(instant.nanoseconds(since: .now), 0), 3_600_000_000_000))
  }
}
