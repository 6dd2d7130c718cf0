import NIOCore
import RPC
import Transport

/// Collects the frames of a tick in one buffer.
struct FrameWriter {
  /// Handed to the socket in pieces of this size, so that progress shows.
  private static let chunkBytes = 64 << 10
  /// A buffer that grew beyond is given back after its tick: most connections wait, and there are thousands.
  private static let keptBytes = 1 << 10

  /// The largest envelope, in bytes.
  private let maximum: Int
  private let domain: String
  private var buffer = ByteBuffer()
  private var leaving = ByteBuffer()

  init(limits: Limits, domain: String) {
    self.maximum = limits.messageBytes
    self.domain = domain
  }

  var waitingBytes: Int { buffer.readableBytes }

  /// A response, or why it is too large to be one.
  mutating func response(_ payload: [UInt8], streamID: UInt32) throws(Failure) {
    let size = ByteBuffer.responseBytes(payload: payload.count)
    guard size <= maximum else { throw .responseTooLarge(size, maximum) }
    buffer.writeResponseFrame(streamID: streamID, payload: payload)
  }

  /// A response that tells of a failure. One whose texts outgrow a frame is told without them.
  mutating func failure(_ failure: Failure, streamID: UInt32) {
    var status = failure.encodedStatus(domain: domain)
    if ByteBuffer.responseBytes(payload: status.count) > maximum {
      status = Failure(failure.code, reason: failure.reason, "").encodedStatus(domain: domain)
    }
    buffer.writeResponseFrame(streamID: streamID, status: status)
  }

  /// Frames that are complete.
  mutating func frames(_ frames: ByteBuffer) { buffer.writeImmutableBuffer(frames) }

  mutating func end(streamID: UInt32) { buffer.writeEndFrame(streamID: streamID) }

  mutating func request(
    _ name: ProcedureName,
    streamID: UInt32,
    flags: Frame.Flags,
    payload: [UInt8],
    timeoutNano: Int64,
    metadata: Metadata
  ) throws(Failure) {
    let size = ByteBuffer.requestBytes(name, payload: payload, timeoutNano: timeoutNano, metadata: metadata)
    guard size <= maximum else { throw .requestTooLarge(size, maximum) }
    buffer.writeFrameHeader(.request, streamID: streamID, flags: flags, length: size)
    buffer.writeRequestEnvelope(name, payload: payload, timeoutNano: timeoutNano, metadata: metadata)
  }

  /// The next piece for the socket, until nothing waits. What is written meanwhile comes last.
  mutating func nextChunk() -> ByteBuffer? {
    if leaving.readableBytes == 0 {
      guard buffer.readableBytes > 0 else { return nil }
      swap(&buffer, &leaving)
    }
    return leaving.readSlice(length: min(leaving.readableBytes, Self.chunkBytes))
  }

  /// Makes the written buffer the next one to write to, once the socket has let go of it.
  mutating func recycle() {
    guard buffer.readableBytes == 0, leaving.readableBytes == 0 else { return }
    swap(&buffer, &leaving)
    if buffer.capacity > Self.keptBytes { buffer = ByteBuffer() }
    buffer.clear()
    leaving = ByteBuffer()
  }
}
