/// What a handler and an access rule know of a call besides its request message.
public struct CallContext: Sendable {
  public let procedure: ProcedureName
  /// Where the call came in; carries the caller's identity once there is one.
  public let connection: Connection
  public let metadata: Metadata
  /// When the caller stops waiting. The handler's task is cancelled then; a synchronous handler that does
  /// much work asks now and again whether its time is over.
  public let deadline: MonotonicInstant?
  /// What passes beside the messages; `nil` on a wire that carries nothing beside them.
  public var response: ResponseMetadata? { connection.response }

  public init(
    procedure: ProcedureName,
    connection: Connection,
    metadata: Metadata = [],
    deadline: MonotonicInstant? = nil
  ) {
    self.procedure = procedure
    self.connection = connection
    self.metadata = metadata
    self.deadline = deadline
  }
}

/// Who may call a procedure. Checked on the event loop, before the request message is decoded, so it must
/// not block; what it needs of the caller it finds on the connection.
public protocol AccessRule: Sendable, CustomStringConvertible {
  /// Returns when the call may go on, else throws what the caller is told.
  func check(_ context: CallContext) throws(Failure)
}
