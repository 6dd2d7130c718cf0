import NIOCore
import RPC

/// Frames and envelopes by themselves: what is cut otherwise is the same, what is read lies within its bytes,
/// and what was read, written and read again is the same.
enum Envelopes {
  static let maximumLength = 200
  static let maximumPairs = 3

  static func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    let raw = UnsafeRawBufferPointer(bytes)
    require(
      ProtobufReader.isUTF8(raw) == (String(validating: bytes, as: UTF8.self) != nil), "UTF-8 is judged")
    request(raw)
    response(raw)
    frames(bytes)
  }

  private static func request(_ bytes: UnsafeRawBufferPointer) {
    guard let envelope = try? RequestEnvelope(bytes, maximumPairs: maximumPairs) else { return }
    for range in [envelope.service, envelope.method, envelope.payload] {
      require(range.lowerBound >= 0 && range.upperBound <= bytes.count, "what was read lies within")
    }
    require(envelope.metadata.count <= maximumPairs, "pairs are bounded")
    let service = String(decoding: bytes[envelope.service], as: UTF8.self)
    let method = String(decoding: bytes[envelope.method], as: UTF8.self)
    guard !service.isEmpty, !method.isEmpty, !service.contains("/"), !method.contains("/") else { return }

    let name = ProcedureName("\(service)/\(method)")
    let payload = Array(bytes[envelope.payload])
    var buffer = ByteBuffer()
    buffer.writeRequestEnvelope(
      name, payload: payload, timeoutNano: envelope.timeoutNano, metadata: envelope.metadata)
    let size = ByteBuffer.requestBytes(
      name, payload: payload, timeoutNano: envelope.timeoutNano, metadata: envelope.metadata)
    require(buffer.readableBytes == size, "sizes are known beforehand")
    buffer.withUnsafeReadableBytes { written in
      guard let again = try? RequestEnvelope(written, maximumPairs: maximumPairs) else {
        fatalError("does not hold: what was written can be read")
      }
      require(again.timeoutNano == envelope.timeoutNano, "time-outs come back")
      require(again.metadata == envelope.metadata, "metadata comes back")
      require(written[again.service].elementsEqual(bytes[envelope.service]), "services come back")
      require(written[again.method].elementsEqual(bytes[envelope.method]), "methods come back")
      require(written[again.payload].elementsEqual(payload), "payloads come back")
    }
  }

  private static func response(_ bytes: UnsafeRawBufferPointer) {
    guard let envelope = try? ResponseEnvelope(bytes) else { return }
    for range in [envelope.status, envelope.payload] {
      require(range.lowerBound >= 0 && range.upperBound <= bytes.count, "what was read lies within")
    }
    let payload = Array(bytes[envelope.payload])
    var buffer = ByteBuffer()
    buffer.writeResponseFrame(streamID: 1, payload: payload)
    require(
      buffer.readableBytes == Frame.headerBytes + ByteBuffer.responseBytes(payload: payload.count),
      "sizes are known beforehand")
  }

  private static func frames(_ bytes: UnsafeBufferPointer<UInt8>) {
    let whole = decode(bytes, piece: max(bytes.count, 1))
    require(decode(bytes, piece: 1) == whole, "byte by byte it is the same")
    require(decode(bytes, piece: 7) == whole, "in pieces it is the same")
  }

  private struct Decoded: Equatable {
    var frames: [Frame] = []
    var oversized: Frame.Header?
  }

  private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, piece: Int) -> Decoded {
    var decoder = FrameDecoder()
    var decoded = Decoded()
    for start in stride(from: 0, to: bytes.count, by: piece) {
      decoder.append(ByteBuffer(bytes: bytes[start..<min(start + piece, bytes.count)]))
      do {
        while let frame = try decoder.next(maximumLength: maximumLength) { decoded.frames.append(frame) }
      } catch {
        decoded.oversized = error.header
        require(error.header.length > maximumLength, "only what is too large is refused")
        return decoded
      }
      require(decoder.bufferedBytes < Frame.headerBytes + maximumLength, "less than a frame is kept")
    }
    return decoded
  }
}
