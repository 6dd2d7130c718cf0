import NIOCore
import RPC
import Transport

/// From a complete request to the handler's end.
extension Call {
  func authenticate(_ work: @escaping @Sendable () async throws -> Void) {
    isAuthenticating = true
    let task = Task.immediate { [self] in
      let failure: Failure?
      do {
        try await work()
        failure = nil
      } catch {
        failure = entry.failure(from: error, in: context)
      }
      guard !Task.isCancelled else { return }
      onLoop { [failure] in $0.authenticated(failure) }
    }
    // It may have ended already, and the handler's task be there.
    if isAuthenticating { self.task = task }
    awaitDeadline()
  }

  func authenticated(_ failure: Failure?) {
    guard progress != .ended else { return }
    isAuthenticating = false
    task = nil
    if let failure { return fail(failure) }
    if takesMany { startMany() }
    resumeReceiving()
  }

  /// Starts the handler of one request.
  func start(_ request: UnsafeRawBufferPointer, isCompressed: Bool) {
    progress = .running
    if isCompressed { context.response?.isRequestCompressed = true }
    do throws(Failure) {
      switch try entry.start(request, context, as: codec) {
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
  func startMany() {
    progress = .running
    do throws(Failure) {
      let body = try entry.startStreaming(context, as: codec)
      guard let requests else { preconditionFailure("begun without a queue") }
      let source = MessageSource(
        queue: requests, limit: service.limits.messageBytes, metadata: context.response)
      runStream { sink in try await body(source, sink) }
    } catch {
      fail(error)
    }
  }

  func runUnary(_ body: @escaping ProcedureEntry.Unary) {
    let slot = AnswerSlot()
    let task = Task.immediate { [self] in
      let answer: AnswerSlot.Answer
      do {
        answer = .success(try await body())
      } catch {
        answer = .failure(error)
      }
      // Cancelled is what has ended without its handler: nobody takes the answer.
      guard !slot.leave(answer), !Task.isCancelled else { return }
      onLoop { $0.finish(answer) }
    }
    if let answer = slot.take() { return finish(answer) }
    self.task = task
    awaitDeadline()
  }

  func runStream(_ body: @escaping @Sendable (any ResponseSink) async throws -> Void) {
    let sink = makeSink()
    let task = Task.immediate { [self] in
      var failure: Failure?
      do {
        try await body(sink)
      } catch {
        failure = entry.failure(from: error, in: context)
      }
      guard !Task.isCancelled else { return }
      onLoop { [failure] in $0.finishStream(failure) }
    }
    guard progress != .ended else { return }
    self.task = task
    awaitDeadline()
  }

  func runWatch(_ watch: any Watch) {
    let running = RunningWatch(watch, as: codec, sink: makeSink()) { [self] error in
      let failure = error.map { entry.failure(from: $0, in: context) }
      onLoop { $0.finishStream(failure) }
    }
    self.watch = running
    awaitDeadline()
    running.start()
  }

  func makeSink() -> FramingSink {
    let limits = service.limits
    let sink = StreamSink(limit: limits.streamQueuedBytes) { [self] in
      loop.execute { [self] in sendWhatWaits() }
    }
    self.sink = sink
    return FramingSink(
      answer: bareAnswer, connection: context.connection, maximumMessage: limits.messageBytes, queue: sink)
  }

  func awaitDeadline() {
    guard deadline == nil, progress != .ended, let instant = context.deadline else { return }
    // What rings early, because an hour is the most that a timer takes, looks again.
    deadline = loop.scheduleTask(in: .until(instant)) { [self] in deadlineRang() }
  }

  func deadlineRang() {
    deadline = nil
    guard let instant = context.deadline, instant > .now else { return fail(.deadlineExceeded) }
    awaitDeadline()
  }
}

/// The requests of a call that takes many, each decompressed when the handler asks for it.
private struct MessageSource: RequestSource {
  let queue: RequestQueue<IncomingMessage>
  let limit: Int
  let metadata: ResponseMetadata?

  func next() async throws -> [UInt8]? {
    guard let message = try await queue.next() else { return nil }
    metadata?.isRequestCompressed = message.isGzip
    return try message.decompressed(limit: limit)
  }
}

/// Frames the messages of a stream where they are sent: off the event loop, and compressed or not as the handler
/// wants it just then.
struct FramingSink: ResponseSink {
  let answer: Answer
  let connection: Connection
  let maximumMessage: Int
  let queue: StreamSink

  func put(_ message: UnsafeRawBufferPointer) throws -> Bool {
    guard message.count <= maximumMessage else {
      throw Failure.responseTooLarge(message.count, maximumMessage)
    }
    guard answer.mayChangeMessages else {
      let prefix = Envelope.Prefix(flags: [], count: message.count)
      return try queue.put { prefix.write(to: &$0, before: message) }
    }
    let compression = connection.usedResponse?.compression ?? .automatic
    let framed = answer.framed(Array(message), compression: compression).bytes
    return try queue.put { $0.writeBytes(framed) }
  }

  nonisolated(nonsending) func roomIsMade() async throws { try await queue.roomIsMade() }
}
