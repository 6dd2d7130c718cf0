import Logging
import NIOCore
import NIOTLS
import RPC
import Transport

/// The shell around a server connection's state machine: reads, writes, timers and handlers. Everything here
/// runs on the channel's event loop.
///
/// Frames of one tick are written together and flushed once. Synchronous handlers answer inside
/// `channelRead`; others start there, in a task, and are written when their task ends.
final class ServerChannelHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A call whose handler runs in a task, or is a watch.
  struct RunningCall {
    let entry: ProcedureEntry
    let started: MonotonicInstant
    var sink: StreamSink?
    var task: Task<Void, Never>?
    var watch: RunningWatch?
  }

  let table: ProcedureTable
  let connection: Connection
  let logger: Logger
  var machine: ConnectionStateMachine
  var calls: [UInt32: RunningCall] = [:]
  /// Streams that have something to send once the peer has read.
  var waitingStreams = Queue<UInt32>()
  var writer: FrameWriter
  var limits: Limits { machine.limits }

  /// When the present turn began.
  private(set) var now: MonotonicInstant

  private var context: ChannelHandlerContext?
  private var attachedPort: ServerChannelPort?
  private var isInTurn = false
  private var isReading = false
  private var isFlushScheduled = false
  private var isReadPending = false
  private var wakeUp: (at: MonotonicInstant, timer: NIOScheduledCallback)?

  init(table: ProcedureTable, connection: Connection, limits: Limits, isSecured: Bool, logger: Logger) {
    self.table = table
    self.connection = connection
    self.logger = logger
    self.now = .now
    self.machine = ConnectionStateMachine(limits: limits, isSecured: isSecured, at: now)
    self.writer = FrameWriter(limits: limits, domain: table.domain)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    attachedPort = ServerChannelPort(
      loop: context.eventLoop, handler: NIOLoopBound(self, eventLoop: context.eventLoop))
    // Always by way of the loop: what a handler answers beside closing goes out first.
    let port = port
    connection.attach { failure, ending in
      port.loop.execute { port.handler.value.turn { $0.machine.end(failure, ending) } }
    }
    turn { _ in }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    disconnected()
    self.context = nil
    attachedPort = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    turn { $0.machine.receive(Self.unwrapInboundIn(data), at: $0.now) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush()
  }

  func channelInactive(context: ChannelHandlerContext) {
    disconnected()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent {
      turn { $0.machine.handshakeCompleted(at: $0.now) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    logger.debug(
      "a connection failed",
      metadata: ["connection": "\(connection.id)", "error": "\(error)"]
    )
    turn { $0.machine.abort() }
  }

  func read(context: ChannelHandlerContext) {
    if machine.wantsRead {
      context.read()
    } else {
      isReadPending = true
    }
  }

  // MARK: Turns

  /// Changes the machine, then does everything that follows from it. May nest: the outermost one acts.
  func turn(_ change: (ServerChannelHandler) -> Void) {
    let isOutermost = !isInTurn
    if isOutermost { now = .now }
    isInTurn = true
    change(self)
    guard isOutermost else { return }
    while let action = nextAction() { perform(action) }
    isInTurn = false
    if !isReading { scheduleFlush() }
    updateTimer()
    if isReadPending, machine.wantsRead, let context {
      isReadPending = false
      context.read()
    }
  }

  private func nextAction() -> ConnectionStateMachine.Action? {
    machine.isPeerKnown = connection.isKnown
    return machine.next(at: now)
  }

  private func perform(_ action: ConnectionStateMachine.Action) {
    switch action {
    case .request(let frame):
      handle(frame)
    case .refuse(let streamID, let failure):
      write { $0.failure(failure, streamID: streamID) }
    case .end(let streamID, let failure):
      write { $0.failure(failure, streamID: streamID) }
      cancel(streamID, failure)
    case .finish:
      context?.close(mode: .output, promise: nil)
    case .close:
      context?.close(promise: nil)
    }
  }

  private func disconnected() {
    machine.disconnected()
    wakeUp?.timer.cancel()
    wakeUp = nil
    for streamID in Array(calls.keys) { cancel(streamID, .connectionClosed) }
    connection.ended()
  }

  private func cancel(_ streamID: UInt32, _ failure: Failure) {
    guard let call = calls.removeValue(forKey: streamID) else { return }
    call.sink?.end(failure)
    call.task?.cancel()
    call.watch?.cancel()
    ended(streamID, call, failure)
  }

  // MARK: Writing

  /// Puts frames in the queue; they leave with the tick.
  @inline(__always)
  func write<Fault: Error>(_ body: (inout FrameWriter) throws(Fault) -> Void) throws(Fault) {
    let before = writer.waitingBytes
    try body(&writer)
    machine.queued(writer.waitingBytes - before, at: now)
  }

  private func scheduleFlush() {
    guard writer.waitingBytes > 0, !isFlushScheduled, let context else { return }
    isFlushScheduled = true
    let port = port
    context.eventLoop.execute { port.handler.value.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    guard writer.waitingBytes > 0, let context else { return }
    while let chunk = writer.nextChunk() {
      let count = chunk.readableBytes
      context.write(Self.wrapOutboundOut(chunk)).assumeIsolated().whenComplete { _ in
        self.turn { handler in
          handler.machine.taken(count, at: handler.now)
          handler.sendWaitingStreams()
        }
      }
    }
    context.flush()
    writer.recycle()
  }

  // MARK: Time

  private func updateTimer() {
    guard let next = machine.wakeUp, let context else { return }
    if let wakeUp {
      // A timer that rings too early only looks again.
      guard next < wakeUp.at else { return }
      wakeUp.timer.cancel()
    }
    // A loop that is being shut down wakes nobody.
    let timer = try? context.eventLoop.scheduleCallback(in: .until(next), handler: port)
    wakeUp = timer.map { (next, $0) }
  }

  fileprivate func timerRang() {
    wakeUp = nil
    turn { $0.machine.timePassed($0.now) }
  }
}

extension ServerChannelPort: NIOScheduledCallbackHandler {
  func handleScheduledCallback(eventLoop: some EventLoop) { handler.value.timerRang() }
}

/// The way back to a handler from other threads.
struct ServerChannelPort: Sendable {
  let loop: any EventLoop
  let handler: NIOLoopBound<ServerChannelHandler>

  /// Runs `body` on the loop: at once when already there.
  func run(_ body: @escaping @Sendable (ServerChannelHandler) -> Void) {
    if loop.inEventLoop {
      body(handler.value)
    } else {
      loop.execute { body(handler.value) }
    }
  }
}

extension ServerChannelHandler {
  /// On the loop, while the handler is in its pipeline.
  var port: ServerChannelPort {
    guard let attachedPort else { preconditionFailure("the handler is not in a pipeline") }
    return attachedPort
  }

  /// How the server ends this connection.
  var controls: ConnectionControls {
    let port = port
    return ConnectionControls(
      drain: { port.run { handler in handler.turn { $0.machine.drain() } } },
      abort: { port.run { handler in handler.turn { $0.machine.abort() } } }
    )
  }
}
