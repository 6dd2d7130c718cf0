import Logging
import NIOCore
import NIOHTTP1
import RPC
import Transport

/// HTTP/1.1: one request after another. NIO reads and writes its text, and holds back what a peer sends ahead.
final class HTTP1ChannelHandler: ChannelDuplexHandler, DrainableHandler, TimedHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let service: HTTPService
  private let peer: ListeningServer.Peer
  let loop: any EventLoop
  let unfinished: UnfinishedBytes
  private var context: ChannelHandlerContext?
  private var exchange: HTTP1Exchange?
  /// NIO hands on a request that came ahead from within the end of the answer before it: it waits its turn here.
  private var parts = Queue<HTTPServerRequestPart>()
  private var isHandling = false
  /// Bytes of the body that no handler has taken yet.
  private var waitingBytes = 0
  private var isReadPending = false
  private var isFlushScheduled = false
  private var isReading = false
  private(set) var isDraining = false
  /// The last word is said, or on its way: nothing more is read.
  private var isClosing = false
  private var times: ConnectionTimes
  private var alarm = Alarm<HTTP1ChannelHandler>()

  init(_ service: HTTPService, _ peer: ListeningServer.Peer, _ loop: any EventLoop) {
    self.service = service
    self.peer = peer
    self.loop = loop
    unfinished = UnfinishedBytes(service.limits)
    times = ConnectionTimes(service.limits, firstRequest: service.limits.frameTime, at: .now)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    updateAlarm()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    disconnected()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    disconnected()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    parts.append(Self.unwrapInboundIn(data))
    guard !isHandling else { return }
    isHandling = true
    while let part = parts.popFirst() { handle(part) }
    isHandling = false
  }

  private func handle(_ part: HTTPServerRequestPart) {
    guard !isClosing else { return }
    switch part {
    case .head(let head): begin(head)
    case .body(let buffer):
      waitingBytes += buffer.readableBytes
      guard let exchange else { return consumed(buffer.readableBytes) }
      exchange.received(buffer)
    case .end: exchange?.receivedEnd()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    context.flush()
    exchange?.awaitRest()
    updateAlarm()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    times.isBlocked(!context.channel.isWritable, at: .now)
    if context.channel.isWritable { exchange?.roomIsMade() } else { updateAlarm() }
    context.fireChannelWritabilityChanged()
  }

  func read(context: ChannelHandlerContext) {
    if waitingBytes <= service.limits.streamWindowBytes {
      context.read()
    } else {
      isReadPending = true
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    service.logger.debug("a connection failed", metadata: ["error": "\(error)"])
    guard let error = error as? HTTPParserError, exchange == nil, !isClosing else {
      return context.close(promise: nil)
    }
    let status: HTTPResponseStatus = error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
    let head = HTTPResponseHead(
      version: .http1_1, status: status, headers: ["content-length": "0", "connection": "close"])
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.write(Self.wrapOutboundOut(.end(nil)), promise: nil)
    close()
  }

  func drain() {
    retire()
    exchange?.drain()
  }

  /// The request under way is the last one.
  private func retire() {
    isDraining = true
    if exchange == nil { close() }
  }

  // MARK: Requests

  private func begin(_ head: HTTPRequestHead) {
    let exchange = HTTP1Exchange(self, head)
    self.exchange = exchange
    times.callBegan()
    times.isUnfinished(since: exchange.begun)
    exchange.begin(service, peer)
  }

  private func disconnected() {
    isClosing = true
    alarm.cancel()
    exchange?.cancelled()
    exchange = nil
  }

  // MARK: Time

  private func updateAlarm() {
    if context != nil, !isClosing { alarm.wake(self, at: times.wakeUp, on: loop) }
  }

  func alarmRang() {
    alarm.hasRung()
    guard !isClosing else { return }
    let due = times.due(at: .now)
    if due.contains(.stalled) { return abort() }
    if due.contains(.aged) || due.contains(.quiet) { retire() }
    if due.contains(.slowRequests) {
      times.unfinished([])
      exchange?.giveUpUnlessComplete(since: .now - service.limits.frameTime)
      if let exchange, exchange.isWaitedFor { times.isUnfinished(since: exchange.begun) }
    }
    updateAlarm()
  }

  // MARK: What an exchange asks for

  func consumed(_ count: Int) {
    waitingBytes -= count
    guard isReadPending, waitingBytes <= service.limits.streamWindowBytes, let context else { return }
    isReadPending = false
    context.read()
  }

  var isWritable: Bool { context?.channel.isWritable ?? true }

  func write(_ part: HTTPServerResponsePart) {
    guard let context else { return }
    context.write(Self.wrapOutboundOut(part), promise: nil)
    guard !isReading, !isFlushScheduled else { return }
    isFlushScheduled = true
    let handler = NIOLoopBound(self, eventLoop: loop)
    loop.execute { handler.value.flush() }
  }

  /// Bytes that are written at once, so that it can be seen how a large answer goes.
  private static let pieceBytes = 64 << 10

  func write(_ bytes: [UInt8]) { write(ByteBuffer(bytes: bytes)) }

  func write(_ buffer: ByteBuffer) {
    guard let context else { return }
    var buffer = buffer
    while buffer.readableBytes > Self.pieceBytes, let piece = buffer.readSlice(length: Self.pieceBytes) {
      context.write(Self.wrapOutboundOut(.body(.byteBuffer(piece)))).assumeIsolated().whenSuccess {
        [weak self] in
        self?.times.isTaking(at: .now)
      }
    }
    write(.body(.byteBuffer(buffer)))
  }

  private func flush() {
    isFlushScheduled = false
    context?.flush()
  }

  /// Request and answer are complete, or there is no more than this answer. Called before its end is written.
  func ended(_ exchange: HTTP1Exchange) {
    guard self.exchange === exchange else { return }
    self.exchange = nil
    times.callEnded(at: .now)
    // What nobody has taken nobody will take.
    consumed(waitingBytes)
    updateAlarm()
  }

  /// Closes when everything has been sent; then the peer has a moment to read it.
  func close() {
    guard !isClosing, let context else { return }
    isClosing = true
    alarm.cancel()
    context.flush()
    Closing.afterLastWrite(context, service.limits)
  }

  func abort() {
    isClosing = true
    context?.close(promise: nil)
  }
}
