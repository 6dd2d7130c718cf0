public import RPC

/// The reasons that this wire gives besides those of `RPC` and `Transport`.
extension Failure.Reason {
  /// A frame announced more than `Limits.messageBytes`, or a stranger's more than `strangerMessageBytes`; the
  /// connection closes.
  public static let frameTooLarge: Self = "FRAME_TOO_LARGE"
  /// A frame did not arrive whole within `Limits.frameTime`; the connection closes.
  public static let frameTooSlow: Self = "FRAME_TOO_SLOW"
  /// A client's stream ids are odd.
  public static let streamIDNotOdd: Self = "STREAM_ID_NOT_ODD"
  /// A client's stream ids grow from request to request.
  public static let streamIDNotIncreasing: Self = "STREAM_ID_NOT_INCREASING"
  /// Data for a stream that was never opened.
  public static let unknownStream: Self = "UNKNOWN_STREAM"
  /// A message where the procedure takes none.
  public static let unexpectedData: Self = "UNEXPECTED_DATA"
  /// A client's stream holds `Limits.streamHeldBytes` that its consumer does not take.
  public static let consumerTooSlow: Self = "CONSUMER_TOO_SLOW"
  /// A connection has no stream ids left; connect anew.
  public static let streamIDsExhausted: Self = "STREAM_IDS_EXHAUSTED"
}

extension Failure {
  static let unexpectedData = Failure(
    .invalidArgument,
    reason: .unexpectedData,
    "This procedure takes no message after its request."
  )

  static func frameTooLarge(_ length: Int, _ limit: Int, isPeerKnown: Bool) -> Failure {
    let allowed = isPeerKnown ? "\(limit) are allowed" : "\(limit) are allowed before authentication"
    return Failure(
      .resourceExhausted,
      reason: .frameTooLarge,
      "A frame of \(length) bytes was announced; \(allowed). The connection closes."
    )
  }

  static func frameTooSlow(_ limit: Duration) -> Failure {
    Failure(
      .unavailable,
      reason: .frameTooSlow,
      "A frame did not arrive whole within \(limit); connect again over a faster link."
    )
  }

  static let malformedRequest = Failure(
    .invalidArgument,
    reason: .malformedRequest,
    "The frame's data is no valid ttrpc request."
  )

  static let streamingProcedure = Failure(
    .invalidArgument,
    reason: .streamingProcedure,
    "The procedure answers with a stream; open one by the request flag 0x01."
  )

  static func streamIDNotOdd(_ streamID: UInt32) -> Failure {
    Failure(
      .invalidArgument,
      reason: .streamIDNotOdd,
      "Stream id \(streamID) is even; a client's stream ids are odd."
    )
  }

  static func streamIDNotIncreasing(_ streamID: UInt32, after last: UInt32) -> Failure {
    Failure(
      .invalidArgument,
      reason: .streamIDNotIncreasing,
      "Stream id \(streamID) came after \(last); stream ids grow and are not used again."
    )
  }

  static func unknownStream(_ streamID: UInt32) -> Failure {
    Failure(.invalidArgument, reason: .unknownStream, "No stream \(streamID) was opened.")
  }
}
