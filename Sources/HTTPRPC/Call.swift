import NIOCore
public import RPC
import Transport

/// One call over HTTP, from the head of its request to the end of its answer. On its connection's event loop.
///
/// It starts when its one request is here, or, where it takes many, at once. The head of its answer goes out with
/// the first message, or with the end.
final class Call {
  /// What a call needs of its server.
  struct Surroundings {
    let limits: Limits
    /// Whose failure reasons are sent.
    let domain: String
    /// Says what is to be done before access is checked; `nil` for nothing.
    let authenticate: Authenticator?
    let loop: any EventLoop
  }

  enum Progress {
    /// The request is not complete, or its caller not known.
    case preparing
    case running
    case ended
  }

  let entry: ProcedureEntry
  let context: CallContext
  let surroundings: Surroundings
  let exchange: any Exchange
  let started: MonotonicInstant

  var incoming: IncomingMessages
  var answer: Answer
  var progress = Progress.preparing
  var isAuthenticating = false
  var isHeadSent = false
  /// The one request, once it is complete.
  var request: [UInt8]?
  /// The requests of a call that takes many.
  var requests: RequestQueue<IncomingMessage>?
  /// Bytes that came and for which the peer has no credit yet.
  var owed = 0
  var sink: StreamSink?
  var task: Task<Void, Never>?
  var watch: RunningWatch?
  var deadline: Scheduled<Void>?

  init(
    _ entry: ProcedureEntry, _ intent: Intent, _ context: CallContext, _ surroundings: Surroundings,
    exchange: any Exchange, started: MonotonicInstant
  ) {
    self.entry = entry
    self.context = context
    self.surroundings = surroundings
    self.exchange = exchange
    self.started = started
    self.incoming = IncomingMessages(intent, limit: surroundings.limits.messageBytes)
    self.answer = Answer(dialect: intent.dialect, domain: surroundings.domain, takesGzip: intent.takesGzip)
  }

  var codec: Codec { answer.dialect.codec }
  var takesMany: Bool {
    switch entry.procedure.kind {
    case .unary, .serverStreaming: false
    case .clientStreaming, .bidirectional: true
    }
  }

  /// The way back to the call from other threads.
  var port: Port {
    Port(loop: surroundings.loop, call: NIOLoopBound(self, eventLoop: surroundings.loop))
  }

  struct Port: Sendable {
    let loop: any EventLoop
    let call: NIOLoopBound<Call>

    /// Runs `body` on the loop: at once when already there.
    func run(_ body: @escaping @Sendable (Call) -> Void) {
      if loop.inEventLoop {
        body(call.value)
      } else {
        loop.execute { body(call.value) }
      }
    }
  }

  /// The whole request is here, or nobody waits for the rest.
  var isRequestComplete: Bool { incoming.isComplete || progress == .ended || takesMany }

  // MARK: The request

  /// To be called once, before anything below.
  func begin() {
    let port = port
    // Always by way of the loop: what a handler answers beside closing goes out first.
    context.connection.attach { failure in port.loop.execute { port.call.value.fail(failure) } }
    if takesMany { requests = RequestQueue { port.run { $0.credit() } } }
    if let work = surroundings.authenticate?(context) {
      authenticate(work)
    } else if takesMany {
      startMany()
    }
  }

  /// More of the request will come, though not in this tick.
  func awaitRest() {
    if !incoming.isComplete { awaitDeadline() }
  }

  /// A piece of the request's body.
  func received(_ bytes: UnsafeRawBufferPointer) {
    owed += bytes.count
    guard progress != .ended else { return credit() }
    do throws(Failure) {
      try incoming.append(bytes)
      while let message = try incoming.next() { try take(message) }
    } catch {
      fail(error)
    }
    // What waits for a handler holds the peer back.
    if requests?.isEmpty ?? true { credit() }
  }

  /// Lets the peer send as many bytes again as have come.
  func credit() {
    guard owed > 0 else { return }
    exchange.consumed(owed)
    owed = 0
  }

  private func take(_ message: IncomingMessage) throws(Failure) {
    if let requests {
      requests.put(message)
    } else {
      guard request == nil else { throw .tooManyRequests }
      request = try message.decompressed(limit: surroundings.limits.messageBytes)
    }
  }

  /// The request is complete.
  func receivedEnd() {
    guard progress != .ended else { return }
    do throws(Failure) {
      if let last = try incoming.end() { try take(last) }
      if let requests { return requests.finish() }
      guard request != nil else { throw .noRequest }
      startOne()
    } catch {
      fail(error)
    }
  }

  /// The caller has given the call up, or is gone: nobody takes an answer.
  func cancel(_ failure: Failure) {
    guard progress != .ended else { return }
    end(failure)
  }

  /// Ends the call, and tells the caller why.
  func fail(_ failure: Failure) {
    guard progress != .ended else { return }
    send(end: failure)
    end(failure)
  }

  /// The server goes down: streams end, and what has one answer may still give it.
  func drain() {
    if entry.procedure.kind != .unary { fail(.serverDraining) }
  }
}

/// Finds out who calls, before access is checked: gives the work that this takes, or `nil` when there is none to do.
/// It sees the call's metadata, and puts what it learns on the call's connection. What the work throws is told to the
/// caller.
public typealias Authenticator = @Sendable (CallContext) -> (@Sendable () async throws -> Void)?

extension Failure {
  /// gRPC and Connect count this as a procedure that is not there.
  static let tooManyRequests = Failure(
    .unimplemented, reason: .malformedRequest, "This procedure takes one request message; there are more.")
  static let noRequest = Failure(
    .unimplemented, reason: .malformedRequest, "This procedure takes one request message; there is none.")
}
