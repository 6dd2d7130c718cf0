import CHTTP2
import Logging
import NIOCore
import RPC
import Transport

/// The shell around an HTTP/2 session: reads, writes, and hands requests to their calls. Everything here runs on the
/// channel's event loop. What answers bring in one tick leaves together.
final class HTTP2ChannelHandler: ChannelDuplexHandler, DrainableHandler, TimedHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  /// Bytes that are written at once.
  private static let chunkBytes = 32 << 10

  private let service: HTTPService
  private let peer: ListeningServer.Peer
  let loop: any EventLoop
  let unfinished: UnfinishedBytes
  private var session: OpaquePointer?
  private var context: ChannelHandlerContext?
  /// Requests that wait until the peer has taken more of the answers before.
  private var held = Queue<HTTP2Exchange>()
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
  /// When what happens just now began.
  private(set) var tick = MonotonicInstant.now
  private var times: ConnectionTimes
  private var alarm = Alarm<HTTP2ChannelHandler>()
  private var counts = Counts()
  private var pings, resets: Allowance

  /// What the session had counted when it was looked at last.
  private struct Counts {
    var pings: UInt64 = 0
    var framesSent: UInt64 = 0
    var resets: UInt64 = 0
    var bytesSent: UInt64 = 0
  }

  /// How far the connection is on its way to its end.
  private enum Ending: Comparable {
    case none
    /// The client knows that it is to open no more streams. What it opened before it knew is served.
    case announced
    /// What it opens now is refused.
    case refusing
  }

  init(_ service: HTTPService, _ peer: ListeningServer.Peer, _ loop: any EventLoop) {
    self.service = service
    self.peer = peer
    self.loop = loop
    let limits = service.limits
    unfinished = UnfinishedBytes(limits)
    times = ConnectionTimes(limits, firstRequest: limits.idleTime, at: tick)
    pings = Allowance(limits.pingsAtOnce, perSecond: Double(limits.pingsPerMinute) / 60, at: tick)
    resets = Allowance(limits.resetsAtOnce, perSecond: Double(limits.resetsPerSecond), at: tick)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    var limits = ch2_limits(service.limits)
    session = ch2_new(&limits)
    guard session != nil else { return context.close(promise: nil) }
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
    tick = .now
    let buffer = Self.unwrapInboundIn(data)
    let canGoOn = buffer.withUnsafeReadableBytes { bytes in
      ch2_receive(session, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }
    takeNews()
    guard let session = self.session else { return }
    if let reason = excess(of: session) {
      ch2_end(session, CH2_ENHANCE_YOUR_CALM, reason)
      return closeWhenSent()
    }
    if ending == .announced, ch2_pongs(session) > 0 { refuseStreams() }
    if !canGoOn { closeWhenSent() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    flush()
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
    if let session { for exchange in exchanges(of: session) { exchange.call?.drain(.serverDraining) } }
    changed()
  }

  /// Has the client open no more streams here; those that are open go on. RFC 9113, 6.8: the end is announced, and
  /// comes when the client has heard of it, or could have.
  private func retire() {
    guard let session, ending == .none else { return }
    ending = .announced
    ch2_announce_end(session)
    ch2_ping(session)
    changed()
    let handler = NIOLoopBound(self, eventLoop: loop)
    loop.scheduleTask(in: .nanoseconds(service.limits.lingerTime.wholeNanoseconds)) {
      handler.value.refuseStreams()
    }
  }

  private func refuseStreams() {
    guard let session, ending == .announced else { return }
    ending = .refusing
    ch2_end(session, CH2_NO_ERROR, nil)
    changed()
  }

  /// What the peer does too much of.
  private func excess(of session: OpaquePointer) -> String? {
    let before = counts
    counts.pings = ch2_pings(session)
    counts.framesSent = ch2_frames_sent(session)
    counts.resets = ch2_resets_sent(session)
    if counts.resets != before.resets, !resets.covers(counts.resets - before.resets, at: tick) {
      return "too_many_resets"
    }
    let isCovered = pings.covers(
      counts.pings - before.pings, earned: counts.framesSent - before.framesSent, at: tick)
    return isCovered ? nil : "too_many_pings"
  }

  // MARK: Streams

  private func takeNews() {
    var news: UInt32 = 0
    // What a call does may end the session.
    while let session, let stream = ch2_next(session, &news) {
      let exchange = exchange(of: stream)
      guard news & CH2_CLOSED.rawValue == 0 else {
        if exchange.held != nil { held.removeAll { $0 === exchange } }
        exchange.closed()
        continue
      }
      guard let waiting = exchange.held else {
        exchange.take(news)
        continue
      }
      exchange.held = waiting | news
      if waiting != 0 { continue }
      // None overtakes those that wait.
      if !held.isEmpty || ch2_waiting_in_all(session) > service.limits.queuedBytes {
        held.append(exchange)
      } else {
        begin(exchange)
      }
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
    guard let stream = exchange.stream, let news = exchange.held.take() else { return }
    times.callBegan()
    guard !ch2_is_oversized(stream) else {
      exchange.respond(431, [], length: 0)
      return exchange.finish([])
    }
    let head = ch2_head(stream)
    let fields = PackedPairs(copying: UnsafeRawBufferPointer(start: head.start, count: head.count))
    ch2_forget_head(stream)
    exchange.call = service.call(RequestHead(fields), from: peer, on: exchange)
    exchange.take(news)
    if endsStreams { exchange.call?.drain(.serverDraining) }
    // What is not complete by now is waited for.
    guard exchange.call?.isRequestComplete == false else { return }
    exchange.waitedForSince = tick
    times.isUnfinished(since: tick)
  }

  /// Hands on what was held back, once the peer has taken enough.
  private func beginHeld() {
    while let session, ch2_waiting_in_all(session) <= service.limits.queuedBytes / 2,
      let next = held.popFirst()
    {
      begin(next)
    }
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

  func alarmRang() {
    alarm.hasRung()
    guard let session, !isClosing else { return }
    tick = .now
    let due = times.due(at: tick)
    if due.contains(.stalled) {
      isClosing = true
      context?.close(promise: nil)
      return
    }
    if due.contains(.aged) || due.contains(.quiet) { retire() }
    if due.contains(.slowRequests) {
      let limit = tick - service.limits.frameTime
      let unfinished = exchanges(of: session).filter { $0.call?.isRequestComplete == false }
      for exchange in unfinished where exchange.waitedForSince <= limit {
        exchange.call?.fail(.requestTooSlow)
      }
      times.unfinished(unfinished.map(\.waitedForSince).filter { $0 > limit })
    }
    alarm.wake(self, at: times.wakeUp, on: loop)
  }

  func callEnded() { times.callEnded(at: tick) }

  /// How long a request is listened to whose answer is complete.
  var lingerTime: Duration { service.limits.lingerTime }

  // MARK: Writing

  /// Something is to be sent: with this tick.
  func changed() {
    mustFlushAgain = true
    guard !isReading, !isFlushing, !isFlushScheduled, context != nil else { return }
    isFlushScheduled = true
    let handler = NIOLoopBound(self, eventLoop: loop)
    loop.execute { handler.value.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    mustFlushAgain = true
    guard !isFlushing else { return }
    isFlushing = true
    tick = .now
    while mustFlushAgain, session != nil {
      mustFlushAgain = false
      writeWhatWaits()
      takeNews()
      beginHeld()
    }
    isFlushing = false
    guard let session, !isClosing else { return }
    noteProgress(of: session)
    alarm.wake(self, at: times.wakeUp, on: loop)
    if ch2_is_over(session) { close() }
  }

  private func writeWhatWaits() {
    guard let context, !isClosing else { return }
    var hasWritten = false
    while let session, context.channel.isWritable, let buffer = nextChunk(session, context) {
      hasWritten = true
      guard buffer.readableBytes == Self.chunkBytes else {
        context.write(Self.wrapOutboundOut(buffer), promise: nil)
        break
      }
      // Of much it is seen how it goes.
      context.write(Self.wrapOutboundOut(buffer)).assumeIsolated().whenSuccess { [weak self] in
        self?.times.isTaking(at: .now)
      }
    }
    if hasWritten { context.flush() }
  }

  /// What is to be sent next, in as much memory as it needs: it may have to wait there.
  private func nextChunk(_ session: OpaquePointer, _ context: ChannelHandlerContext) -> ByteBuffer? {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.chunkBytes) { chunk in
      let count = ch2_send(session, chunk.baseAddress, chunk.count)
      guard count > 0 else { return nil }
      var buffer = context.channel.allocator.buffer(capacity: count)
      buffer.writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk)[..<count]))
      return buffer
    }
  }

  /// A peer that lets answers wait, by closing its windows or by not reading, takes some of them in time.
  private func noteProgress(of session: OpaquePointer) {
    let sent = ch2_bytes_sent(session)
    if sent != counts.bytesSent { times.isTaking(at: tick) }
    counts.bytesSent = sent
    let isBlocked = ch2_waiting_in_all(session) > 0 || context?.channel.isWritable == false
    times.isBlocked(isBlocked, at: tick)
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
    alarm.cancel()
    Closing.afterLastWrite(context, service.limits)
  }

  private func disconnected() {
    guard let session else { return }
    alarm.cancel()
    self.session = nil
    held.removeAll()
    for exchange in exchanges(of: session) { exchange.closed() }
    ch2_free(session)
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
