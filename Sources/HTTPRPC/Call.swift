import NIOCore
public import RPC
import Transport

/// One call over HTTP, from the head of its request to the end of its answer. On its connection's event loop.
///
/// It starts when its one request is here, or, where it takes many, at once. The head of its answer goes out with
/// the first message, or with the end.
// SAFETY: all of it is touched on its event loop only; what comes from elsewhere gets there by `onLoop`.
final class Call: @unchecked Sendable {
  enum Progress {
    /// The request is not complete, or its caller not known.
    case preparing
    case running
    case ended
  }

  let entry: ProcedureEntry
  let context: CallContext
  let service: HTTPService
  let exchange: any Exchange
  let loop: any EventLoop
  /// How its answers are written, without what a handler adds.
  let bareAnswer: Answer

  var incoming: IncomingMessages
  var progress = Progress.preparing
  var isAuthenticating = false
  /// What has come while it is not known who calls, and whether that was all.
  private var held: (bytes: [UInt8], isAll: Bool) = ([], false)
  var isHeadSent = false
  /// The one request, once it is complete.
  var request: IncomingMessage?
  /// The requests of a call that takes many.
  var requests: RequestQueue<IncomingMessage>?
  /// Bytes that came and for which the peer has no credit yet.
  var owed = 0
  /// Bytes that are counted among the connection's.
  var unfinished = 0
  var sink: StreamSink?
  var task: Task<Void, Never>?
  var watch: RunningWatch?
  var deadline: Scheduled<Void>?

  init(
    _ entry: ProcedureEntry, _ intent: Intent, _ context: CallContext, _ service: HTTPService,
    exchange: any Exchange
  ) {
    self.entry = entry
    self.context = context
    self.service = service
    self.exchange = exchange
    loop = exchange.loop
    incoming = IncomingMessages(intent)
    bareAnswer = Answer(
      dialect: intent.dialect, domain: service.table.domain, takesGzip: intent.takesGzip)
    CallsInFlight.begin()
  }

  var codec: Codec { bareAnswer.dialect.codec }
  var takesMany: Bool {
    switch entry.procedure.kind {
    case .unary, .serverStreaming: false
    case .clientStreaming, .bidirectional: true
    }
  }

  /// Bytes of one request, compressed or not: fewer of those who are not known.
  var messageLimit: Int {
    let limits = service.limits
    let isStranger = service.authenticate != nil && !context.connection.isKnown
    return isStranger ? min(limits.strangerMessageBytes, limits.messageBytes) : limits.messageBytes
  }

  /// Runs `body` on the loop: at once when already there. From any thread.
  func onLoop(_ body: @escaping @Sendable (Call) -> Void) {
    if loop.inEventLoop {
      body(self)
    } else {
      loop.execute { body(self) }
    }
  }

  /// The whole request is here, or nobody waits for the rest.
  var isRequestComplete: Bool { incoming.isComplete || held.isAll || progress == .ended || takesMany }

  // MARK: The request

  /// To be called once, before anything below.
  func begin() {
    context.connection.attach { [self] failure, ending in
      // Always by way of the loop: what a handler answers beside closing goes out first.
      loop.execute { [self] in closeAsAsked(failure, ending) }
    }
    if takesMany { requests = RequestQueue { [self] in onLoop { $0.credit() } } }
    if let work = service.authenticate?(context) {
      authenticate(work)
    } else if takesMany {
      startMany()
    }
  }

  /// More of the request will come, though not in this tick.
  func awaitRest() {
    if !isRequestComplete { awaitDeadline() }
  }

  /// A piece of the request's body.
  ///
  /// - Parameter isAll: nothing came before it, and nothing will follow.
  func received(_ bytes: UnsafeRawBufferPointer, isAll: Bool = false) {
    owed += bytes.count
    guard progress != .ended else { return credit() }
    guard !isAuthenticating else { return held.bytes.append(contentsOf: bytes) }
    do throws(Failure) {
      // Most requests are here with their head, and are read where they lie.
      if isAll, requests == nil, let message = try incoming.only(in: bytes, limit: messageLimit) {
        credit()
        return start(message, isCompressed: false)
      }
      try incoming.read(bytes, limit: messageLimit) { message throws(Failure) in try take(message) }
      try countUnfinished(incoming.waitingBytes + (requests == nil ? request?.bytes.count ?? 0 : 0))
    } catch {
      fail(error)
    }
    // What waits for a handler holds the peer back.
    if requests?.isEmpty ?? true { credit() }
  }

  private func countUnfinished(_ bytes: Int) throws(Failure) {
    guard bytes != unfinished else { return }
    let isAllowed = exchange.unfinished.add(bytes - unfinished)
    unfinished = bytes
    guard isAllowed else { throw .tooMuchUnfinished }
  }

  /// What came before the caller was known.
  func resumeReceiving() {
    let (bytes, isAll) = held
    held = ([], false)
    owed -= bytes.count
    if !bytes.isEmpty { bytes.withUnsafeBytes { received($0) } }
    if isAll { receivedEnd() }
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
      request = message
    }
  }

  /// The request is complete.
  func receivedEnd() {
    guard progress != .ended, !incoming.isComplete else { return }
    guard !isAuthenticating else {
      held.isAll = true
      return
    }
    do throws(Failure) {
      if let last = try incoming.end() { try take(last) }
      try countUnfinished(0)
      if let requests { return requests.finish() }
      guard let request else { throw .noRequest }
      self.request = nil
      let bytes = try request.decompressed(limit: messageLimit)
      bytes.withUnsafeBytes { start($0, isCompressed: request.isGzip) }
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

  /// As the application asks for it.
  private func closeAsAsked(_ failure: Failure, _ ending: Connection.Ending) {
    switch ending {
    case .atOnce: fail(failure)
    case .whenAnswered: drain(failure)
    }
  }

  /// A stream ends, after what it has sent; and what has one answer may still give it.
  func drain(_ failure: Failure) {
    if entry.procedure.kind != .unary { finishStream(failure) }
  }
}

/// Finds out who calls, before access is checked: gives the work that this takes, or `nil` when there is none to do.
/// It sees the call's metadata, and puts what it learns on the call's connection. What the work throws is told to the
/// caller.
public typealias Authenticator = @Sendable (CallContext) -> (@Sendable () async throws -> Void)?

extension Failure {
  static let tooMuchUnfinished = Failure(
    .resourceExhausted, reason: .requestTooLarge,
    "The requests of this connection that are not complete are too large together; send fewer at once.")
  /// gRPC and Connect count this as a procedure that is not there.
  static let tooManyRequests = Failure(
    .unimplemented, reason: .malformedRequest, "This procedure takes one request message; there are more.")
  static let noRequest = Failure(
    .unimplemented, reason: .malformedRequest, "This procedure takes one request message; there is none.")
}
