internal import Metrics
import Synchronization

/// Counts the calls of one procedure by code, and how long they take: `rpc_calls` and
/// `rpc_call_duration`. What the caller was told counts, also where the handler ran on.
package final class CallMeter: Sendable {
  private let procedure: String
  private let duration: Metrics.Timer
  private let successes: Counter
  /// Made when a code first occurs.
  private let failures = Mutex<[Failure.Code: Counter]>([:])

  init(procedure: String) {
    self.procedure = procedure
    self.duration = Timer(label: "rpc_call_duration", dimensions: [("procedure", procedure)])
    self.successes = Self.counter(procedure, "OK")
  }

  /// - Parameter failure: `nil` for success.
  package func record(_ failure: Failure?, from start: MonotonicInstant, to end: MonotonicInstant) {
    if let failure {
      counter(failure.code).increment()
    } else {
      successes.increment()
    }
    duration.recordNanoseconds(end.nanoseconds(since: start))
  }

  private func counter(_ code: Failure.Code) -> Counter {
    failures.withLock { failures in
      if let counter = failures[code] { return counter }
      let counter = Self.counter(procedure, code.name)
      failures[code] = counter
      return counter
    }
  }

  private static func counter(_ procedure: String, _ code: String) -> Counter {
    Counter(label: "rpc_calls", dimensions: [("procedure", procedure), ("code", code)])
  }
}

/// Counts the connections of one wire: `rpc_connections` open now, `rpc_connections_refused` turned away.
package final class ConnectionMeter: Sendable {
  private let open: Gauge
  private let refused: Counter

  package init(wire: String) {
    self.open = Gauge(label: "rpc_connections", dimensions: [("wire", wire)])
    self.refused = Counter(label: "rpc_connections_refused", dimensions: [("wire", wire)])
  }

  package func record(open count: Int) { open.record(count) }
  package func recordRefused() { refused.increment() }
}

extension Duration {
  /// Cut to what 64 bits hold: ±292 years.
  package var wholeNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }
}
