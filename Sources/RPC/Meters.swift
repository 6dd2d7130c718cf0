internal import Metrics
import Synchronization

/// Counts the calls of one procedure by code, and how long they take: `rpc_calls` and `rpc_call_duration`; and those
/// that were refused by reason, `rpc_refusals`. What the caller was told counts, also where the handler ran on.
package final class CallMeter: Sendable {
  private let procedure: String
  private let duration: Metrics.Timer
  private let successes: Counter
  /// Made when a code or a reason first occurs.
  private let failures = Mutex<(codes: [Failure.Code: Counter], reasons: [Failure.Reason: Counter])>(
    ([:], [:]))
  /// Reasons that are counted by name; the program has fewer.
  private static let maximumReasons = 128

  init(procedure: String) {
    self.procedure = procedure
    self.duration = Timer(label: "rpc_call_duration", dimensions: [("procedure", procedure)])
    self.successes = Self.counter(procedure, "OK")
  }

  /// - Parameter failure: `nil` for success.
  package func record(_ failure: Failure?, from start: MonotonicInstant, to end: MonotonicInstant) {
    if let failure {
      count(failure)
    } else {
      successes.increment()
    }
    duration.recordNanoseconds(end.nanoseconds(since: start))
  }

  private func count(_ failure: Failure) {
    let (code, reason) = failures.withLock { failures in
      let code = failures.codes[failure.code] ?? Self.counter(procedure, failure.code.name)
      failures.codes[failure.code] = code
      if let reason = failures.reasons[failure.reason] { return (code, reason) }
      let name = failures.reasons.count < Self.maximumReasons ? failure.reason : "OTHER"
      let reason =
        failures.reasons[name]
        ?? Counter(label: "rpc_refusals", dimensions: [("procedure", procedure), ("reason", name.rawValue)])
      failures.reasons[name] = reason
      return (code, reason)
    }
    code.increment()
    reason.increment()
  }

  private static func counter(_ procedure: String, _ code: String) -> Counter {
    Counter(label: "rpc_calls", dimensions: [("procedure", procedure), ("code", code)])
  }
}

/// Calls that have begun and not ended, of all wires. One that ends before it first waits is never among them.
public enum CallsInFlight {
  private static let number = Atomic(0)

  public static var count: Int { number.load(ordering: .relaxed) }

  package static func begin() { number.wrappingAdd(1, ordering: .relaxed) }
  package static func end() { number.wrappingSubtract(1, ordering: .relaxed) }
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
