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

  private enum Progress {
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

  private var incoming: IncomingMessages
  private var answer: Answer
  private var progress = Progress.preparing
  private var isAuthenticating = false
  private var isHeadSent = false
  /// The one request, once it is complete.
  private var request: [UInt8]?
  /// The requests of a call that takes many.
  private var requests: RequestQueue?
  private var sink: StreamSink?
  private var task: Task<Void, Never>?
  private var watch: RunningWatch?
  private var deadline: Scheduled<Void>?

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

  private var codec: Codec { answer.dialect.codec }
  private var takesMany: Bool {
    switch entry.procedure.kind {
    case .unary, .serverStreaming: false
    case .clientStreaming, .bidirectional: true
    }
  }

  /// The way back to the call from other threads.
  private var port: Port {
    Port(loop: surroundings.loop, call: NIOLoopBound(self, eventLoop: surroundings.loop))
  }

  private struct Port: Sendable {
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
    if let work = surroundings.authenticate?(context) {
      authenticate(work)
    } else if takesMany {
      startMany()
    }
  }

  /// A piece of the request's body.
  func received(_ bytes: UnsafeRawBufferPointer) {
    guard progress != .ended else { return exchange.consumed(bytes.count) }
    do throws(Failure) {
      try incoming.append(bytes)
      while let message = try incoming.next() { try take(message) }
    } catch {
      fail(error)
    }
    // What waits for a handler is counted when the handler takes it.
    if requests == nil { exchange.consumed(bytes.count) }
  }

  private func take(_ message: [UInt8]) throws(Failure) {
    if let requests {
      requests.put(message)
    } else {
      guard request == nil else { throw .tooManyRequests }
      request = message
    }
  }

  /// The request is complete.
  func receivedEnd() {
    guard progress != .ended else { return }
    do throws(Failure) {
      if let last = try incoming.end() { try take(last) }
      if let requests { return requests.finish() }
      guard request != nil || takesMany else { throw .noRequest }
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

  // MARK: The handler

  private func authenticate(_ work: @escaping @Sendable () async throws -> Void) {
    let port = port
    isAuthenticating = true
    task = Task.immediate { [entry, context] in
      let failure: Failure?
      do {
        try await work()
        failure = nil
      } catch {
        failure = entry.failure(from: error, in: context)
      }
      guard !Task.isCancelled else { return }
      port.run { $0.authenticated(failure) }
    }
    awaitDeadline()
  }

  private func authenticated(_ failure: Failure?) {
    guard progress != .ended else { return }
    isAuthenticating = false
    task = nil
    if let failure { return fail(failure) }
    if takesMany { startMany() } else { startOne() }
  }

  /// Starts the handler of one request, when that and its caller are known.
  private func startOne() {
    guard let request, incoming.isComplete, !isAuthenticating, progress == .preparing else { return }
    progress = .running
    self.request = []
    do throws(Failure) {
      let begun = try request.span.bytes.withUnsafeBytes { bytes throws(Failure) in
        try entry.start(bytes, context, as: codec)
      }
      switch begun {
      case .immediate(let answer): finish(.success(answer))
      case .unary(let body): runUnary(body)
      case .stream(let body): runStream(body)
      case .watch(let watch): runWatch(watch)
      }
    } catch {
      fail(error)
    }
  }

  /// Starts the handler of many requests, which come while it runs.
  private func startMany() {
    progress = .running
    do throws(Failure) {
      let body = try entry.startStreaming(context, as: codec)
      let port = port
      let requests = RequestQueue { count in port.run { $0.exchange.consumed(count) } }
      self.requests = requests
      if incoming.isComplete { requests.finish() }
      runStream { sink in try await body(requests, sink) }
    } catch {
      fail(error)
    }
  }

  private func runUnary(_ body: @escaping ProcedureEntry.Unary) {
    let slot = AnswerSlot()
    let port = port
    let task = Task.immediate {
      let answer: AnswerSlot.Answer
      do {
        answer = .success(try await body())
      } catch {
        answer = .failure(error)
      }
      // Cancelled is what has ended without its handler: nobody takes the answer.
      guard !slot.leave(answer), !Task.isCancelled else { return }
      port.run { $0.finish(answer) }
    }
    if let answer = slot.take() { return finish(answer) }
    self.task = task
    awaitDeadline()
  }

  private func runStream(_ body: @escaping @Sendable (any ResponseSink) async throws -> Void) {
    let port = port
    let sink = makeSink()
    self.task = Task.immediate { [entry, context] in
      var failure: Failure?
      do {
        try await body(sink)
      } catch {
        failure = entry.failure(from: error, in: context)
      }
      guard !Task.isCancelled else { return }
      port.run { [failure] in $0.finishStream(failure) }
    }
    awaitDeadline()
  }

  private func runWatch(_ watch: any Watch) {
    let port = port
    let running = RunningWatch(watch, as: codec, sink: makeSink()) { [entry, context] error in
      let failure = error.map { entry.failure(from: $0, in: context) }
      port.run { $0.finishStream(failure) }
    }
    self.watch = running
    awaitDeadline()
    running.start()
  }

  private func makeSink() -> StreamSink {
    let port = port
    let limits = surroundings.limits
    let sink = StreamSink(limit: limits.streamQueuedBytes, maximumMessage: limits.messageBytes) {
      port.loop.execute { port.call.value.sendWhatWaits() }
    }
    self.sink = sink
    return sink
  }

  private func awaitDeadline() {
    guard deadline == nil, progress != .ended, let instant = context.deadline else { return }
    let port = port
    deadline = surroundings.loop.scheduleTask(in: .until(instant)) {
      // What rings early, because an hour is the most that a timer takes, looks again.
      port.call.value.deadlineRang()
    }
  }

  private func deadlineRang() {
    deadline = nil
    guard let instant = context.deadline, instant > .now else { return fail(.deadlineExceeded) }
    awaitDeadline()
  }

  // MARK: The answer

  /// A unary handler is done.
  private func finish(_ outcome: AnswerSlot.Answer) {
    guard progress != .ended else { return }
    do {
      let message = try outcome.get()
      let maximum = surroundings.limits.messageBytes
      guard message.count <= maximum else { throw Failure.responseTooLarge(message.count, maximum) }
      send(only: message)
      end(nil)
    } catch {
      fail(entry.failure(from: error, in: context))
    }
  }

  /// A streaming handler is done: what it sent goes out, then the end.
  private func finishStream(_ failure: Failure?) {
    guard progress != .ended else { return }
    for message in sink?.take() ?? [] { send(message) }
    send(end: failure)
    end(failure)
  }

  /// A stream has something to send. It goes out, or waits until the peer has read.
  private func sendWhatWaits() {
    guard progress != .ended, let sink else { return }
    let limit = surroundings.limits.streamQueuedBytes
    guard exchange.waitingBytes <= limit else { return exchange.askForRoom(limit / 2) }
    for message in sink.take() { send(message) }
  }

  /// The peer has read.
  func roomIsMade() { sendWhatWaits() }

  /// An answer of one message.
  private func send(only message: [UInt8]) {
    noteMetadata()
    let (bytes, isGzip) = answer.framed(message, compression: compression)
    let end = answer.end(nil)
    let isAll = end.trailers.isEmpty
    exchange.respond(
      200, answer.headFields(isGzip: isGzip), length: isAll ? bytes.count + end.body.count : nil)
    exchange.write(bytes)
    if !end.body.isEmpty { exchange.write(end.body) }
    exchange.finish(end.trailers)
  }

  private func send(_ message: [UInt8]) {
    sendHead()
    exchange.write(answer.framed(message, compression: compression).bytes)
  }

  private func sendHead() {
    guard !isHeadSent else { return }
    isHeadSent = true
    noteMetadata()
    exchange.respond(200, answer.headFields(isGzip: false), length: nil)
  }

  private func send(end failure: Failure?) {
    noteMetadata()
    if let failure, !isHeadSent {
      let failed = answer.failed(failure)
      exchange.respond(failed.status, failed.fields, length: failed.body.count)
      exchange.write(failed.body)
      return exchange.finish([])
    }
    sendHead()
    let end = answer.end(failure)
    if !end.body.isEmpty { exchange.write(end.body) }
    exchange.finish(end.trailers)
  }

  private func noteMetadata() {
    guard let response = context.response else { return }
    if !isHeadSent { answer.headers = response.headers }
    answer.trailers = response.trailers
  }

  private var compression: ResponseMetadata.Compression { context.response?.compression ?? .automatic }

  /// Nothing more is sent or received.
  private func end(_ failure: Failure?) {
    progress = .ended
    deadline?.cancel()
    deadline = nil
    if let failure {
      task?.cancel()
      watch?.cancel()
      sink?.end(failure)
    }
    requests?.finish(failure ?? .connectionClosed)
    task = nil
    watch = nil
    sink = nil
    entry.meter.record(failure, from: started, to: .now)
    context.connection.ended()
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
