import NIOCore
import RPC
import Transport

/// From a request frame to its answer.
extension ServerChannelHandler {
  /// Reads the envelope, finds the procedure and starts it. A handler that has ended by then is answered here.
  ///
  /// A call counts from its turn: those that were read together began together.
  func handle(_ frame: Frame) {
    let started = now
    var found: ProcedureEntry?
    do throws(Failure) {
      let answer: [UInt8]? = try frame.data.readableBytesSpan.withUnsafeBytes { bytes throws(Failure) in
        let envelope = try readEnvelope(bytes)
        let entry = try findEntry(envelope, bytes)
        found = entry
        return try start(entry, envelope, bytes, frame, started)
      }
      guard let answer else { return }
      try write { writer throws(Failure) in try writer.response(answer, streamID: frame.streamID) }
      found?.ended(nil, from: started, number: frame.streamID, on: connection)
    } catch {
      write { $0.failure(error, streamID: frame.streamID) }
      if let found {
        found.ended(error, from: started, number: frame.streamID, on: connection)
      } else {
        table.unknownMeter.record(error, from: started, to: .now)
      }
    }
  }

  /// A call that waits: it is in flight until `ended`.
  private func began(_ streamID: UInt32, _ call: RunningCall) {
    calls[streamID] = call
    CallsInFlight.begin()
  }

  /// A call that `began` has ended.
  func ended(_ streamID: UInt32, _ call: RunningCall, _ failure: Failure?) {
    CallsInFlight.end()
    call.entry.ended(failure, from: call.started, number: streamID, on: connection)
  }

  private func readEnvelope(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> RequestEnvelope {
    do {
      return try RequestEnvelope(bytes, maximumPairs: limits.metadataPairs)
    } catch {
      throw .malformedRequest
    }
  }

  private func findEntry(
    _ envelope: RequestEnvelope,
    _ bytes: UnsafeRawBufferPointer
  ) throws(Failure) -> ProcedureEntry {
    let service = UnsafeRawBufferPointer(rebasing: bytes[envelope.service])
    let method = UnsafeRawBufferPointer(rebasing: bytes[envelope.method])
    if let entry = table.entry(service: service, method: method) { return entry }
    throw .unknownProcedure(
      "\(String(decoding: service, as: UTF8.self))/\(String(decoding: method, as: UTF8.self))")
  }

  /// The answer of a handler that has ended; `nil` when a task will answer.
  private func start(
    _ entry: ProcedureEntry,
    _ envelope: RequestEnvelope,
    _ bytes: UnsafeRawBufferPointer,
    _ frame: Frame,
    _ started: MonotonicInstant
  ) throws(Failure) -> [UInt8]? {
    guard envelope.timeoutNano >= 0 else { throw .deadlineExceeded }
    let kind = entry.procedure.kind
    guard kind == .unary || !frame.flags.isDisjoint(with: [.remoteOpen, .remoteClosed]) else {
      throw .streamingProcedure
    }
    if !entry.isImmediate, let refusal = machine.refusal(of: kind) { throw refusal }
    let context = CallContext(
      procedure: entry.procedure.name,
      connection: connection,
      metadata: envelope.metadata,
      deadline: envelope.timeoutNano == 0 ? nil : started.advanced(nanoseconds: envelope.timeoutNano),
      number: frame.streamID
    )
    switch try entry.start(UnsafeRawBufferPointer(rebasing: bytes[envelope.payload]), context) {
    case .immediate(let answer):
      return answer
    case .unary(let body):
      return try runUnary(frame, entry, started, context, body)
    case .stream(let body):
      machine.admit(frame, kind, deadline: context.deadline)
      runStream(frame.streamID, entry, started, context, body)
      return nil
    case .watch(let watch):
      machine.admit(frame, kind, deadline: context.deadline)
      runWatch(frame.streamID, entry, started, context, watch)
      return nil
    }
  }

  /// The handler's answer where it ended before it first waited; else its call is in flight from now on.
  private func runUnary(
    _ frame: Frame,
    _ entry: ProcedureEntry,
    _ started: MonotonicInstant,
    _ context: CallContext,
    _ body: @escaping ProcedureEntry.Unary
  ) throws(Failure) -> [UInt8]? {
    let streamID = frame.streamID
    let slot = AnswerSlot()
    let task = Task.immediate { [port] in
      let answer: AnswerSlot.Answer
      do {
        answer = .success(try await body())
      } catch {
        answer = .failure(error)
      }
      // Cancelled is what has ended without its handler: nobody takes the answer, and the loop may be gone.
      guard !slot.leave(answer), !Task.isCancelled else { return }
      let outcome = answer.mapError { entry.failure(from: $0, in: context) }
      port.run { $0.finish(streamID, outcome) }
    }
    switch slot.take() {
    case .success(let answer): return answer
    case .failure(let error): throw entry.failure(from: error, in: context)
    case nil: break
    }
    machine.admit(frame, .unary, deadline: context.deadline)
    began(streamID, RunningCall(entry: entry, started: started, task: task))
    return nil
  }

  private func runStream(
    _ streamID: UInt32,
    _ entry: ProcedureEntry,
    _ started: MonotonicInstant,
    _ context: CallContext,
    _ body: @escaping @Sendable (any ResponseSink) async throws -> Void
  ) {
    let port = port
    let sink = makeSink(streamID)
    began(streamID, RunningCall(entry: entry, started: started, sink: sink.queue))
    let task = Task.immediate {
      var failure: Failure?
      do {
        try await body(sink)
      } catch {
        failure = entry.failure(from: error, in: context)
      }
      if !Task.isCancelled { port.run { [failure] in $0.finishStream(streamID, failure) } }
    }
    calls[streamID]?.task = task
  }

  private func runWatch(
    _ streamID: UInt32,
    _ entry: ProcedureEntry,
    _ started: MonotonicInstant,
    _ context: CallContext,
    _ watch: any Watch
  ) {
    let port = port
    let sink = makeSink(streamID)
    let running = RunningWatch(watch, sink: sink) { error in
      let failure = error.map { entry.failure(from: $0, in: context) }
      port.run { $0.finishStream(streamID, failure) }
    }
    began(streamID, RunningCall(entry: entry, started: started, sink: sink.queue, watch: running))
    running.start()
  }

  private func makeSink(_ streamID: UInt32) -> FramingSink {
    let port = port
    let queue = StreamSink(limit: limits.streamQueuedBytes) {
      port.loop.execute { port.handler.value.send(streamID) }
    }
    return FramingSink(streamID: streamID, maximumMessage: limits.messageBytes, queue: queue)
  }

  /// A unary handler's task is done. An answer to a call that was ended meanwhile is dropped.
  private func finish(_ streamID: UInt32, _ outcome: Result<[UInt8], Failure>) {
    turn { handler in
      guard handler.machine.complete(streamID, at: handler.now) else { return }
      guard let call = handler.calls.removeValue(forKey: streamID) else { return }
      do throws(Failure) {
        let answer = try outcome.get()
        try handler.write { writer throws(Failure) in try writer.response(answer, streamID: streamID) }
        handler.ended(streamID, call, nil)
      } catch {
        handler.write { $0.failure(error, streamID: streamID) }
        handler.ended(streamID, call, error)
      }
    }
  }

  // MARK: Streams

  /// A streaming handler's task is done: what it sent goes out, then the end.
  private func finishStream(_ streamID: UInt32, _ failure: Failure?) {
    turn { handler in
      guard let call = handler.calls[streamID], let sink = call.sink else { return }
      handler.write { writer in
        writer.frames(sink.take())
        if let failure {
          writer.failure(failure, streamID: streamID)
        } else {
          writer.end(streamID: streamID)
        }
      }
      _ = handler.machine.complete(streamID, at: handler.now)
      handler.calls[streamID] = nil
      handler.ended(streamID, call, failure)
    }
  }

  /// A stream has something to send. It goes out, or waits until the peer has read.
  private func send(_ streamID: UInt32) {
    turn { handler in
      guard let sink = handler.calls[streamID]?.sink else { return }
      guard !handler.machine.isBlocked else {
        handler.waitingStreams.append(streamID)
        return
      }
      handler.write { $0.frames(sink.take()) }
    }
  }

  /// The peer has read: the streams that wait send in the order of their waiting, until it is too much again.
  func sendWaitingStreams() {
    while !machine.isBlocked, let streamID = waitingStreams.popFirst() { send(streamID) }
  }
}

/// Frames the messages of a stream where they are sent: off the event loop.
private struct FramingSink: ResponseSink {
  let streamID: UInt32
  let maximumMessage: Int
  let queue: StreamSink

  func put(_ message: UnsafeRawBufferPointer) throws -> Bool {
    guard message.count <= maximumMessage else {
      throw Failure.responseTooLarge(message.count, maximumMessage)
    }
    return try queue.put { $0.writeDataFrame(message, streamID: streamID) }
  }

  nonisolated(nonsending) func roomIsMade() async throws { try await queue.roomIsMade() }
}
