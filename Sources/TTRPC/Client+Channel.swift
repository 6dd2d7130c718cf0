import NIOCore
import NIOTLS
import RPC
import Transport

/// The shell around a client's state machine. Everything here runs on the channel's event loop.
final class ClientChannelHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Who waits for a call.
  enum Waiter {
    case unary(CheckedContinuation<Result<[UInt8], Failure>, Never>, ClientCall)
    case stream(AsyncThrowingStream<[UInt8], any Error>.Continuation, ClientCall)
  }

  struct Request: Sendable {
    let name: ProcedureName
    let payload: [UInt8]
    let timeout: Duration?
    let deadline: MonotonicInstant?
    let metadata: Metadata
  }

  private let limits: Limits
  private var machine: ClientStateMachine
  private var waiters: [UInt32: Waiter] = [:]
  private var writer: FrameWriter
  private var context: ChannelHandlerContext?
  private var isInTurn = false
  private var isFlushScheduled = false
  private var isReadPending = false
  private var timer: (at: MonotonicInstant, timer: Scheduled<Void>)?
  private let isSecured: Bool
  /// Succeeds when calls can be made; fails when they never will. Of this channel alone: where a host has
  /// several addresses, others are tried beside it.
  private var ready: EventLoopPromise<NIOLoopBound<ClientChannelHandler>>?

  init(limits: Limits, isSecured: Bool) {
    self.isSecured = isSecured
    self.limits = limits
    self.machine = ClientStateMachine(limits: limits)
    self.writer = FrameWriter(limits: limits, domain: "")
  }

  /// When calls can be made.
  var whenReady: EventLoopFuture<NIOLoopBound<ClientChannelHandler>> {
    guard let ready else { preconditionFailure("the handler is not in a pipeline") }
    return ready.futureResult
  }

  // MARK: Calls

  func open(_ call: ClientCall, _ request: Request, _ waiter: Waiter) {
    turn { handler in
      do throws(Failure) {
        let isStream = if case .stream = waiter { true } else { false }
        let streamID = try handler.machine.open(isStream: isStream, deadline: request.deadline)
        guard call.begin(streamID) else {
          _ = handler.machine.forget(streamID)
          throw .cancelled
        }
        do throws(Failure) {
          try handler.writer.request(
            request.name,
            streamID: streamID,
            flags: isStream ? .remoteClosed : [],
            payload: request.payload,
            timeoutNano: request.timeout?.wholeNanoseconds ?? 0,
            metadata: request.metadata
          )
        } catch {
          _ = handler.machine.forget(streamID)
          throw error
        }
        handler.waiters[streamID] = waiter
      } catch {
        Self.end(waiter, .failure(error))
      }
    }
  }

  /// The caller waits no more. The server is told of a stream's cancel; a unary call just loses its answer.
  func cancel(_ call: ClientCall, _ failure: Failure = .cancelled) {
    turn { handler in
      guard let streamID = call.streamID, handler.machine.forget(streamID) else { return }
      guard let waiter = handler.waiters.removeValue(forKey: streamID) else { return }
      if case .stream = waiter { handler.writer.end(streamID: streamID) }
      Self.end(waiter, .failure(failure))
    }
  }

  /// A stream's consumer has caught up.
  func resume(_ call: ClientCall) {
    turn { handler in
      if let streamID = call.streamID { handler.machine.resume(streamID) }
    }
  }

  func close() {
    turn { $0.machine.disconnected(.connectionClosed) }
    context?.close(promise: nil)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    self.ready = context.eventLoop.makePromise()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    disconnected(.connectionLost)
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    if !isSecured { succeed(context) }
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    turn { $0.machine.receive(Self.unwrapInboundIn(data)) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    disconnected(.connectionLost)
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent { succeed(context) }
    context.fireUserInboundEventTriggered(event)
  }

  private func succeed(_ context: ChannelHandlerContext) {
    ready?.succeed(NIOLoopBound(self, eventLoop: context.eventLoop))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    ready?.fail(error)
    disconnected(.connectionLost)
    context.close(promise: nil)
  }

  func read(context: ChannelHandlerContext) {
    if machine.wantsRead {
      context.read()
    } else {
      isReadPending = true
    }
  }

  private func disconnected(_ failure: Failure) {
    ready?.fail(failure)
    turn { $0.machine.disconnected(failure) }
    timer?.timer.cancel()
    timer = nil
  }

  // MARK: Turns

  private func turn(_ change: (ClientChannelHandler) -> Void) {
    let isOutermost = !isInTurn
    isInTurn = true
    change(self)
    guard isOutermost else { return }
    while let action = machine.next() { perform(action) }
    isInTurn = false
    scheduleFlush()
    updateTimer()
    if isReadPending, machine.wantsRead, let context {
      isReadPending = false
      context.read()
    }
  }

  private func perform(_ action: ClientStateMachine.Action) {
    switch action {
    case .ended(let streamID, let outcome):
      if let waiter = waiters.removeValue(forKey: streamID) { Self.end(waiter, outcome) }
    case .message(let streamID, let message):
      guard case .stream(let messages, let call)? = waiters[streamID] else { return }
      let heldBytes = call.hold(message.count)
      guard heldBytes <= limits.streamHeldBytes else {
        return cancel(call, .consumerTooSlow(limits.streamHeldBytes))
      }
      messages.yield(message)
      if heldBytes > limits.streamQueuedBytes { machine.pause(streamID) }
    case .close:
      context?.close(promise: nil)
    }
  }

  private static func end(_ waiter: Waiter, _ outcome: ClientStateMachine.Outcome) {
    switch waiter {
    case .unary(let continuation, let call):
      call.end()
      switch outcome {
      case .success(let payload): continuation.resume(returning: .success(payload))
      case .failure(let failure): continuation.resume(returning: .failure(failure))
      }
    case .stream(let messages, let call):
      call.end()
      switch outcome {
      case .success: messages.finish()
      case .failure(let failure): messages.finish(throwing: failure)
      }
    }
  }

  private func scheduleFlush() {
    guard writer.waitingBytes > 0, !isFlushScheduled, let context else { return }
    isFlushScheduled = true
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.execute { handler.value.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    guard let context else { return }
    while let chunk = writer.nextChunk() { context.write(Self.wrapOutboundOut(chunk), promise: nil) }
    context.flush()
    writer.recycle()
  }

  private func updateTimer() {
    guard let next = machine.earliestDeadline, let context else { return }
    if let timer {
      guard next < timer.at else { return }
      timer.timer.cancel()
    }
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let scheduled = context.eventLoop.scheduleTask(in: .until(next)) {
      handler.value.timer = nil
      handler.value.turn { $0.machine.timePassed(.now) }
    }
    timer = (next, scheduled)
  }
}
