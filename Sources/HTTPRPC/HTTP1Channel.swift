import Logging
import NIOCore
import RPC
import Transport

/// HTTP/1.1: one request after another. What a peer sends ahead waits where it came. What answers bring in one tick
/// leaves together.
final class HTTP1ChannelHandler: ChannelDuplexHandler, DrainableHandler, TimedHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  /// Bytes that are written at once, so that it can be seen how a large answer goes.
  private static let pieceBytes = 64 << 10

  private let service: HTTPService
  private let peer: ListeningServer.Peer
  let loop: any EventLoop
  let unfinished: UnfinishedBytes
  private var context: ChannelHandlerContext?
  /// The request that is read or answered.
  private var exchange: HTTP1Exchange?
  private var reader: HTTP1Reader
  /// What came and is not read yet: part of a head, or requests that came ahead.
  private var unread = ByteBuffer()
  /// When the head began that is not complete.
  private var headBegun: MonotonicInstant?
  private var isHandling = false
  /// Bytes of the body that no handler has taken yet.
  private var waitingBytes = 0
  private var isReadPending = false
  /// What is to be sent with this tick.
  private var out = ByteBuffer()
  private var isFlushScheduled = false
  private var isReading = false
  private(set) var isDraining = false
  /// The last word is said, or on its way: nothing more is read.
  private var isClosing = false
  /// Nearly all that was written has been taken.
  private var isLingering = false
  private var times: ConnectionTimes
  private var alarm = Alarm<HTTP1ChannelHandler>()

  init(_ service: HTTPService, _ peer: ListeningServer.Peer, _ loop: any EventLoop) {
    self.service = service
    self.peer = peer
    self.loop = loop
    unfinished = UnfinishedBytes(service.limits)
    reader = HTTP1Reader(headerBytes: service.limits.headerBytes)
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
    guard !isClosing else { return }
    isReading = true
    var buffer = Self.unwrapInboundIn(data)
    if unread.readableBytes == 0 {
      unread = buffer
    } else {
      unread.discardReadBytes()
      unread.writeBuffer(&buffer)
    }
    handleUnread()
  }

  /// Whether a request is complete, so that what follows waits for its answer.
  private var isAnswering: Bool { exchange?.isRead ?? false }

  /// Whether the peer has taken enough of the answers before for another request.
  private var hasRoom: Bool { out.readableBytes <= Self.pieceBytes && isWritable }

  private func handleUnread() {
    // What handles one part may end its request.
    guard !isHandling else { return }
    isHandling = true
    while !isClosing, !isAnswering, exchange != nil || hasRoom, handleNext() {}
    isHandling = false
    if unread.readableBytes == 0 {
      unread = ByteBuffer()
      headBegun = nil
    } else if exchange == nil, hasRoom, headBegun == nil {
      let now = MonotonicInstant.now
      headBegun = now
      times.isUnfinished(since: now)
    }
    if !isReading { exchange?.awaitRest() }
    resumeReading()
  }

  /// False when nothing is complete.
  private func handleNext() -> Bool {
    let unread = unread
    return unread.withUnsafeReadableBytes { bytes in
      do throws(HTTP1Reader.Malformed) {
        let (part, count) = try reader.next(in: bytes)
        self.unread.moveReaderIndex(forwardBy: count)
        switch part {
        case .head(let head): begin(head)
        case .body(let range, let isWhole):
          waitingBytes += range.count
          exchange?.received(UnsafeRawBufferPointer(rebasing: bytes[range]), isWhole: isWhole)
        case .end: exchange?.receivedEnd()
        case nil: return false
        }
        return true
      } catch {
        // Where the next request begins cannot be told.
        if exchange == nil { refuse(error.status) } else { abort() }
        return false
      }
    }
  }

  /// Answers what is no request; nothing more is read.
  private func refuse(_ status: Int) {
    write { out in
      out.writeStatus(status)
      out.writeField("content-length", "0")
      out.writeField("connection", "close")
      out.writeLineEnd()
    }
    close()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush()
    exchange?.awaitRest()
    updateAlarm()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    times.isBlocked(!context.channel.isWritable, at: .now)
    if !context.channel.isWritable {
      updateAlarm()
    } else if isClosing {
      closeWhenTaken(context)
    } else {
      exchange?.roomIsMade()
      handleUnread()
    }
    context.fireChannelWritabilityChanged()
  }

  private var mayRead: Bool {
    let mustWait = isAnswering || exchange == nil && !hasRoom
    return waitingBytes <= service.limits.streamWindowBytes && !(mustWait && unread.readableBytes > 0)
  }

  func read(context: ChannelHandlerContext) {
    if mayRead {
      context.read()
    } else {
      isReadPending = true
    }
  }

  private func resumeReading() {
    guard isReadPending, mayRead, let context else { return }
    isReadPending = false
    context.read()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    service.logger.debug("a connection failed", metadata: ["error": "\(error)"])
    context.close(promise: nil)
  }

  func drain() {
    retire()
    exchange?.drain()
  }

  /// The request under way is the last one.
  private func retire() {
    isDraining = true
    if exchange?.isAnswerComplete ?? true { close() }
  }

  // MARK: Requests

  private func begin(_ head: HTTP1Head) {
    headBegun = nil
    let exchange = HTTP1Exchange(self, head)
    self.exchange = exchange
    times.callBegan()
    times.isUnfinished(since: exchange.begun)
    exchange.begin(service, peer)
  }

  private func disconnected() {
    isClosing = true
    isLingering = true
    alarm.cancel()
    exchange?.cancelled()
    exchange = nil
  }

  // MARK: Time

  private func updateAlarm() {
    if context != nil, !isLingering { alarm.wake(self, at: times.wakeUp, on: loop) }
  }

  func alarmRang() {
    alarm.hasRung()
    guard !isLingering else { return }
    let now = MonotonicInstant.now
    let due = times.due(at: now)
    if due.contains(.stalled) { return abort() }
    guard !isClosing else { return updateAlarm() }
    // A head that has begun has a time of its own.
    if due.contains(.aged) || due.contains(.quiet) && headBegun == nil { retire() }
    if due.contains(.slowRequests) { giveUpSlowRequest(since: now - service.limits.frameTime) }
    updateAlarm()
  }

  private func giveUpSlowRequest(since limit: MonotonicInstant) {
    exchange?.giveUpUnlessComplete(since: limit)
    if let exchange {
      if exchange.isWaitedFor { times.isUnfinished(since: exchange.waitedForSince) }
    } else if !hasRoom {
      // It is the answers before it that are waited for: nothing is read. Its time begins when they are taken.
      headBegun = nil
    } else if let headBegun {
      if headBegun <= limit { refuse(408) } else { times.isUnfinished(since: headBegun) }
    }
  }

  // MARK: What an exchange asks for

  func consumed(_ count: Int) {
    waitingBytes -= count
    resumeReading()
  }

  var isWritable: Bool { context?.channel.isWritable ?? true }

  /// Adds to what is sent with this tick.
  func write(_ body: (inout ByteBuffer) -> Void) {
    guard context != nil else { return }
    body(&out)
    guard !isReading, !isFlushScheduled else { return }
    isFlushScheduled = true
    let handler = NIOLoopBound(self, eventLoop: loop)
    loop.execute { handler.value.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    guard let context, out.readableBytes > 0 else { return }
    while out.readableBytes > Self.pieceBytes, let piece = out.readSlice(length: Self.pieceBytes) {
      context.write(Self.wrapOutboundOut(piece)).assumeIsolated().whenSuccess { [weak self] in
        self?.times.isTaking(at: .now)
      }
    }
    context.write(Self.wrapOutboundOut(out), promise: nil)
    out = ByteBuffer()
    context.flush()
    if unread.readableBytes > 0 { handleUnread() }
  }

  /// Request and answer are complete, or there is no more than this answer.
  func ended(mustClose: Bool) {
    exchange = nil
    times.callEnded(at: .now)
    // What nobody has taken nobody will take.
    waitingBytes = 0
    if mustClose || isDraining { return close() }
    handleUnread()
    updateAlarm()
  }

  /// The answer is complete, and the rest of its request is to come in time.
  func awaitsRest(since now: MonotonicInstant) {
    times.unfinished([now])
    updateAlarm()
  }

  /// Closes when everything has been sent; then the peer has a moment to read it.
  func close() {
    guard !isClosing, let context else { return }
    isClosing = true
    // What still comes is thrown away. Unread, it would have the system reset the connection, and the last answer be
    // lost.
    unread = ByteBuffer()
    waitingBytes = 0
    resumeReading()
    flush()
    closeWhenTaken(context)
  }

  /// Whoever takes much of an answer, and takes its time, is waited for as long as it takes some.
  private func closeWhenTaken(_ context: ChannelHandlerContext) {
    guard context.channel.isWritable else { return updateAlarm() }
    guard !isLingering else { return }
    isLingering = true
    alarm.cancel()
    Closing.afterLastWrite(context, service.limits)
  }

  private func abort() {
    isClosing = true
    context?.close(promise: nil)
  }
}
