public import Logging
public import SwiftProtobuf

/// The procedures of a server, declared once for every wire.
///
/// Built when the program starts and not changed after a wire got it. Naming a procedure twice is a
/// programmer's fault and stops the program.
public struct ProcedureTable: Sendable {
  /// Whose failure reasons these are: `ErrorInfo.domain` of every failure sent. Where it is empty no `ErrorInfo` is.
  public let domain: String
  private let logger: Logger
  private let log: CallLog
  private var index = ProcedureIndex()
  private var entries: [ProcedureEntry] = []
  /// Counts the calls to procedures that do not exist, under one name.
  package let unknownMeter = CallMeter(procedure: "unknown")

  /// - Parameter describeCaller: what logs say of who calls: ids, and never what people wrote.
  public init(
    domain: String = "", logger: Logger,
    describeCaller: @escaping @Sendable (Connection) -> [String: String] = { _ in [:] }
  ) {
    self.domain = domain
    self.logger = logger
    self.log = CallLog(logger, describe: describeCaller)
  }

  public var procedures: [Procedure] { entries.map(\.procedure) }

  /// A unary procedure whose handler runs on the event loop: the fastest way, and one that must not block,
  /// nor compute for more than some tens of microseconds.
  ///
  /// - Parameter isSideEffectFree: it only reads, so that callers may ask by HTTP GET, and caches may answer.
  @inlinable
  public mutating func immediate<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    isSideEffectFree: Bool = false,
    _ handler: @escaping @Sendable (I, CallContext) throws -> O
  ) {
    add(name, .unary, access, isSideEffectFree: isSideEffectFree, isImmediate: true, I.self, O.self) {
      payload, codec, context in
      .immediate(try handler(try I(borrowing: payload, as: codec), context).encoded(as: codec))
    }
  }

  /// A unary procedure whose handler may wait. It starts on the event loop: what it does before it first
  /// suspends must not block. Its task is cancelled at the deadline and when the caller is gone.
  ///
  /// - Parameter isSideEffectFree: as that of `immediate`.
  @inlinable
  public mutating func unary<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    isSideEffectFree: Bool = false,
    _ handler: nonisolated(nonsending) @escaping @Sendable (I, CallContext) async throws -> O
  ) {
    add(name, .unary, access, isSideEffectFree: isSideEffectFree, I.self, O.self) { payload, codec, context in
      let request = try I(borrowing: payload, as: codec)
      return .unary { try await handler(request, context).encoded(as: codec) }
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
    add(name, .serverStreaming, access, I.self, O.self) { payload, codec, context in
      let request = try I(borrowing: payload, as: codec)
      return .stream { sink in
        try await handler(request, context, ResponseStream(sink, codec))
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
    add(name, .serverStreaming, access, I.self, W.Response.self) { payload, codec, context in
      .watch(try handler(try I(borrowing: payload, as: codec), context))
    }
  }

  /// A client-streaming procedure: its handler reads the requests as they come, and answers when it has read
  /// enough. It starts and is cancelled as that of `unary`. On wires that carry one request a call it is refused.
  @inlinable
  public mutating func clientStream<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    _ handler: @escaping @Sendable (RequestStream<I>, CallContext) async throws -> O
  ) {
    addStreaming(name, .clientStreaming, access, I.self, O.self) { codec, context in
      { source, sink in
        let response = try await handler(RequestStream(source, codec), context)
        try await ResponseStream(sink, codec).send(response)
      }
    }
  }

  /// A bidirectional procedure: its handler reads and answers in any order. It starts and is cancelled as that of
  /// `unary`. On wires that carry one request a call it is refused.
  @inlinable
  public mutating func bidirectional<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    access: any AccessRule,
    _ handler: @escaping @Sendable (RequestStream<I>, CallContext, ResponseStream<O>) async throws -> Void
  ) {
    addStreaming(name, .bidirectional, access, I.self, O.self) { codec, context in
      { source, sink in
        try await handler(RequestStream(source, codec), context, ResponseStream(sink, codec))
      }
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
    _ access: any AccessRule,
    isSideEffectFree: Bool = false,
    isImmediate: Bool = false,
    _ request: any SwiftProtobuf.Message.Type,
    _ response: any SwiftProtobuf.Message.Type,
    _ start: @escaping ProcedureEntry.Start
  ) {
    add(
      Procedure(
        name: ProcedureName(name), kind: kind, isSideEffectFree: isSideEffectFree, access: access,
        requestType: request.protoMessageName, responseType: response.protoMessageName),
      isImmediate: isImmediate, .one(start))
  }

  @usableFromInline
  mutating func addStreaming(
    _ name: String,
    _ kind: Procedure.Kind,
    _ access: any AccessRule,
    _ request: any SwiftProtobuf.Message.Type,
    _ response: any SwiftProtobuf.Message.Type,
    _ start: @escaping ProcedureEntry.StartStreaming
  ) {
    add(
      Procedure(
        name: ProcedureName(name), kind: kind, isSideEffectFree: false, access: access,
        requestType: request.protoMessageName, responseType: response.protoMessageName),
      isImmediate: false, .many(start))
  }

  private mutating func add(_ procedure: Procedure, isImmediate: Bool, _ body: ProcedureEntry.Body) {
    let name = procedure.name
    let isNew = index.insert(service: String(name.service), method: String(name.method))
    precondition(isNew, "procedure '\(name)' is in the table already")
    entries.append(ProcedureEntry(procedure, isImmediate: isImmediate, logger: logger, log: log, body))
  }
}

/// A table to look in and nothing else: whoever calls a table's own method copies its references.
package final class ProcedureDirectory: Sendable {
  private let table: ProcedureTable

  package init(_ table: ProcedureTable) { self.table = table }

  package func entry(service: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer) -> ProcedureEntry? {
    table.entry(service: service, method: method)
  }
}

extension RequestStream {
  /// Requests that come encoded.
  @usableFromInline
  init(_ source: any RequestSource, _ codec: Codec) {
    self.init {
      guard let bytes = try await source.next() else { return nil }
      return try bytes.withUnsafeBytes { try Request(borrowing: $0, as: codec) }
    }
  }
}
