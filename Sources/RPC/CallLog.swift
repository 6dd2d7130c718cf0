internal import Logging
import Synchronization

/// Writes a line for each call that was refused or failed: which, why, how long it took, and who called, in ids. What
/// people wrote stands in no line.
package final class CallLog: Sendable {
  /// Lines a second; how many more there would have been, a later line says. Nobody fills a disk by being refused.
  package static let linesPerSecond = 50

  private struct Second {
    var number: Int64 = 0
    var lines = 0
    var leftOut = 0
  }

  private let logger: Logger
  private let describe: @Sendable (Connection) -> [String: String]
  private let second = Mutex(Second())

  /// - Parameter describe: what is written of the caller.
  init(_ logger: Logger, describe: @escaping @Sendable (Connection) -> [String: String]) {
    self.logger = logger
    self.describe = describe
  }

  /// - Parameter number: of the call, on its connection.
  func write(
    _ failure: Failure, of procedure: ProcedureName, number: UInt32, on connection: Connection,
    from start: MonotonicInstant, to end: MonotonicInstant
  ) {
    let level = failure.logLevel
    guard level >= logger.logLevel, let leftOut = turn(at: end) else { return }
    var metadata: Logger.Metadata = [
      "call": "\(CallContext.id(of: number, on: connection))", "procedure": "\(procedure)",
      "code": "\(failure.code.name)", "reason": "\(failure.reason.rawValue)",
      "microseconds": "\(end.nanoseconds(since: start) / 1000)",
    ]
    for (key, value) in describe(connection) { metadata[key] = "\(value)" }
    if leftOut > 0 { metadata["left_out"] = "\(leftOut)" }
    logger.log(level: level, "a call was refused", metadata: metadata)
  }

  /// How many lines were left out since the last one; `nil` when this one is, too.
  private func turn(at now: MonotonicInstant) -> Int? {
    let number = now.nanoseconds / 1_000_000_000
    return second.withLock { second in
      if second.number != number {
        second.number = number
        second.lines = 0
      }
      guard second.lines < Self.linesPerSecond else {
        second.leftOut += 1
        return nil
      }
      second.lines += 1
      defer { second.leftOut = 0 }
      return second.leftOut
    }
  }
}

extension Failure {
  /// What callers do to themselves is seldom of interest; what we do to them always is.
  fileprivate var logLevel: Logger.Level {
    switch code {
    case .cancelled: .debug
    case .internal, .unknown, .dataLoss: .warning
    case .unavailable where reason == .connectionClosed || reason == .serverDraining: .debug
    case .invalidArgument, .deadlineExceeded, .notFound, .alreadyExists, .permissionDenied,
      .resourceExhausted,
      .failedPrecondition, .aborted, .outOfRange, .unimplemented, .unavailable, .unauthenticated:
      .info
    }
  }
}
