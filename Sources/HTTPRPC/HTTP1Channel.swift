import Logging
import NIOCore
import NIOHTTP1
import RPC
import Transport

/// HTTP/1.1: one request after another. NIO reads and writes its text, and holds back what a peer sends ahead.
final class HTTP1ChannelHandler: ChannelDuplexHandler, DrainableHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let service: HTTPService
  private var context: ChannelHandlerContext?
  private var exchange: HTTP1Exchange?
  /// Bytes of the body that no handler has taken yet.
  private var waitingBytes = 0
  private var isReadPending = false
  private var isFlushScheduled = false
  private var isReading = false
  private(set) var isDraining = false
  private var times: ConnectionTimes
  private var wakeUp: (at: MonotonicInstant, timer: NIOScheduledCallback)?

  init(_ service: HTTPService) {
    self.service = service
    times = ConnectionTimes(service.limits, firstRequest: service.limits.frameTime, at: .now)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    updateTimer()
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
    switch Self.unwrapInboundIn(data) {
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
    updateTimer()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    times.isBlocked(!context.channel.isWritable, at: .now)
    if context.channel.isWritable { exchange?.roomIsMade() } else { updateTimer() }
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
    if error is HTTPParserError, exchange == nil {
      let head = HTTPResponseHead(
        version: .http1_1, status: .badRequest, headers: ["content-length": "0", "connection": "close"])
      context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
    context.close(promise: nil)
  }

  func drain() {
    isDraining = true
    guard let exchange else {
      context?.close(promise: nil)
      return
    }
    exchange.drain()
  }

  // MARK: Requests

  private func begin(_ head: HTTPRequestHead) {
    let exchange = HTTP1Exchange(self, head)
    self.exchange = exchange
    times.callBegan()
    times.isUnfinished(since: exchange.begun)
    exchange.begin(service)
  }

  private func disconnected() {
    wakeUp?.timer.cancel()
    wakeUp = nil
    exchange?.cancelled()
    exchange = nil
  }

  // MARK: Time

  private func updateTimer() {
    guard let context, let next = times.wakeUp else { return }
    if let wakeUp {
      // A timer that rings too early only looks again.
      guard next < wakeUp.at else { return }
      wakeUp.timer.cancel()
    }
    let port = NIOLoopBound(self, eventLoop: context.eventLoop)
    // A loop that is being shut down wakes nobody.
    let timer = try? context.eventLoop.scheduleCallback(in: .until(next), handler: Alarm(handler: port))
    wakeUp = timer.map { (next, $0) }
  }

  private struct Alarm: NIOScheduledCallbackHandler {
    let handler: NIOLoopBound<HTTP1ChannelHandler>
    func handleScheduledCallback(eventLoop: some EventLoop) { handler.value.timerRang() }
  }

  private func timerRang() {
    wakeUp = nil
    let now = MonotonicInstant.now
    let due = times.due(at: now)
    if due.contains(.stalled) { abort() }
    if due.contains(.aged) || due.contains(.quiet) { drain() }
    if due.contains(.slowRequests) {
      if let exchange, exchange.isSlow(at: now, service.limits) {
        times.unfinished([])
        exchange.giveUp(.requestTooSlow)
      } else {
        times.unfinished([exchange].compactMap { $0?.isRequestComplete == false ? $0?.begun : nil })
      }
    }
    updateTimer()
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
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.execute { handler.value.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    context?.flush()
  }

  func buffer(_ bytes: [UInt8]) -> ByteBuffer {
    context?.channel.allocator.buffer(bytes: bytes) ?? ByteBuffer(bytes: bytes)
  }

  /// The answer is complete, and so is the request, unless the connection closes.
  func finished(_ exchange: HTTP1Exchange, mustClose: Bool) {
    guard self.exchange === exchange else { return }
    self.exchange = nil
    times.callEnded(at: .now)
    updateTimer()
    guard mustClose || isDraining, let context else { return }
    context.flush()
    context.close(mode: .output, promise: nil)
  }

  func abort() {
    context?.close(promise: nil)
  }
}

/// One request of HTTP/1.1 and its answer.
final class HTTP1Exchange: Exchange {
  private unowned let handler: HTTP1ChannelHandler
  private let request: HTTPRequestHead
  private var call: Call?
  var addedFields: [Field] = []
  let begun = MonotonicInstant.now
  private(set) var isRequestComplete = false
  private var isAnswerComplete = false

  init(_ handler: HTTP1ChannelHandler, _ request: HTTPRequestHead) {
    self.handler = handler
    self.request = request
  }

  // MARK: The request

  func begin(_ service: HTTPService) {
    call = service.call(RequestHead(request), on: self)
    if !isAnswerComplete, request.headers.first(name: "expect")?.lowercased() == "100-continue" {
      handler.write(.head(HTTPResponseHead(version: request.version, status: .continue)))
    }
  }

  func received(_ buffer: ByteBuffer) {
    guard let call else { return handler.consumed(buffer.readableBytes) }
    buffer.withUnsafeReadableBytes { call.received($0) }
  }

  func receivedEnd() {
    isRequestComplete = true
    call?.receivedEnd()
    if isAnswerComplete { handler.finished(self, mustClose: !request.isKeepAlive) }
  }

  /// It is waited for longer than a request may take; those who send many messages may take their time.
  func isSlow(at now: MonotonicInstant, _ limits: Limits) -> Bool {
    !isRequestComplete && call?.isRequestComplete != true && begun + limits.frameTime <= now
  }

  /// Answers with a failure, and closes: what follows could not be told from the rest of this request.
  func giveUp(_ failure: Failure) {
    call?.fail(failure)
    handler.finished(self, mustClose: true)
  }

  func roomIsMade() { call?.roomIsMade() }
  func drain() { call?.drain() }

  func cancelled() {
    isAnswerComplete = true
    call?.cancel(.cancelled)
    call = nil
  }

  // MARK: The answer

  func respond(_ status: Int, _ fields: [Field], length: Int?) {
    guard !isAnswerComplete else { return }
    var headers = HTTPHeaders()
    headers.reserveCapacity(fields.count + 2)
    for field in fields + addedFields { headers.add(name: field.name, value: field.value) }
    if let length { headers.add(name: "content-length", value: String(length)) }
    if handler.isDraining || !request.isKeepAlive { headers.add(name: "connection", value: "close") }
    handler.write(
      .head(
        HTTPResponseHead(
          version: request.version, status: HTTPResponseStatus(statusCode: status), headers: headers)))
  }

  func write(_ bytes: [UInt8]) {
    guard !isAnswerComplete, !bytes.isEmpty else { return }
    handler.write(.body(.byteBuffer(handler.buffer(bytes))))
  }

  func finish(_ trailers: [Field]) {
    guard !isAnswerComplete else { return }
    isAnswerComplete = true
    var headers: HTTPHeaders?
    if !trailers.isEmpty { headers = HTTPHeaders(trailers.map { ($0.name, $0.value) }) }
    handler.write(.end(headers))
    // A request that is still coming is of no use any more; what follows it could not be told from it.
    if isRequestComplete { handler.finished(self, mustClose: !request.isKeepAlive) }
  }

  func reset(_ failure: Failure) { handler.abort() }

  func consumed(_ count: Int) { handler.consumed(count) }

  /// NIO does not say how many: more than its mark, or few.
  var waitingBytes: Int { handler.isWritable ? 0 : Int.max }

  func askForRoom(_ bytes: Int) {}
}

extension RequestHead {
  fileprivate init(_ head: HTTPRequestHead) {
    method = Method(head.method.rawValue)
    target = head.uri
    isHTTP2 = false
    fields.pairs.reserveCapacity(head.headers.count)
    for (name, value) in head.headers { fields.pairs.append(.init(key: name.lowercased(), value: value)) }
  }
}
