/// Reads the few shapes of protobuf that ttrpc's envelope has, strictly: what is malformed is refused and
/// never guessed at. Never reads past its bytes.
struct ProtobufReader {
  enum Malformed: Error {
    case truncated
    /// A varint of more than ten bytes, or of more than 64 bits.
    case overlongVarint
    /// Field number 0 or above 2^29 - 1.
    case fieldNumber
    /// A group, a wire type that does not exist, or one that the field cannot have.
    case wireType
    case notUTF8
    case tooManyFields
  }

  enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  /// - Parameter range: positions in `bytes`, which stay valid while this reads.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    self.bytes = bytes
    self.position = range.lowerBound
    self.end = range.upperBound
  }

  init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes, in: 0..<bytes.count) }

  /// The next field's number and wire type; `nil` at the end.
  mutating func nextTag() throws(Malformed) -> (field: UInt64, type: WireType)? {
    guard position < end else { return nil }
    let tag = try varint()
    let field = tag >> 3
    guard (1...0x1FFF_FFFF).contains(field) else { throw .fieldNumber }
    guard let type = WireType(rawValue: tag & 7) else { throw .wireType }
    return (field, type)
  }

  mutating func varint() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < end else { throw .truncated }
      let byte = bytes[position]
      position += 1
      // The tenth byte holds the 64th bit and nothing else.
      guard shift < 63 || byte <= 1 else { throw .overlongVarint }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
  }

  /// The positions of a length-delimited field's content.
  mutating func content() throws(Malformed) -> Range<Int> {
    let length = try varint()
    guard length <= UInt64(end - position) else { throw .truncated }
    let start = position
    position += Int(length)
    return start..<position
  }

  /// As `content`, for a field that must hold UTF-8.
  mutating func text() throws(Malformed) -> Range<Int> {
    let range = try content()
    guard Self.isUTF8(UnsafeRawBufferPointer(rebasing: bytes[range])) else { throw .notUTF8 }
    return range
  }

  mutating func skip(_ type: WireType) throws(Malformed) {
    switch type {
    case .varint: _ = try varint()
    case .fixed64: try advance(8)
    case .lengthDelimited: _ = try content()
    case .fixed32: try advance(4)
    }
  }

  private mutating func advance(_ count: Int) throws(Malformed) {
    guard end - position >= count else { throw .truncated }
    position += count
  }

  /// Names are nearly always ASCII: only other bytes cost a full validation.
  static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var all: UInt8 = 0
    for byte in bytes { all |= byte }
    return all < 0x80 || String(validating: bytes, as: UTF8.self) != nil
  }
}
