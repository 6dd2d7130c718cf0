import NIOCore
import RPC

/// A message as gRPC, gRPC-Web and Connect's streams send it: a byte of flags, its length in four bytes, its bytes.
struct Envelope {
  struct Flags: OptionSet {
    let rawValue: UInt8
    static let compressed = Flags(rawValue: 0x01)
    /// Connect: the last one, which is no message but tells how the stream ended.
    static let connectEnd = Flags(rawValue: 0x02)
    /// gRPC-Web: the last one, which holds the trailers.
    static let webTrailers = Flags(rawValue: 0x80)
  }

  static let headerBytes = 5

  /// What stands before a message.
  struct Prefix {
    let flags: Flags
    let count: Int

    func write(to bytes: UnsafeMutableRawBufferPointer) {
      bytes[0] = flags.rawValue
      bytes.storeBytes(of: UInt32(count).bigEndian, toByteOffset: 1, as: UInt32.self)
    }

    func write(to buffer: inout ByteBuffer, before message: UnsafeRawBufferPointer) {
      let total = headerBytes + message.count
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { room in
        write(to: room)
        UnsafeMutableRawBufferPointer(rebasing: room[headerBytes...]).copyMemory(from: message)
        return total
      }
    }

    func followed(by message: [UInt8]) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: headerBytes + message.count) { bytes, count in
        let target = UnsafeMutableRawBufferPointer(bytes)
        write(to: target)
        message.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: target[headerBytes...]).copyMemory(from: $0)
        }
        count = headerBytes + message.count
      }
    }
  }

  /// The flags and the end of the message that begins at `start`; `nil` when not even its header is there. The end
  /// may lie beyond the bytes.
  static func read(_ bytes: UnsafeRawBufferPointer, at start: Int) -> (flags: Flags, payload: Range<Int>)? {
    guard bytes.count - start >= headerBytes else { return nil }
    let length = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start + 1, as: UInt32.self))
    let first = start + headerBytes
    return (Flags(rawValue: bytes[start]), first..<first + Int(length))
  }
}

/// Finds the envelopes in a body that comes in pieces.
struct EnvelopeReader {
  /// What came of an envelope that is not complete.
  private var rest: [UInt8] = []

  private static let keptCapacity = 64 << 10

  /// What came does not end with an envelope.
  var isInside: Bool { !rest.isEmpty }
  var waitingBytes: Int { rest.count }

  /// Hands on each envelope that is complete with this piece; its bytes last as long as the call.
  ///
  /// - Parameter limit: bytes of one message. What is announced to be larger is refused before it comes.
  mutating func read(
    _ piece: UnsafeRawBufferPointer, limit: Int,
    _ take: (Envelope.Flags, UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    guard !rest.isEmpty else {
      let end = try Self.readAll(piece, limit, take)
      rest.append(contentsOf: piece[end...])
      return
    }
    rest.append(contentsOf: piece)
    let end = try rest.span.bytes.withUnsafeBytes { bytes throws(Failure) in
      try Self.readAll(bytes, limit, take)
    }
    if end == rest.count {
      rest.removeAll(keepingCapacity: rest.capacity <= Self.keptCapacity)
    } else {
      rest.removeFirst(end)
    }
  }

  /// Returns where the first envelope begins that is not complete.
  private static func readAll(
    _ bytes: UnsafeRawBufferPointer, _ limit: Int,
    _ take: (Envelope.Flags, UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    var position = 0
    while let (flags, payload) = Envelope.read(bytes, at: position) {
      guard payload.count <= limit else { throw .requestTooLarge(limit) }
      guard payload.upperBound <= bytes.count else { break }
      try take(flags, UnsafeRawBufferPointer(rebasing: bytes[payload]))
      position = payload.upperBound
    }
    return position
  }
}
