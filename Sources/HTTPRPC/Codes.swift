import RPC

/// Codes as the published protocol pages of Connect and gRPC have them.
extension Failure.Code {
  /// As Connect's JSON spells it.
  var connectName: String {
    // One l, where all others have two.
    self == .cancelled ? "canceled" : name.lowercased()
  }

  /// The status of Connect's unary answer.
  var httpStatus: Int {
    switch self {
    case .cancelled: 499
    case .unknown, .internal, .dataLoss: 500
    case .invalidArgument, .failedPrecondition, .outOfRange: 400
    case .deadlineExceeded: 504
    case .notFound: 404
    case .alreadyExists, .aborted: 409
    case .permissionDenied: 403
    case .resourceExhausted: 429
    case .unimplemented: 501
    case .unavailable: 503
    case .unauthenticated: 401
    }
  }
}
