import CHTTP2
import Logging
import NIOCore
import RPC
import Transport

/// The shell around an HTTP/2 session: reads, writes, and hands requests to their calls. Everything here runs on the
/// channel's event loop. What answers bring in one tick leaves together.
final class HTTP2ChannelHandler: ChannelDuplexHandler, DrainableHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  /// Bytes that are written at once.
  private static let chunkBytes = 32 << 10

  private let service: HTTPService
  private var session: OpaquePointer?
  private var context: ChannelHandlerContext?
  private var isReading = false
  private var isFlushScheduled = false
  /// NIO may come back from within a flush: what is asked for then is done after it.
  private var isFlushing = false
  private var mustFlushAgain = false
  private var ending = Ending.none
  /// The server goes down, and streams with it.
  private var endsStreams = false
  /// The last word is said, or on its way: nothing more is read.
  private var isClosing = false
  private var times: ConnectionTimes
  private var pings: PingGuard
  private var wakeUp: (at: MonotonicInstant, timer: NIOScheduledCallback)?
  /// Fields of an answer, on their way to the session.
  private var scratch = FieldScratch()

  /// How far the connection is on its way to its end.
  private enum Ending: Comparable {
    case none
    /// The client knows that it is to open no more streams. What it opened before it knew is served.
    case announced
    /// What it opens now is refused.
    case refusing
  }

  init(_ service: HTTPService) {
    self.service = service
    times = ConnectionTimes(service.limits, firstRequest: service.limits.idleTime, at: .now)
    pings = PingGuard(service.limits, at: .now)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    var limits = ch2_limits(service.limits)
    session = ch2_new(&limits)
    guard session != nil else { return context.close(promise: nil) }
    updateTimer()
    // SETTINGS go out before anything is asked for.
    flush()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    disconnected()
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let session, !isClosing else { return }
    isReading = true
    let buffer = Self.unwrapInboundIn(data)
    let canGoOn = buffer.withUnsafeReadableBytes { bytes in
      ch2_receive(session, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }
    takeNews()
    guard let session = self.session else { return }
    let now = MonotonicInstant.now
    if !pings.allows(ch2_pings(session), framesSent: ch2_frames_sent(session), at: now) {
      ch2_end(session, CH2_ENHANCE_YOUR_CALM, "too_many_pings")
      return closeWhenSent()
    }
    if ending == .announced, ch2_pongs(session) > 0 { refuseStreams() }
    if !canGoOn { closeWhenSent() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush()
    updateTimer()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    times.isBlocked(!context.channel.isWritable, at: .now)
    if context.channel.isWritable { flush() } else { updateTimer() }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    disconnected()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    service.logger.debug("a connection failed", metadata: ["error": "\(error)"])
    context.close(promise: nil)
  }

  /// Takes no more calls, ends streams, and closes when the calls in flight are answered.
  func drain() {
    endsStreams = true
    retire()
    if let session { for exchange in exchanges(of: session) { exchange.call?.drain() } }
    changed()
  }

  /// Has the client open no more streams here; those that are open go on. RFC 9113, 6.8: the end is announced, and
  /// comes when the client has heard of it, or could have.
  private func retire() {
    guard let session, ending == .none, let context else { return }
    ending = .announced
    ch2_announce_end(session)
    ch2_ping(session)
    changed()
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .nanoseconds(service.limits.lingerTime.wholeNanoseconds)) {
      handler.value.refuseStreams()
    }
  }

  private func refuseStreams() {
    guard let session, ending == .announced else { return }
    ending = .refusing
    ch2_end(session, CH2_NO_ERROR, nil)
    if endsStreams { for exchange in exchanges(of: session) { exchange.call?.drain() } }
    changed()
  }

  // MARK: Streams

  private func takeNews() {
    var news: UInt32 = 0
    // What a call does may end the session.
    while let session, let stream = ch2_next(session, &news) {
      let exchange = exchange(of: stream)
      let isOver = news & CH2_CLOSED.rawValue != 0
      if news & CH2_REQUEST.rawValue != 0, !isOver { begin(exchange) }
      if news & (CH2_BODY.rawValue | CH2_END.rawValue) != 0 { exchange.readBody() }
      if news & CH2_END.rawValue != 0 { exchange.call?.receivedEnd() }
      if news & CH2_ROOM.rawValue != 0 { exchange.call?.roomIsMade() }
      if isOver { exchange.closed() } else { exchange.call?.awaitRest() }
    }
  }

  /// The stream's owner, which it keeps.
  private func exchange(of stream: OpaquePointer) -> HTTP2Exchange {
    if let owner = ch2_owner(stream) {
      return Unmanaged<HTTP2Exchange>.fromOpaque(owner).takeUnretainedValue()
    }
    let exchange = HTTP2Exchange(stream, self)
    ch2_set_owner(stream, Unmanaged.passRetained(exchange).toOpaque())
    return exchange
  }

  private func begin(_ exchange: HTTP2Exchange) {
    guard let stream = exchange.stream else { return }
    guard !ch2_is_oversized(stream) else {
      exchange.respond(431, [], length: 0)
      return
    }
    let head = RequestHead(stream)
    ch2_forget_fields(stream)
    times.callBegan()
    exchange.hasBegun = true
    exchange.call = service.call(head, on: exchange)
    // What is not complete with this tick is waited for.
    if let call = exchange.call { times.isUnfinished(since: call.started) }
  }

  private func exchanges(of session: OpaquePointer) -> [HTTP2Exchange] {
    var all: [HTTP2Exchange] = []
    var stream = ch2_first(session)
    while let present = stream {
      if let owner = ch2_owner(present) {
        all.append(Unmanaged<HTTP2Exchange>.fromOpaque(owner).takeUnretainedValue())
      }
      stream = ch2_after(present)
    }
    return all
  }

  // MARK: Time

  private func updateTimer() {
    guard let context, session != nil, !isClosing, let next = times.wakeUp else { return }
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
    let handler: NIOLoopBound<HTTP2ChannelHandler>
    func handleScheduledCallback(eventLoop: some EventLoop) { handler.value.timerRang() }
  }

  private func timerRang() {
    wakeUp = nil
    guard let session, !isClosing else { return }
    let now = MonotonicInstant.now
    let due = times.due(at: now)
    if due.contains(.stalled) {
      isClosing = true
      context?.close(promise: nil)
      return
    }
    if due.contains(.aged) || due.contains(.quiet) { retire() }
    if due.contains(.slowRequests) {
      let limit = now - service.limits.frameTime
      let unfinished = exchanges(of: session).filter { $0.call?.isRequestComplete == false }
      for exchange in unfinished where exchange.begun <= limit { exchange.call?.fail(.requestTooSlow) }
      times.unfinished(unfinished.map(\.begun).filter { $0 > limit })
    }
    updateTimer()
  }

  fileprivate func callEnded() { times.callEnded(at: .now) }

  // MARK: Writing

  /// Something is to be sent: with this tick.
  func changed() {
    guard !isReading, !isFlushScheduled, let context else { return }
    isFlushScheduled = true
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.execute { handler.value.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    mustFlushAgain = true
    guard !isFlushing else { return }
    isFlushing = true
    while mustFlushAgain, session != nil {
      mustFlushAgain = false
      writeWhatWaits()
    }
    isFlushing = false
    takeNews()
    updateTimer()
    if let session, ch2_is_over(session) { close() }
  }

  private func writeWhatWaits() {
    guard let context else { return }
    var hasWritten = false
    while let session, context.channel.isWritable {
      var buffer = context.channel.allocator.buffer(capacity: Self.chunkBytes)
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.chunkBytes) { bytes in
        ch2_send(session, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
      }
      guard buffer.readableBytes > 0 else { break }
      let isAll = buffer.writableBytes > 0
      context.write(Self.wrapOutboundOut(buffer)).assumeIsolated().whenSuccess { [weak self] in
        self?.times.isTaking(at: .now)
      }
      hasWritten = true
      if isAll { break }
    }
    if hasWritten { context.flush() }
  }

  /// The session has said what is wrong; the peer should hear of it.
  private func closeWhenSent() {
    flush()
    close()
  }

  /// Closes when everything has been sent; then the peer has a moment to read it.
  private func close() {
    guard !isClosing, let context else { return }
    isClosing = true
    wakeUp?.timer.cancel()
    wakeUp = nil
    Closing.afterLastWrite(context, service.limits)
  }

  private func disconnected() {
    guard let session else { return }
    wakeUp?.timer.cancel()
    wakeUp = nil
    self.session = nil
    for exchange in exchanges(of: session) { exchange.closed() }
    ch2_free(session)
  }

  fileprivate func withFields(
    _ status: Int?, _ fields: [Field], _ body: (UnsafePointer<ch2_field>?, Int) -> Void
  ) {
    scratch.fill(status, fields, body)
  }
}

/// One stream of an HTTP/2 connection.
final class HTTP2Exchange: Exchange {
  /// `nil` once it is closed.
  private(set) var stream: OpaquePointer?
  private unowned let handler: HTTP2ChannelHandler
  var call: Call?
  var addedFields: [Field] = []
  /// Its request was handed on.
  var hasBegun = false
  let begun = MonotonicInstant.now

  init(_ stream: OpaquePointer, _ handler: HTTP2ChannelHandler) {
    self.stream = stream
    self.handler = handler
  }

  func respond(_ status: Int, _ fields: [Field], length: Int?) {
    guard let stream else { return }
    handler.withFields(status, fields + addedFields) { ch2_respond(stream, $0, $1, length == 0) }
    handler.changed()
  }

  func write(_ bytes: [UInt8]) {
    guard let stream else { return }
    ch2_write(stream, bytes, bytes.count)
    handler.changed()
  }

  func finish(_ trailers: [Field]) {
    guard let stream else { return }
    handler.withFields(nil, trailers) { ch2_finish(stream, $0, $1) }
    handler.changed()
  }

  func consumed(_ count: Int) {
    guard let stream else { return }
    ch2_credit(stream, count)
    handler.changed()
  }

  var waitingBytes: Int { stream.map(ch2_waiting) ?? 0 }

  func askForRoom(_ bytes: Int) {
    guard let stream else { return }
    ch2_ask_for_room(stream, bytes)
  }

  /// Hands on what has come of the body.
  func readBody() {
    guard let stream else { return }
    let body = ch2_take(stream)
    guard body.count > 0 else { return }
    guard let call else { return ch2_credit(stream, body.count) }
    call.received(UnsafeRawBufferPointer(start: body.start, count: body.count))
  }

  /// The stream is over, on either side.
  func closed() {
    guard let stream else { return }
    self.stream = nil
    if hasBegun { handler.callEnded() }
    call?.cancel(.cancelled)
    call = nil
    ch2_release(stream)
    Unmanaged.passUnretained(self).release()
  }
}

/// Fields as the session takes them. Their memory is used again.
private struct FieldScratch {
  private var bytes: [UInt8] = []
  private var fields: [ch2_field] = []

  mutating func fill(_ status: Int?, _ list: [Field], _ body: (UnsafePointer<ch2_field>?, Int) -> Void) {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    if let status { append(":status", String(status)) }
    for field in list { append(field.name, field.value) }
    bytes.withUnsafeBufferPointer { bytes in
      var next = bytes.baseAddress
      for index in fields.indices {
        fields[index].name.start = next
        next = next.map { $0 + fields[index].name.count }
        fields[index].value.start = next
        next = next.map { $0 + fields[index].value.count }
      }
      fields.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }

  private mutating func append(_ name: String, _ value: String) {
    bytes += name.utf8
    bytes += value.utf8
    fields.append(
      ch2_field(
        name: ch2_bytes(start: nil, count: name.utf8.count),
        value: ch2_bytes(start: nil, count: value.utf8.count)))
  }
}

extension RequestHead {
  /// What a stream's fields say.
  fileprivate init(_ stream: OpaquePointer) {
    var count = 0
    let fields = UnsafeBufferPointer(start: ch2_fields(stream, &count), count: count)
    self.fields.pairs.reserveCapacity(count)
    for field in fields {
      let value = String(field.value)
      guard field.name.start[0] == UInt8(ascii: ":") else {
        self.fields.pairs.append(.init(key: String(field.name), value: value))
        continue
      }
      switch String(field.name) {
      case ":method": method = Method(value)
      case ":path": target = value
      default: break
      }
    }
  }
}

extension String {
  fileprivate init(_ bytes: ch2_bytes) {
    self.init(decoding: UnsafeBufferPointer(start: bytes.start, count: bytes.count), as: UTF8.self)
  }
}

extension ch2_limits {
  fileprivate init(_ limits: Limits) {
    self.init(
      streams: UInt32(clamping: limits.streamsPerConnection + limits.callsPerConnection),
      stream_window_bytes: UInt32(clamping: limits.streamWindowBytes),
      connection_window_bytes: UInt32(clamping: limits.connectionWindowBytes),
      header_bytes: UInt32(clamping: limits.headerBytes),
      resets_at_once: UInt32(clamping: limits.resetsAtOnce),
      resets_a_second: UInt32(clamping: limits.resetsPerSecond),
      waiting_acknowledgements: UInt32(clamping: limits.waitingAcknowledgements))
  }
}
