public import Logging
public import SwiftProtobuf

/// The procedures of a server, declared once for every wire.
///
/// Built when the program starts and not changed after a wire got it. Naming a procedure twice is a
/// programmer's fault and stops the program.
public struct ProcedureTable: Sendable {
  /// Whose failure reasons these are: `ErrorInfo.domain` of every failure sent.
  public let domain: String
  private let logger: Logger
  private var index = ProcedureIndex()
  private var entries: [ProcedureEntry] = []
  /// Counts the calls to procedures that do not exist, under one name.
  package let unknownMeter = CallMeter(procedure: "unknown")

  public init(domain: String, logger: Logger) {
    self.domain = domain
    self.logger = logger
  }

  public var procedures: [Procedure] { entries.map(\.procedure) }

  /// A unary procedure whose handler runs on the event loop: the fastest way, and one that must not block,
  /// nor compute for more than some tens of microseconds.
  @inlinable
  public mutating func immediate<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    _ handler: @escaping @Sendable (I, CallContext) throws -> O
  ) {
    add(name, .unary, isImmediate: true, access, I.self, O.self) { payload, context in
      .immediate(try handler(try I(borrowing: payload), context).serializedBytes())
    }
  }

  /// A unary procedure whose handler may wait. It starts on the event loop: what it does before it first
  /// suspends must not block. Its task is cancelled at the deadline and when the caller is gone.
  @inlinable
  public mutating func unary<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    _ handler: nonisolated(nonsending) @escaping @Sendable (I, CallContext) async throws -> O
  ) {
    add(name, .unary, isImmediate: false, access, I.self, O.self) { payload, context in
      let request = try I(borrowing: payload)
      return .unary { try await handler(request, context).serializedBytes() }
    }
  }

  /// A server-streaming procedure: the stream ends when the handler returns or throws. The handler starts and
  /// is cancelled as that of `unary`.
  @inlinable
  public mutating func stream<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    _ handler: @escaping @Sendable (I, CallContext, ResponseStream<O>) async throws -> Void
  ) {
    add(name, .serverStreaming, isImmediate: false, access, I.self, O.self) { payload, context in
      let request = try I(borrowing: payload)
      return .stream { sink in
        try await handler(request, context, ResponseStream { try await sink.send($0.serializedBytes()) })
      }
    }
  }

  /// A server-streaming procedure that waits for changes: it is a task only while it does a round. The handler
  /// runs on the event loop and must not block; its watch ends at the deadline and when the caller is gone.
  @inlinable
  public mutating func watch<I: SwiftProtobuf.Message, W: Watch>(
    _ name: String,
    access: any AccessRule,
    _ handler: @escaping @Sendable (I, CallContext) throws -> W
  ) {
    add(name, .serverStreaming, isImmediate: false, access, I.self, W.Response.self) { payload, context in
      .watch(try handler(try I(borrowing: payload), context))
    }
  }

  /// The entry with exactly these bytes for a name. Makes no string.
  package func entry(service: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer) -> ProcedureEntry? {
    index.find(service: service, method: method).map { entries[$0] }
  }

  @usableFromInline
  mutating func add(
    _ name: String,
    _ kind: Procedure.Kind,
    isImmediate: Bool,
    _ access: any AccessRule,
    _ request: any SwiftProtobuf.Message.Type,
    _ response: any SwiftProtobuf.Message.Type,
    _ start: @escaping ProcedureEntry.Start
  ) {
    let name = ProcedureName(name)
    let isNew = index.insert(service: String(name.service), method: String(name.method))
    precondition(isNew, "procedure '\(name)' is in the table already")
    let procedure = Procedure(
      name: name,
      kind: kind,
      access: access,
      requestType: request.protoMessageName,
      responseType: response.protoMessageName
    )
    entries.append(
      ProcedureEntry(procedure: procedure, isImmediate: isImmediate, logger: logger, start: start)
    )
  }
}

extension SwiftProtobuf.Message {
  /// Decodes a request where it lies.
  @inlinable
  init(borrowing payload: UnsafeRawBufferPointer) throws {
    do {
      try self.init(serializedBytes: BorrowedBytes(payload))
    } catch {
      throw Failure.malformed(Self.protoMessageName, payload.count)
    }
  }
}

extension Failure {
  @usableFromInline
  static func malformed(_ type: String, _ count: Int) -> Failure {
    Failure(
      .invalidArgument,
      reason: .malformedRequest,
      "The request's \(count) bytes are no valid \(type)."
    )
  }
}
