internal import Logging

/// A procedure with its handler, as wires run it.
@usableFromInline
package final class ProcedureEntry: Sendable {
  /// A unary handler with its request. It runs where its caller does: each change of place has its price.
  @usableFromInline
  package typealias Unary = nonisolated(nonsending) @Sendable () async throws -> [UInt8]

  /// What a handler has become once the request is decoded. A synchronous one is done by then.
  @usableFromInline
  package enum Started: Sendable {
    case immediate([UInt8])
    case unary(Unary)
    case stream(@Sendable (any ResponseSink) async throws -> Void)
    /// For a `RunningWatch`.
    case watch(any Watch)
  }

  /// A handler that reads requests as they come. A client-streaming one sends its one response as the last thing.
  @usableFromInline
  package typealias Streaming = @Sendable (any RequestSource, any ResponseSink) async throws -> Void

  @usableFromInline
  typealias Start = @Sendable (UnsafeRawBufferPointer, Codec, CallContext) throws -> Started
  @usableFromInline
  typealias StartStreaming = @Sendable (Codec, CallContext) -> Streaming

  /// Takes one request, or many.
  enum Body: Sendable {
    case one(Start)
    case many(StartStreaming)
  }

  package let procedure: Procedure
  package let meter: CallMeter
  /// The handler is synchronous: `start` answers.
  package let isImmediate: Bool
  private let logger: Logger
  private let log: CallLog
  private let body: Body

  init(_ procedure: Procedure, isImmediate: Bool, logger: Logger, log: CallLog, _ body: Body) {
    self.procedure = procedure
    self.meter = CallMeter(procedure: procedure.name.description)
    self.isImmediate = isImmediate
    self.logger = logger
    self.log = log
    self.body = body
  }

  /// Checks access, then decodes the request; a synchronous handler runs here and now. `payload` is not
  /// kept. For procedures that take one request.
  package func start(
    _ payload: UnsafeRawBufferPointer, _ context: CallContext, as codec: Codec = .binary
  ) throws(Failure) -> Started {
    guard case .one(let start) = body else { throw .manyRequests }
    try procedure.access.check(context)
    do {
      return try start(payload, codec, context)
    } catch {
      throw failure(from: error, in: context)
    }
  }

  /// Checks access. For procedures that take many requests.
  package func startStreaming(_ context: CallContext, as codec: Codec) throws(Failure) -> Streaming {
    guard case .many(let start) = body else { preconditionFailure("\(procedure.name) takes one request") }
    try procedure.access.check(context)
    return start(codec, context)
  }

  /// A call has ended: it is counted, and what went wrong is written down.
  ///
  /// - Parameters:
  ///   - failure: `nil` for success.
  ///   - number: of the call, on its connection.
  package func ended(
    _ failure: Failure?, from start: MonotonicInstant, number: UInt32, on connection: Connection
  ) {
    let end = MonotonicInstant.now
    meter.record(failure, from: start, to: end)
    guard let failure else { return }
    log.write(failure, of: procedure.name, number: number, on: connection, from: start, to: end)
  }

  /// What the caller is told of an error that left the handler.
  package func failure(from error: any Error, in context: CallContext) -> Failure {
    switch error {
    case let failure as Failure:
      return failure
    case is CancellationError:
      guard let deadline = context.deadline, deadline <= .now else { return .cancelled }
      return .deadlineExceeded
    default:
      logger.error(
        "a handler failed",
        metadata: [
          "procedure": "\(procedure.name)", "call": "\(context.id)", "error": "\(error)",
        ]
      )
      return Failure(
        .internal,
        reason: .internalError,
        "The server failed at \(procedure.name.method); its log says more. Try again later."
      )
    }
  }
}

extension Failure {
  /// What every wire says when a call's time is over.
  package static let deadlineExceeded = Failure(
    .deadlineExceeded,
    reason: .deadlineExceeded,
    "The call was not done within the time its caller gave it."
  )

  /// What a wire says that carries one request a call.
  package static let manyRequests = Failure(
    .unimplemented,
    reason: .streamingProcedure,
    "This procedure takes many requests, and this wire carries one a call; call it over gRPC."
  )

  /// What every wire says when a caller gives a call up.
  package static let cancelled = Failure(.cancelled, reason: .cancelled, "The caller gave the call up.")
}
