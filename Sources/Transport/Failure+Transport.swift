public import RPC

/// The reason that a transport gives besides those of `RPC`.
extension Failure.Reason {
  /// A client would speak plain text to another machine; it does not connect.
  public static let plainTextRefused: Self = "PLAIN_TEXT_REFUSED"
}

/// What every wire says in the same words.
extension Failure {
  package static let serverDraining = Failure(
    .unavailable,
    reason: .serverDraining,
    "The server is shutting down; connect again later."
  )

  package static let connectionClosed = Failure(
    .unavailable,
    reason: .connectionClosed,
    "The connection is being closed; connect again."
  )

  package static let connectionLost = Failure(
    .unavailable,
    reason: .connectionLost,
    "The connection to the server was lost; connect again. Whether the call was done is not known."
  )

  package static func tooManyCalls(_ limit: Int) -> Failure {
    Failure(
      .resourceExhausted,
      reason: .tooManyCalls,
      "\(limit) calls are in flight on this connection, as many as allowed; wait for an answer."
    )
  }

  package static func tooManyStreams(_ limit: Int) -> Failure {
    Failure(
      .resourceExhausted,
      reason: .tooManyStreams,
      "\(limit) streams are open on this connection, as many as allowed; end one."
    )
  }

  package static func responseTooLarge(_ size: Int, _ limit: Int) -> Failure {
    Failure(
      .resourceExhausted,
      reason: .responseTooLarge,
      "The answer has \(size) bytes; \(limit) are allowed. Ask for less at once."
    )
  }

  package static func requestTooLarge(_ size: Int, _ limit: Int) -> Failure {
    Failure(
      .resourceExhausted,
      reason: .requestTooLarge,
      "The request has \(size) bytes; \(limit) are allowed."
    )
  }

  package static func unknownProcedure(_ name: String) -> Failure {
    Failure(.unimplemented, reason: .unknownProcedure, "There is no procedure '\(name.prefix(200))'.")
  }

  static func plainTextRefused(_ address: Address) -> Failure {
    Failure(
      .failedPrecondition,
      reason: .plainTextRefused,
      "\(address) is not on this machine, and plain text is spoken on loopback only: "
        + "give the certificate to trust, for TLS."
    )
  }

  static func connectTimeout(_ address: Address, _ limit: Duration) -> Failure {
    Failure(
      .unavailable,
      reason: .connectionLost,
      "No connection to \(address) was made within \(limit)."
    )
  }
}
