/// What a handler and an access rule know of a call besides its request message.
public struct CallContext: Sendable {
  public let procedure: ProcedureName
  /// Where the call came in; carries the caller's identity once there is one.
  public let connection: Connection
  public let metadata: Metadata
  /// When the caller stops waiting. The handler's task is cancelled then; a synchronous handler that does
  /// much work asks now and again whether its time is over.
  public let deadline: MonotonicInstant?
  /// Tells the calls of one connection apart; 0 where each has a connection of its own.
  public let number: UInt32
  /// Names the call in logs. Unique within this process.
  public var id: String { Self.id(of: number, on: connection) }
  /// What passes beside the messages; `nil` on a wire that carries nothing beside them.
  public var response: ResponseMetadata? { connection.response }

  public init(
    procedure: ProcedureName,
    connection: Connection,
    metadata: Metadata = [],
    deadline: MonotonicInstant? = nil,
    number: UInt32 = 0
  ) {
    self.procedure = procedure
    self.connection = connection
    self.metadata = metadata
    self.deadline = deadline
    self.number = number
  }

  static func id(of number: UInt32, on connection: Connection) -> String {
    number == 0 ? "\(connection.id)" : "\(connection.id)-\(number)"
  }
}

/// Who may call a procedure. Checked on the event loop, before the request message is decoded, so it must
/// not block; what it needs of the caller it finds on the connection.
public protocol AccessRule: Sendable, CustomStringConvertible {
  /// Returns when the call may go on, else throws what the caller is told.
  func check(_ context: CallContext) throws(Failure)
}
