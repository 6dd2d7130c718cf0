import NIOCore
import RPC
import Transport

/// From a complete request to the handler's end.
extension Call {
  func authenticate(_ work: @escaping @Sendable () async throws -> Void) {
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

  func authenticated(_ failure: Failure?) {
    guard progress != .ended else { return }
    isAuthenticating = false
    task = nil
    if let failure { return fail(failure) }
    if takesMany { startMany() } else { startOne() }
  }

  /// Starts the handler of one request, when that and its caller are known.
  func startOne() {
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
  func startMany() {
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

  func runUnary(_ body: @escaping ProcedureEntry.Unary) {
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

  func runStream(_ body: @escaping @Sendable (any ResponseSink) async throws -> Void) {
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

  func runWatch(_ watch: any Watch) {
    let port = port
    let running = RunningWatch(watch, as: codec, sink: makeSink()) { [entry, context] error in
      let failure = error.map { entry.failure(from: $0, in: context) }
      port.run { $0.finishStream(failure) }
    }
    self.watch = running
    awaitDeadline()
    running.start()
  }

  func makeSink() -> StreamSink {
    let port = port
    let limits = surroundings.limits
    let sink = StreamSink(limit: limits.streamQueuedBytes, maximumMessage: limits.messageBytes) {
      port.loop.execute { port.call.value.sendWhatWaits() }
    }
    self.sink = sink
    return sink
  }

  func awaitDeadline() {
    guard deadline == nil, progress != .ended, let instant = context.deadline else { return }
    let port = port
    deadline = surroundings.loop.scheduleTask(in: .until(instant)) {
      // What rings early, because an hour is the most that a timer takes, looks again.
      port.call.value.deadlineRang()
    }
  }

  func deadlineRang() {
    deadline = nil
    guard let instant = context.deadline, instant > .now else { return fail(.deadlineExceeded) }
    awaitDeadline()
  }
}
