import CHTTP2
import NIOCore
import RPC

/// One stream of an HTTP/2 connection.
final class HTTP2Exchange: Exchange {
  /// `nil` once it is closed.
  private(set) var stream: OpaquePointer?
  /// `nil` with the stream.
  private var handler: HTTP2ChannelHandler?
  let loop: any EventLoop
  let unfinished: UnfinishedBytes
  let begun: MonotonicInstant
  /// Since when the rest of its request is waited for: one that was held back could not be sent.
  var waitedForSince: MonotonicInstant
  /// `nil` before its head was read, and once it has ended.
  var call: Call?
  var addedFields: [Field] = []
  /// What is new, while its request waits to be handed on; `nil` when it was.
  var held: UInt32? = 0
  private var hasRead = false
  private var isRequestComplete = false

  init(_ stream: OpaquePointer, _ handler: HTTP2ChannelHandler) {
    self.stream = stream
    self.handler = handler
    loop = handler.loop
    unfinished = handler.unfinished
    begun = handler.tick
    waitedForSince = begun
  }

  // MARK: The request

  /// Handles what is new about its request.
  func take(_ news: UInt32) {
    if news & CH2_END.rawValue != 0 { isRequestComplete = true }
    let isWhole = isRequestComplete && !hasRead
    if news & (CH2_BODY.rawValue | CH2_END.rawValue) != 0 { readBody(isAll: isWhole) }
    if news & CH2_END.rawValue != 0 { call?.receivedEnd() }
    if news & CH2_ROOM.rawValue != 0 { call?.roomIsMade() }
    call?.awaitRest()
    // The stream lives on until its client has the answer; its memory serves the next call sooner.
    if call?.progress == .ended { call = nil }
  }

  private func readBody(isAll: Bool) {
    guard let stream else { return }
    let body = ch2_take(stream)
    guard body.count > 0 else { return }
    hasRead = true
    if let call {
      call.received(UnsafeRawBufferPointer(start: body.start, count: body.count), isAll: isAll)
    } else {
      ch2_credit(stream, body.count)
    }
    if self.stream != nil { ch2_give_back(stream) }
  }

  func consumed(_ count: Int) {
    guard let stream else { return }
    ch2_credit(stream, count)
    handler?.changed()
  }

  /// The stream is over, on either side.
  func closed() {
    guard let stream else { return }
    self.stream = nil
    if held == nil { handler?.callEnded() }
    handler = nil
    call?.cancel(.cancelled)
    call = nil
    ch2_release(stream)
    Unmanaged.passUnretained(self).release()
  }

  // MARK: The answer

  func respond(_ status: Int, _ fields: [Field], length: Int?) {
    guard let stream else { return }
    var scratch = FieldScratch()
    scratch.fill(status, fields + addedFields) { ch2_respond(stream, $0, $1, length == 0) }
    handler?.changed()
  }

  func respond(_ fields: PreparedFields, length: Int?) {
    guard let stream else { return }
    ch2_respond_with(stream, fields.block, length == 0)
    handler?.changed()
  }

  func write(_ prefix: Envelope.Prefix?, _ bytes: [UInt8]) {
    guard let stream else { return }
    if let prefix {
      withUnsafeTemporaryAllocation(byteCount: Envelope.headerBytes, alignment: 1) { header in
        prefix.write(to: header)
        ch2_write(stream, header.baseAddress, header.count)
      }
    }
    ch2_write(stream, bytes, bytes.count)
    handler?.changed()
  }

  func write(_ bytes: ByteBuffer) {
    guard let stream else { return }
    bytes.withUnsafeReadableBytes { ch2_write(stream, $0.baseAddress, $0.count) }
    handler?.changed()
  }

  func finish(_ trailers: [Field]) {
    guard let stream else { return }
    var scratch = FieldScratch()
    scratch.fill(nil, trailers) { ch2_finish(stream, $0, $1) }
    finished()
  }

  func finish(_ trailers: PreparedFields) {
    guard let stream else { return }
    ch2_finish_with(stream, trailers.block)
    finished()
  }

  /// The answer is complete. RFC 9113, 8.1: where the request is not, its client is told that the rest is not wanted,
  /// though not before it could be heard what is wrong with it.
  private func finished() {
    guard let handler else { return }
    handler.changed()
    guard !isRequestComplete else { return }
    let exchange = NIOLoopBound(self, eventLoop: loop)
    loop.scheduleTask(in: .nanoseconds(handler.lingerTime.wholeNanoseconds)) { exchange.value.dropRest() }
  }

  private func dropRest() {
    guard let stream else { return }
    ch2_reset(stream, CH2_NO_ERROR)
    handler?.changed()
  }

  var waitingBytes: Int { stream.map(ch2_waiting) ?? 0 }

  func askForRoom(_ bytes: Int) {
    guard let stream else { return }
    ch2_ask_for_room(stream, bytes)
  }
}
