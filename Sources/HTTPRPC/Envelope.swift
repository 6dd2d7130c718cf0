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

  static func header(_ flags: Flags, count: Int) -> [UInt8] {
    let length = UInt32(count)
    return [
      flags.rawValue, UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
      UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
    ]
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
  private let limit: Int
  private var bytes: [UInt8] = []
  private var position = 0

  /// - Parameter limit: bytes of one message. What is announced to be larger is refused before it comes.
  init(limit: Int) {
    self.limit = limit
  }

  /// What came does not end with an envelope.
  var isInside: Bool { position < bytes.count }

  mutating func append(_ piece: UnsafeRawBufferPointer) {
    if position == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
      position = 0
    } else if position > Self.keptCapacity {
      bytes.removeFirst(position)
      position = 0
    }
    bytes.append(contentsOf: piece)
  }

  private static let keptCapacity = 64 << 10

  /// The next envelope that is complete.
  mutating func next() throws(Failure) -> (flags: Envelope.Flags, message: [UInt8])? {
    let found = bytes.withUnsafeBytes { Envelope.read($0, at: position) }
    guard let (flags, payload) = found else { return nil }
    guard payload.count <= limit else { throw .requestTooLarge(limit) }
    guard payload.upperBound <= bytes.count else { return nil }
    position = payload.upperBound
    return (flags, Array(bytes[payload]))
  }
}
