import NIOCore
import RPC

/// ttrpc's `Request` message. The parts lie in the frame they came in; these are their positions.
struct RequestEnvelope {
  var service = 0..<0
  var method = 0..<0
  var payload = 0..<0
  /// Nanoseconds that the caller waits. 0: no limit. Below 0: the time is already over.
  var timeoutNano: Int64 = 0
  var metadata = Metadata()

  private enum Field {
    static let service: UInt64 = 1
    static let method: UInt64 = 2
    static let payload: UInt64 = 3
    static let timeoutNano: UInt64 = 4
    static let metadata: UInt64 = 5
  }

  /// Reads an envelope. Unknown fields are skipped; of a field that repeats, the last counts.
  ///
  /// - Parameter bytes: the whole data of a request frame.
  init(_ bytes: UnsafeRawBufferPointer, maximumPairs: Int) throws(ProtobufReader.Malformed) {
    var reader = ProtobufReader(bytes)
    var pairs = 0
    while let (field, type) = try reader.nextTag() {
      switch field {
      case Field.service:
        guard type == .lengthDelimited else { throw .wireType }
        service = try reader.text()
      case Field.method:
        guard type == .lengthDelimited else { throw .wireType }
        method = try reader.text()
      case Field.payload:
        guard type == .lengthDelimited else { throw .wireType }
        payload = try reader.content()
      case Field.timeoutNano:
        guard type == .varint else { throw .wireType }
        timeoutNano = Int64(bitPattern: try reader.varint())
      case Field.metadata:
        guard type == .lengthDelimited else { throw .wireType }
        guard pairs < maximumPairs else { throw .tooManyFields }
        pairs += 1
        let (key, value) = try Self.pair(bytes, in: try reader.content())
        metadata.append(key: key, value: value)
      default:
        try reader.skip(type)
      }
    }
  }

  private static func pair(
    _ bytes: UnsafeRawBufferPointer,
    in range: Range<Int>
  ) throws(ProtobufReader.Malformed) -> Metadata.Element {
    var reader = ProtobufReader(bytes, in: range)
    var key = 0..<0
    var value = 0..<0
    while let (field, type) = try reader.nextTag() {
      switch field {
      case 1:
        guard type == .lengthDelimited else { throw .wireType }
        key = try reader.text()
      case 2:
        guard type == .lengthDelimited else { throw .wireType }
        value = try reader.text()
      default:
        try reader.skip(type)
      }
    }
    return (String(decoding: bytes[key], as: UTF8.self), String(decoding: bytes[value], as: UTF8.self))
  }
}

/// ttrpc's `Response` message, as a client reads it.
struct ResponseEnvelope {
  /// An encoded `google.rpc.Status`; empty or with code 0: success.
  var status = 0..<0
  var payload = 0..<0

  init(_ bytes: UnsafeRawBufferPointer) throws(ProtobufReader.Malformed) {
    var reader = ProtobufReader(bytes)
    while let (field, type) = try reader.nextTag() {
      switch field {
      case 1:
        guard type == .lengthDelimited else { throw .wireType }
        status = try reader.content()
      case 2:
        guard type == .lengthDelimited else { throw .wireType }
        payload = try reader.content()
      default:
        try reader.skip(type)
      }
    }
  }
}

/// Writing envelopes, whole frames at a time: sizes are known beforehand, so nothing is written twice.
extension ByteBuffer {
  /// Writes a successful response. A message without bytes is left out, as proto3 does.
  mutating func writeResponseFrame(streamID: UInt32, payload: [UInt8]) {
    writeResponseFrame(streamID: streamID, field: 2, payload)
  }

  /// Writes a response with an encoded `google.rpc.Status`.
  mutating func writeResponseFrame(streamID: UInt32, status: [UInt8]) {
    writeResponseFrame(streamID: streamID, field: 1, status)
  }

  /// Header and envelope in one go: it stands in the way of every answer.
  private mutating func writeResponseFrame(streamID: UInt32, field: UInt8, _ content: [UInt8]) {
    let length = Self.fieldBytes(content.count)
    writeWithUnsafeMutableBytes(minimumWritableBytes: Frame.headerBytes + length) { bytes in
      bytes.storeBytes(of: UInt32(length).bigEndian, as: UInt32.self)
      bytes.storeBytes(of: streamID.bigEndian, toByteOffset: 4, as: UInt32.self)
      bytes[8] = Frame.Kind.response.rawValue
      bytes[9] = 0
      guard length > 0 else { return Frame.headerBytes }
      bytes[Frame.headerBytes] = field << 3 | 2
      var position = Frame.headerBytes + 1
      var rest = content.count
      while rest >= 0x80 {
        bytes[position] = UInt8(truncatingIfNeeded: rest) | 0x80
        rest >>= 7
        position += 1
      }
      bytes[position] = UInt8(rest)
      UnsafeMutableRawBufferPointer(rebasing: bytes[(position + 1)...]).copyBytes(from: content)
      return Frame.headerBytes + length
    }
  }

  /// The size of a successful response's envelope.
  static func responseBytes(payload: Int) -> Int { fieldBytes(payload) }

  /// The size of a request's envelope.
  static func requestBytes(
    _ name: ProcedureName,
    payload: [UInt8],
    timeoutNano: Int64,
    metadata: Metadata
  ) -> Int {
    var size = fieldBytes(name.service.utf8.count) + fieldBytes(name.method.utf8.count)
    size += fieldBytes(payload.count)
    if timeoutNano != 0 { size += 1 + varintBytes(UInt64(bitPattern: timeoutNano)) }
    for pair in metadata {
      let content = pairBytes(pair)
      size += 1 + varintBytes(UInt64(content)) + content
    }
    return size
  }

  /// Writes the data of a request frame.
  mutating func writeRequestEnvelope(
    _ name: ProcedureName,
    payload: [UInt8],
    timeoutNano: Int64,
    metadata: Metadata
  ) {
    writeField(1, name.service.utf8)
    writeField(2, name.method.utf8)
    writeField(3, payload)
    if timeoutNano != 0 {
      writeInteger(UInt8(4 << 3))
      writeVarint(UInt64(bitPattern: timeoutNano))
    }
    for pair in metadata {
      writeInteger(UInt8(5 << 3 | 2))
      writeVarint(UInt64(Self.pairBytes(pair)))
      writeField(1, pair.key.utf8)
      writeField(2, pair.value.utf8)
    }
  }

  private mutating func writeField(_ field: UInt8, _ content: some Collection<UInt8>) {
    guard !content.isEmpty else { return }
    writeInteger(field << 3 | 2)
    writeVarint(UInt64(content.count))
    writeBytes(content)
  }

  private mutating func writeVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    writeInteger(UInt8(rest))
  }

  /// Tag, length and content of a length-delimited field with a number below 16; 0 when it is left out.
  private static func fieldBytes(_ count: Int) -> Int {
    guard count > 0 else { return 0 }
    return 1 + varintBytes(UInt64(count)) + count
  }

  private static func varintBytes(_ value: UInt64) -> Int {
    max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
  }

  private static func pairBytes(_ pair: Metadata.Element) -> Int {
    fieldBytes(pair.key.utf8.count) + fieldBytes(pair.value.utf8.count)
  }
}
