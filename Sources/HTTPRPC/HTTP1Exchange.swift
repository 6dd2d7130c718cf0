import NIOCore
import RPC
import Transport

/// One request of HTTP/1.1 and its answer.
final class HTTP1Exchange: Exchange {
  /// `nil` with the end, and when the connection is gone.
  private var handler: HTTP1ChannelHandler?
  private let head: HTTP1Head
  let loop: any EventLoop
  let unfinished: UnfinishedBytes
  private var call: Call?
  var addedFields: [Field] = []
  let begun: MonotonicInstant
  /// All of the request is here; and has been handed on.
  private var isRequestComplete = false
  private(set) var isRead = false
  private(set) var isAnswerComplete = false
  /// Since when the rest of its request is waited for: its beginning, or its answer's end.
  private(set) var waitedForSince: MonotonicInstant
  /// The answer's end is the connection's.
  private var mustClose: Bool
  /// The answer's body comes in chunks.
  private var isChunked = false

  init(_ handler: HTTP1ChannelHandler, _ head: HTTP1Head) {
    self.handler = handler
    self.head = head
    loop = handler.loop
    unfinished = handler.unfinished
    begun = .now
    waitedForSince = begun
    mustClose = !head.isKeepAlive
  }

  // MARK: The request

  func begin(_ service: HTTPService, _ peer: ListeningServer.Peer) {
    let call = service.call(head.request, from: peer, on: self)
    // One that was refused has no use for its body.
    guard !isAnswerComplete else { return }
    self.call = call
    guard head.expectsContinue else { return }
    handler?.write { out in
      out.writeStatus(100)
      out.writeLineEnd()
    }
  }

  /// - Parameter isWhole: this is all of the body.
  func received(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) {
    if isWhole { isRequestComplete = true }
    guard let call else { return consumed(bytes.count) }
    call.received(bytes, isAll: isWhole)
  }

  func receivedEnd() {
    isRequestComplete = true
    isRead = true
    call?.receivedEnd()
    if isAnswerComplete { ended() }
  }

  func awaitRest() { call?.awaitRest() }
  func roomIsMade() { call?.roomIsMade() }
  func drain() { call?.drain(.serverDraining) }

  /// Its client should be done by some time; those who send many messages may take theirs.
  var isWaitedFor: Bool {
    !isRequestComplete && (isAnswerComplete || call?.isRequestComplete != true)
  }

  /// Gives a request up that is waited for since before `limit`. What follows it could not be told from its rest, so
  /// the connection ends with the answer.
  func giveUpUnlessComplete(since limit: MonotonicInstant) {
    guard isWaitedFor, waitedForSince <= limit else { return }
    mustClose = true
    if isAnswerComplete {
      ended()
    } else {
      call?.fail(.requestTooSlow)
    }
  }

  func cancelled() {
    isAnswerComplete = true
    call?.cancel(.cancelled)
    call = nil
    handler = nil
  }

  /// Request and answer are complete, or there is no more than this answer.
  private func ended() {
    let handler = handler
    self.handler = nil
    handler?.ended(mustClose: mustClose)
  }

  // MARK: The answer

  func respond(_ status: Int, _ fields: [Field], length: Int?) {
    respond(status, length) { out in
      for field in fields { out.writeField(field.name, field.value) }
      for field in addedFields { out.writeField(field.name, field.value) }
    }
  }

  func respond(_ fields: PreparedFields, length: Int?) {
    respond(200, length) { $0.writeImmutableBuffer(fields.text) }
  }

  private func respond(_ status: Int, _ length: Int?, _ writeFields: (inout ByteBuffer) -> Void) {
    guard !isAnswerComplete, let handler else { return }
    // RFC 9110: these answers have no content, and so have those to HEAD.
    let hasContent = head.request.method != .head && status != 204 && status != 304
    isChunked = length == nil && hasContent && !head.isHTTP10
    // HTTP/1.0 has no chunks: the end of the connection is the answer's.
    if length == nil, hasContent, head.isHTTP10 { mustClose = true }
    handler.write { out in
      out.writeStatus(status, isHTTP10: head.isHTTP10)
      writeFields(&out)
      if let length { out.writeField("content-length", String(length)) }
      if isChunked { out.writeField("transfer-encoding", "chunked") }
      if handler.isDraining || mustClose {
        out.writeField("connection", "close")
      } else if head.isHTTP10 {
        out.writeField("connection", "keep-alive")
      }
      out.writeLineEnd()
    }
  }

  func write(_ prefix: Envelope.Prefix?, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      let count = bytes.count + (prefix == nil ? 0 : Envelope.headerBytes)
      writeBody(count) { out in
        if let prefix { prefix.write(to: &out, before: bytes) } else { out.writeBytes(bytes) }
      }
    }
  }

  func write(_ bytes: ByteBuffer) { writeBody(bytes.readableBytes) { $0.writeImmutableBuffer(bytes) } }

  private func writeBody(_ count: Int, _ write: (inout ByteBuffer) -> Void) {
    // A chunk of nothing would be the last.
    guard !isAnswerComplete, count > 0 else { return }
    handler?.write { out in
      if isChunked { out.writeChunkHead(count) }
      write(&out)
      if isChunked { out.writeLineEnd() }
    }
  }

  func finish(_ trailers: [Field]) {
    finish { out in for field in trailers { out.writeField(field.name, field.value) } }
  }

  func finish(_ trailers: PreparedFields) { finish { $0.writeImmutableBuffer(trailers.text) } }

  private func finish(_ writeTrailers: (inout ByteBuffer) -> Void) {
    guard !isAnswerComplete, let handler else { return }
    isAnswerComplete = true
    call = nil
    if isChunked {
      handler.write { out in
        out.writeLastChunk()
        writeTrailers(&out)
        out.writeLineEnd()
      }
    }
    if isRequestComplete || mustClose || handler.isDraining { return ended() }
    waitedForSince = .now
    handler.awaitsRest(since: waitedForSince)
  }

  /// After the end the connection has settled for all of it.
  func consumed(_ count: Int) { handler?.consumed(count) }

  /// NIO does not say how many: more than its mark, or few.
  var waitingBytes: Int { handler?.isWritable ?? true ? 0 : Int.max }

  /// It is told without being asked.
  func askForRoom(_ bytes: Int) {}
}
