/// Protobuf and ttrpc, put together by hand: what is malformed on purpose no library would write.
enum WireBytes {
  enum WireType: UInt64, CaseIterable {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
  }

  static func tag(_ field: Int, _ type: WireType) -> [UInt8] { varint(UInt64(field) << 3 | type.rawValue) }

  static func field(_ field: Int, number: Int64) -> [UInt8] {
    tag(field, .varint) + varint(UInt64(bitPattern: number))
  }

  static func field(_ field: Int, bytes: [UInt8]) -> [UInt8] {
    tag(field, .lengthDelimited) + varint(UInt64(bytes.count)) + bytes
  }

  static func field(_ field: Int, text: String) -> [UInt8] { self.field(field, bytes: Array(text.utf8)) }

  static func be32(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  /// A ttrpc frame whose header may announce another length than its data has.
  static func frame(
    _ type: UInt8, _ stream: UInt32, flags: UInt8 = 0, _ data: [UInt8], announcing: UInt32? = nil
  )
    -> [UInt8]
  {
    be32(announcing ?? UInt32(data.count)) + be32(stream) + [type, flags] + data
  }

  /// The data of a request frame.
  ///
  /// - Parameter nanoseconds: how long the caller waits; 0: as long as it takes.
  static func envelope(_ method: MethodName, _ payload: [UInt8], nanoseconds: Int64 = 0) -> [UInt8] {
    let name = field(1, text: method.service) + field(2, text: method.method)
    return name + field(3, bytes: payload) + (nanoseconds == 0 ? [] : field(4, number: nanoseconds))
  }

  /// A record of a well-formed message: its field, and where tag and value, and the value's content, stand.
  struct Record {
    var field: Int
    var whole: Range<Int>
    var content: Range<Int>
  }

  /// The records of a well-formed message. Stops at what it cannot read.
  static func records(of message: [UInt8]) -> [Record] {
    var records: [Record] = []
    var position = 0
    func varint() -> UInt64? {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while position < message.count, shift < 64 {
        let byte = message[position]
        position += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return value }
        shift += 7
      }
      return nil
    }
    while position < message.count {
      let start = position
      guard let tag = varint(), let type = WireType(rawValue: tag & 7) else { return records }
      var content = position
      switch type {
      case .varint: _ = varint()
      case .fixed64: position += 8
      case .fixed32: position += 4
      case .lengthDelimited:
        guard let length = varint(), length <= UInt64(message.count - position) else { return records }
        content = position
        position += Int(length)
      }
      records.append(
        Record(field: Int(tag >> 3), whole: start..<position, content: content..<position))
    }
    return records
  }

  /// A message with one field, below a path of field numbers, replaced by other bytes, tag and all. Where the
  /// path repeats, its last element is changed.
  static func replacing(_ path: [Int], in message: [UInt8], by edit: [UInt8]) -> [UInt8] {
    guard let first = path.first else { return edit }
    let records = records(of: message)
    if path.count == 1 {
      return records.filter { $0.field != first }.flatMap { message[$0.whole] } + edit
    }
    let last = records.last { $0.field == first }
    let inner = replacing(
      Array(path.dropFirst()), in: last.map { Array(message[$0.content]) } ?? [], by: edit)
    let kept = records.filter { $0.whole != last?.whole }.flatMap { message[$0.whole] }
    return kept + field(first, bytes: inner)
  }
}

/// `latchkey.v1.KioskService` and `EnterPin`.
struct MethodName: Hashable, CustomStringConvertible {
  var service: String
  var method: String

  /// - Parameter short: `KioskService/EnterPin`.
  init(_ short: String) {
    let parts = short.split(separator: "/")
    service = "latchkey.v1.\(parts[0])"
    method = String(parts[1])
  }

  var description: String { "\(service.dropFirst("latchkey.v1.".count))/\(method)" }
}
