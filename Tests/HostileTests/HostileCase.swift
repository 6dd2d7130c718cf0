import SwiftProtobuf

/// One hostile value of one field, as bytes on the wire.
struct HostileCase {
  enum Expectation {
    /// The bytes are no message of that type: refused as MALFORMED_REQUEST.
    case malformed
    /// A well-formed value that nobody may have: refused.
    case refused
    /// Control characters: refused, unless only letters and digits count and nothing else is kept.
    case refusedWhereKept
    /// Refused clearly or taken as what it says.
    case either
    /// Refused as an id is that does not exist, which these are the bytes of.
    case foreign(unknown: [UInt8])
  }

  let name: String
  /// Stands in place of the field, tag and all.
  let bytes: [UInt8]
  let expectation: Expectation

  init(_ name: String, _ bytes: [UInt8], _ expectation: Expectation) {
    self.name = name
    self.bytes = bytes
    self.expectation = expectation
  }

  /// Within what a stranger may send in one frame.
  static let strangerHugeBytes = 60_000
  static let hugeBytes = 1 << 20
  static let floodElements = 100_000

  /// Every case of a field but the broken ones, and those that need ids of another dealer.
  ///
  /// - Parameter huge: bytes of what is huge.
  static func values(of field: Schema.Field, huge: Int) -> [HostileCase] {
    var cases = [HostileCase("missing", [], .either), wrongType(of: field)]
    switch field.kind {
    case .string: cases += texts(field.number, huge)
    case .bytes: cases += bytes(field.number, huge)
    case .int64: cases += numbers(field.number, maximum: .max, minimum: .min)
    case .int32: cases += numbers(field.number, maximum: Int64(Int32.max), minimum: Int64(Int32.min))
    case .bool: cases += flags(field.number)
    case .enum: cases += choices(field)
    case .message: cases += messages(field.number, huge)
    case .double, .float, .uint64, .fixed64, .fixed32, .group, .uint32, .sfixed32, .sfixed64, .sint32,
      .sint64:
      preconditionFailure("\(field.name): the contract has had no such field; say what is hostile to it")
    }
    return field.isRepeated ? cases + [flood(of: field, huge)] : cases
  }

  /// What no parser may take, whatever the field is.
  static func broken(_ field: Int) -> [HostileCase] {
    let varint = WireBytes.tag(field, .varint)
    let content = WireBytes.tag(field, .lengthDelimited)
    let endless = [UInt8](repeating: 0xFF, count: 11)
    func tag(type: UInt64) -> [UInt8] { WireBytes.varint(UInt64(field) << 3 | type) }
    return [
      HostileCase("truncated tag", [0x80], .malformed),
      HostileCase("truncated number", varint + [0x80], .malformed),
      HostileCase("truncated content", content + [200, 1, 2, 3], .malformed),
      HostileCase("overlong varint", varint + endless + [1], .malformed),
      HostileCase("overlong length", content + endless + [1], .malformed),
      HostileCase("length 2^31", content + WireBytes.varint(1 << 31), .malformed),
      HostileCase("length 2^63", content + WireBytes.varint(1 << 63), .malformed),
      HostileCase("length -1", content + WireBytes.varint(.max), .malformed),
      HostileCase("truncated fixed", WireBytes.tag(field, .fixed64) + [1, 2, 3], .malformed),
      HostileCase("group without end", tag(type: 3), .malformed),
      HostileCase("end without group", tag(type: 4), .malformed),
      HostileCase("wire type 6", tag(type: 6) + [0], .malformed),
      HostileCase("wire type 7", tag(type: 7) + [0], .malformed),
      HostileCase("field number 0", [0x00, 0x00], .malformed),
    ]
  }

  /// A well-formed record of a type that the field does not have: as if it were missing.
  private static func wrongType(of field: Schema.Field) -> HostileCase {
    HostileCase("wrong wire type", WireBytes.tag(field.number, .fixed32) + [1, 2, 3, 4], .either)
  }

  private static func texts(_ field: Int, _ huge: Int) -> [HostileCase] {
    func text(_ name: String, _ value: String, _ expectation: Expectation = .either) -> HostileCase {
      HostileCase(name, WireBytes.field(field, text: value), expectation)
    }
    func raw(_ name: String, _ value: [UInt8]) -> HostileCase {
      HostileCase(name, WireBytes.field(field, bytes: value), .malformed)
    }
    return [
      text("empty", ""),
      text("blank", "   "),
      HostileCase("huge", WireBytes.field(field, bytes: [UInt8](repeating: 0x61, count: huge)), .refused),
      HostileCase(
        "many digits", WireBytes.field(field, bytes: [UInt8](repeating: 0x39, count: strangerHugeBytes)),
        .refused),
      text(
        "one endless character", "e" + String(repeating: "\u{301}", count: strangerHugeBytes / 3), .refused),
      text("NUL", "a\0b", .refusedWhereKept),
      text("escape sequence", "\u{1B}[2J", .refusedWhereKept),
      text("negative", "-1"),
      text("beyond 64 bits", "99999999999999999999"),
      text("quotes", "' OR 1=1; --"),
      text("right to left", "\u{202E}abc"),
      raw("not UTF-8", [0x61, 0xFF, 0xFE]),
      raw("truncated UTF-8", [0x61, 0xE2, 0x82]),
      raw("overlong UTF-8", [0xC0, 0x80]),
      raw("surrogate", [0xED, 0xA0, 0x80]),
      raw("beyond Unicode", [0xF4, 0x90, 0x80, 0x80]),
    ]
  }

  private static func bytes(_ field: Int, _ huge: Int) -> [HostileCase] {
    [
      HostileCase("empty", WireBytes.field(field, bytes: []), .either),
      HostileCase("huge", WireBytes.field(field, bytes: [UInt8](repeating: 0, count: huge)), .refused),
      HostileCase("not UTF-8", WireBytes.field(field, bytes: [0xFF, 0xFE, 0x00]), .refused),
    ]
  }

  private static func numbers(_ field: Int, maximum: Int64, minimum: Int64) -> [HostileCase] {
    func number(_ name: String, _ value: Int64, _ expectation: Expectation) -> HostileCase {
      HostileCase(name, WireBytes.field(field, number: value), expectation)
    }
    return [
      number("zero", 0, .either),
      number("largest", maximum, .refused),
      number("2^31", 1 << 31, .refused),
      number("2^53 + 1", 1 << 53 + 1, .either),
      number("-1", -1, .refused),
      number("least", minimum, .refused),
    ]
  }

  private static func flags(_ field: Int) -> [HostileCase] {
    [
      HostileCase("zero", WireBytes.field(field, number: 0), .either),
      HostileCase("one", WireBytes.field(field, number: 1), .either),
      HostileCase("huge", WireBytes.field(field, number: .max), .either),
      HostileCase("-1", WireBytes.field(field, number: -1), .either),
    ]
  }

  private static func choices(_ field: Schema.Field) -> [HostileCase] {
    let beyond = Int64(field.known.max() ?? 0) + 1
    let unknown: [(String, Int64)] = [
      ("unknown value", beyond), ("largest", Int64(Int32.max)), ("-1", -1), ("least", Int64(Int32.min)),
    ]
    let refused = unknown.map {
      HostileCase($0.0, WireBytes.field(field.number, number: $0.1), .refused)
    }
    let known = field.known.sorted().map {
      HostileCase("value \($0)", WireBytes.field(field.number, number: Int64($0)), .either)
    }
    return refused + known
  }

  private static func messages(_ field: Int, _ huge: Int) -> [HostileCase] {
    [
      HostileCase("empty", WireBytes.field(field, bytes: []), .either),
      HostileCase(
        "unknown fields",
        WireBytes.field(field, bytes: WireBytes.field(999, bytes: [UInt8](repeating: 1, count: huge))),
        .either),
      HostileCase("not a message", WireBytes.field(field, bytes: [0xFF, 0xFF, 0xFF]), .malformed),
    ]
  }

  private static func flood(of field: Schema.Field, _ huge: Int) -> HostileCase {
    let element =
      switch field.kind {
      case .message, .string, .bytes: WireBytes.field(field.number, bytes: [])
      default: WireBytes.field(field.number, number: 0)
      }
    let count = min(floodElements, huge / element.count) / 2
    var elements = element
    while elements.count < count * element.count { elements += elements }
    return HostileCase("\(elements.count / element.count) times", elements, .refused)
  }
}
