/// The reasons that the RPC layer itself gives. Services add their own in extensions.
extension Failure.Reason {
  /// The call's time was over before its answer.
  public static let deadlineExceeded: Self = "DEADLINE_EXCEEDED"
  /// The caller gave the call up.
  public static let cancelled: Self = "CANCELLED"
  /// No procedure has that name.
  public static let unknownProcedure: Self = "UNKNOWN_PROCEDURE"
  /// The bytes are not what the protocol or the message type says.
  public static let malformedRequest: Self = "MALFORMED_REQUEST"
  /// The answer's bytes are not what the message type says (seen by clients).
  public static let malformedResponse: Self = "MALFORMED_RESPONSE"
  /// The procedure needs an identity and the connection carries none.
  public static let notSignedIn: Self = "NOT_SIGNED_IN"
  /// A handler failed in a way that callers learn nothing about; the log knows.
  public static let internalError: Self = "INTERNAL_ERROR"
  /// A server-streaming procedure was called as a unary one.
  public static let streamingProcedure: Self = "STREAMING_PROCEDURE"
  /// `Limits.callsPerConnection` is reached.
  public static let tooManyCalls: Self = "TOO_MANY_CALLS"
  /// The caller calls more often than it may.
  public static let tooManyRequests: Self = "TOO_MANY_REQUESTS"
  /// `Limits.streamsPerConnection` is reached.
  public static let tooManyStreams: Self = "TOO_MANY_STREAMS"
  /// An answer is larger than `Limits.messageBytes`.
  public static let responseTooLarge: Self = "RESPONSE_TOO_LARGE"
  /// A request is larger than `Limits.messageBytes`.
  public static let requestTooLarge: Self = "REQUEST_TOO_LARGE"
  /// The server is going down: connect anew, perhaps to another.
  public static let serverDraining: Self = "SERVER_DRAINING"
  /// The connection was closed on this side.
  public static let connectionClosed: Self = "CONNECTION_CLOSED"
  /// The connection broke, or the other side closed it.
  public static let connectionLost: Self = "CONNECTION_LOST"
  /// A failure from a server that gives no reason.
  public static let unspecified: Self = "UNSPECIFIED"
}
