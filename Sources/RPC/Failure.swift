/// Why a call was refused or went wrong: the one error model of every wire.
///
/// A handler throws a `Failure`; the wire sends it as `google.rpc.Status` with `ErrorInfo`, `BadRequest` and
/// `RetryInfo`. Any other error that a handler throws becomes `INTERNAL` and says nothing of its cause.
public struct Failure: Error, Sendable, Hashable {
  /// The canonical codes that gRPC, Connect and ttrpc share, with their numbers on the wire.
  public enum Code: Int32, Sendable, CaseIterable {
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case `internal` = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16
  }

  /// What programs compare: `UPPER_SNAKE_CASE`, stable for ever within one domain.
  public struct Reason: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }
  }

  /// One field of the request that was refused.
  public struct Violation: Sendable, Hashable {
    /// The path in the request message, for example `appointment.start_time`.
    public var field: String
    public var description: String

    public init(field: String, description: String) {
      self.field = field
      self.description = description
    }
  }

  public var code: Code
  public var reason: Reason
  /// For people: the fact, the value, the way out. Carries no secret and no personal data.
  public var message: String
  /// Facts for programs, by name: small, and never a secret.
  public var metadata: [String: String]
  public var violations: [Violation]
  /// When a repeat may succeed; `nil` says nothing about repeats.
  public var retryDelay: Duration?
  /// Encoded `google.protobuf.Any` messages that go out after what is above: see `add(detail:)`.
  var details: [[UInt8]] = []

  public init(
    _ code: Code,
    reason: Reason = .unspecified,
    _ message: String,
    metadata: [String: String] = [:],
    violations: [Violation] = [],
    retryDelay: Duration? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.metadata = metadata
    self.violations = violations
    self.retryDelay = retryDelay
  }
}

extension Failure: CustomStringConvertible {
  public var description: String { "\(code.name) \(reason.rawValue): \(message)" }
}

extension Failure.Code {
  /// The canonical spelling, for example `INVALID_ARGUMENT`.
  public var name: String {
    switch self {
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}
