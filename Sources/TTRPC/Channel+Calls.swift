import NIOCore
import RPC

/// From a request frame to its answer.
extension ServerChannelHandler {
  /// Reads the envelope, finds the procedure and starts it. A synchronous handler is answered here.
  ///
  /// A call counts from its turn: those that were read together began together.
  func handle(_ frame: Frame) {
    let started = now
    var meter = table.unknownMeter
    do throws(Failure) {
      let envelope = try readEnvelope(frame)
      let answer: [UInt8]? = try frame.data.withBytes { bytes throws(Failure) in
        let entry = try findEntry(envelope, bytes)
        meter = entry.meter
        return try start(entry, envelope, bytes, frame, started)
      }
      guard let answer else { return }
      try respond(answer, frame.streamID)
      meter.record(nil, from: started, to: .now)
    } catch {
      write { $0.failure(error, streamID: frame.streamID) }
      meter.record(error, from: started, to: .now)
    }
  }

  private func readEnvelope(_ frame: Frame) throws(Failure) -> RequestEnvelope {
    do {
      return try frame.data.withBytes { bytes throws(ProtobufReader.Malformed) in
        try RequestEnvelope(bytes, maximumPairs: limits.metadataPairs)
      }
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

  /// The answer of a synchronous handler; `nil` when a task will answer.
  private func start(
    _ entry: ProcedureEntry,
    _ envelope: RequestEnvelope,
    _ bytes: UnsafeRawBufferPointer,
    _ frame: Frame,
    _ started: ContinuousClock.Instant
  ) throws(Failure) -> [UInt8]? {
    guard envelope.timeoutNano >= 0 else { throw .deadlineExceeded }
    let kind = entry.procedure.kind
    guard kind == .unary || !frame.flags.isDisjoint(with: [.remoteOpen, .remoteClosed]) else {
      throw .streamingProcedure
    }
    if !entry.isImmediate, let refusal = machine.refusal(of: kind) { throw refusal }
    let deadline = envelope.timeoutNano == 0 ? nil : started + .nanoseconds(envelope.timeoutNano)
    let context = CallContext(
      procedure: entry.procedure.name,
      connection: connection,
      metadata: envelope.metadata,
      deadline: deadline
    )
    switch try entry.start(UnsafeRawBufferPointer(rebasing: bytes[envelope.payload]), context) {
    case .immediate(let answer):
      return answer
    case .unary(let body):
      machine.admit(frame, kind, deadline: deadline)
      runUnary(frame.streamID, entry, started, context, body)
    case .stream(let body):
      machine.admit(frame, kind, deadline: deadline)
      runStream(frame.streamID, entry, started, context, body)
    case .watch(let watch):
      machine.admit(frame, kind, deadline: deadline)
      runWatch(frame.streamID, entry, started, context, watch)
    }
    return nil
  }

  private func runUnary(
    _ streamID: UInt32,
    _ entry: ProcedureEntry,
    _ started: ContinuousClock.Instant,
    _ context: CallContext,
    _ body: @escaping @Sendable () async throws -> [UInt8]
  ) {
    calls[streamID] = RunningCall(entry: entry, started: started)
    let port = port
    let task = Task.immediate {
      let result: Result<[UInt8], Failure>
      do {
        result = .success(try await body())
      } catch {
        result = .failure(entry.failure(from: error, in: context))
      }
      // Cancelled is what has ended without its handler: nobody takes the answer, and the loop may be gone.
      if !Task.isCancelled { port.run { $0.finish(streamID, result) } }
    }
    calls[streamID]?.task = task
  }

  private func runStream(
    _ streamID: UInt32,
    _ entry: ProcedureEntry,
    _ started: ContinuousClock.Instant,
    _ context: CallContext,
    _ body: @escaping @Sendable (any ResponseSink) async throws -> Void
  ) {
    let port = port
    let sink = makeSink(streamID)
    calls[streamID] = RunningCall(entry: entry, started: started, sink: sink)
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
    _ started: ContinuousClock.Instant,
    _ context: CallContext,
    _ watch: any Watch
  ) {
    let port = port
    let sink = makeSink(streamID)
    let running = RunningWatch(watch, sink: sink) { error in
      let failure = error.map { entry.failure(from: $0, in: context) }
      port.run { $0.finishStream(streamID, failure) }
    }
    calls[streamID] = RunningCall(entry: entry, started: started, sink: sink, watch: running)
    running.start()
  }

  private func makeSink(_ streamID: UInt32) -> StreamSink {
    let port = port
    return StreamSink(limit: limits.streamQueuedBytes, maximumMessage: limits.messageBytes) {
      port.loop.execute { port.handler.value.send(streamID) }
    }
  }

  private func respond(_ answer: [UInt8], _ streamID: UInt32) throws(Failure) {
    var failure: Failure?
    write { writer in
      do throws(Failure) {
        try writer.response(answer, streamID: streamID)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// A unary handler's task is done. An answer to a call that was ended meanwhile is dropped.
  private func finish(_ streamID: UInt32, _ result: Result<[UInt8], Failure>) {
    turn { handler in
      guard handler.machine.complete(streamID, at: handler.now) else { return }
      guard let call = handler.calls.removeValue(forKey: streamID) else { return }
      do throws(Failure) {
        try handler.respond(try result.get(), streamID)
        call.entry.meter.record(nil, from: call.started, to: .now)
      } catch {
        handler.write { $0.failure(error, streamID: streamID) }
        call.entry.meter.record(error, from: call.started, to: .now)
      }
    }
  }

  // MARK: Streams

  /// A streaming handler's task is done: what it sent goes out, then the end.
  private func finishStream(_ streamID: UInt32, _ failure: Failure?) {
    turn { handler in
      guard let call = handler.calls[streamID], let sink = call.sink else { return }
      handler.write { writer in
        for message in sink.take() { writer.message(message, streamID: streamID) }
        if let failure {
          writer.failure(failure, streamID: streamID)
        } else {
          writer.end(streamID: streamID)
        }
      }
      _ = handler.machine.complete(streamID, at: handler.now)
      handler.calls[streamID] = nil
      call.entry.meter.record(failure, from: call.started, to: .now)
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
      handler.write { writer in
        for message in sink.take() { writer.message(message, streamID: streamID) }
      }
    }
  }

  /// The peer has read: the streams that wait send in the order of their waiting, until it is too much again.
  func sendWaitingStreams() {
    while !machine.isBlocked, let streamID = waitingStreams.popFirst() { send(streamID) }
  }
}

extension ByteBuffer {
  /// The readable bytes, valid for the length of the call. Inlined: it stands in the way of every request.
  @inline(__always)
  func withBytes<Result, Fault: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    let outcome: Swift.Result<Result, Fault> = withUnsafeReadableBytes { bytes in
      do throws(Fault) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
