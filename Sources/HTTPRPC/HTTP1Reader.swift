import RPC

/// Reads the requests of a connection of HTTP/1.1 (RFC 9112): bytes in, parts of requests out. Pure.
///
/// It is as strict as the RFC allows: what a proxy in front may understand otherwise is refused, not mended.
struct HTTP1Reader {
  enum Part {
    case head(HTTP1Head)
    /// Where a piece of the body lies among the bytes.
    case body(Range<Int>, isWhole: Bool)
    /// The request is complete.
    case end
  }

  /// Why a connection is given up: where the next request begins cannot be told.
  enum Malformed: Error, Hashable {
    case request
    case tooLarge
    case unknownCoding

    /// What its peer is told.
    var status: Int {
      switch self {
      case .request: 400
      case .tooLarge: 431
      case .unknownCoding: 501
      }
    }
  }

  private enum State {
    /// Of the head, so many bytes have been looked at.
    case head(seen: Int)
    case body(left: Int, isBegun: Bool)
    case chunkHead
    case chunk(left: Int)
    case chunkEnd
    case trailers(counted: Int)
    case end
  }

  private static let longestChunkHead = 256
  private static let mostHexDigits = 8

  /// Bytes of a head's fields, or of a body's trailers, each counted with `fieldOverhead` more.
  private let limit: Int
  private var state = State.head(seen: 0)

  init(headerBytes limit: Int) { self.limit = limit }

  /// The next part, `nil` when it is not complete; and how many of the bytes are done with, which are not to come again.
  mutating func next(in bytes: UnsafeRawBufferPointer) throws(Malformed) -> (part: Part?, count: Int) {
    var position = 0
    while true {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      switch state {
      case .head(let seen):
        // RFC 9112, 2.2: an empty line before a request.
        if seen < 2, rest.count >= 2, rest[0] == .carriageReturn, rest[1] == .lineFeed {
          state = .head(seen: 0)
          position += 2
          continue
        }
        guard let end = try Self.endOfHead(rest, from: seen) else {
          guard rest.count <= limit else { throw .tooLarge }
          state = .head(seen: rest.count)
          return (nil, position)
        }
        guard end <= limit else { throw .tooLarge }
        let head = try HTTP1Head(UnsafeRawBufferPointer(rebasing: rest[..<end]), limit: limit)
        state =
          switch head.body {
          case .counted(0): .end
          case .counted(let count): .body(left: count, isBegun: false)
          case .chunks: .chunkHead
          }
        return (.head(head), position + end)
      case .body(let left, let isBegun):
        guard !rest.isEmpty else { return (nil, position) }
        let count = min(left, rest.count)
        state = count == left ? .end : .body(left: left - count, isBegun: true)
        return (.body(position..<position + count, isWhole: count == left && !isBegun), position + count)
      case .chunk(let left):
        guard !rest.isEmpty else { return (nil, position) }
        let count = min(left, rest.count)
        state = count == left ? .chunkEnd : .chunk(left: left - count)
        return (.body(position..<position + count, isWhole: false), position + count)
      case .chunkHead:
        guard let line = try Self.line(rest, atMost: Self.longestChunkHead) else { return (nil, position) }
        let size = try Self.chunkSize(line)
        state = size == 0 ? .trailers(counted: 0) : .chunk(left: size)
        position += line.count + 2
      case .chunkEnd:
        guard let line = try Self.line(rest, atMost: 0) else { return (nil, position) }
        state = .chunkHead
        position += line.count + 2
      case .trailers(let counted):
        guard let line = try Self.line(rest, atMost: limit) else { return (nil, position) }
        position += line.count + 2
        guard !line.isEmpty else {
          state = .end
          continue
        }
        _ = try HTTP1Head.field(line)
        state = .trailers(counted: counted + line.count + HTTP1Head.fieldOverhead)
        guard counted + line.count + HTTP1Head.fieldOverhead <= limit else { throw .tooLarge }
      case .end:
        state = .head(seen: 0)
        return (.end, position)
      }
    }
  }

  /// Where a head ends, its empty line included; `nil` when that has not come.
  private static func endOfHead(_ bytes: UnsafeRawBufferPointer, from seen: Int) throws(Malformed) -> Int? {
    var position = seen
    while position < bytes.count {
      if bytes[position] == .lineFeed {
        guard position > 0, bytes[position - 1] == .carriageReturn else { throw .request }
        if position >= 3, bytes[position - 2] == .lineFeed { return position + 1 }
      }
      position += 1
    }
    return nil
  }

  /// The line that comes first, without its end; `nil` when it is not complete.
  private static func line(
    _ bytes: UnsafeRawBufferPointer, atMost limit: Int
  ) throws(Malformed) -> UnsafeRawBufferPointer? {
    guard let end = bytes.prefix(limit + 2).firstIndex(of: .lineFeed) else {
      guard bytes.count < limit + 2 else { throw .request }
      return nil
    }
    guard end > 0, bytes[end - 1] == .carriageReturn else { throw .request }
    return UnsafeRawBufferPointer(rebasing: bytes[..<(end - 1)])
  }

  /// What a chunk's first line says. Its extensions say nothing to us.
  private static func chunkSize(_ line: UnsafeRawBufferPointer) throws(Malformed) -> Int {
    let digits = line.prefix { $0.hexValue != nil }
    let rest = line[digits.endIndex...]
    guard !digits.isEmpty, digits.count <= mostHexDigits, rest.allSatisfy(\.isFieldText),
      rest.isEmpty || rest.first(where: { !$0.isBlank }) == UInt8(ascii: ";")
    else { throw .request }
    return digits.reduce(0) { $0 << 4 | ($1.hexValue ?? 0) }
  }
}

/// The head of a request of HTTP/1.1, with what it says of the connection.
struct HTTP1Head {
  enum Body: Hashable {
    case counted(Int)
    case chunks
  }

  /// What a field costs beside its bytes, as HTTP/2 counts it.
  static let fieldOverhead = 32
  private static let mostDigits = 18

  let request: RequestHead
  private(set) var isHTTP10 = false
  private(set) var isKeepAlive = true
  private(set) var expectsContinue = false
  private(set) var body = Body.counted(0)

  /// - Parameter bytes: up to the empty line, and with it.
  init(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(HTTP1Reader.Malformed) {
    var packed = PackedPairs()
    packed.reserve(bytes.count + bytes.count / 2)
    var facts = Facts()
    var counted = 0
    var start = 0
    while let end = bytes[start...].firstIndex(of: .lineFeed), end > start + 1 {
      let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end - 1])
      if start == 0 {
        let (method, target, isOld) = try Self.requestLine(line)
        isHTTP10 = isOld
        packed.append(":method", method)
        packed.append(":path", Self.origin(target))
        counted = target.count
      } else {
        let (name, value) = try Self.field(line)
        counted += name.count + value.count + Self.fieldOverhead
        try facts.add(name, value)
        packed.append(lowercasing: name, value)
      }
      guard counted <= limit else { throw .tooLarge }
      start = end + 1
    }
    request = RequestHead(packed)
    // RFC 9112, 3.2: one host, which only the old may leave out; 6.1: one way to tell the body's end.
    guard facts.hosts == 1 || isHTTP10 && facts.hosts == 0,
      !facts.isChunked || facts.length == nil && !isHTTP10
    else { throw .request }
    body = facts.isChunked ? .chunks : .counted(facts.length ?? 0)
    isKeepAlive = !facts.closes && (!isHTTP10 || facts.keepsAlive)
    expectsContinue = facts.expectsContinue && !isHTTP10
  }

  /// What the fields say that matters to the connection.
  private struct Facts {
    var length: Int?
    var isChunked = false
    var hosts = 0
    var closes = false
    var keepsAlive = false
    var expectsContinue = false

    mutating func add(
      _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(HTTP1Reader.Malformed) {
      if name.isSame("host") {
        hosts += 1
      } else if name.isSame("content-length") {
        guard length == nil, (1...mostDigits).contains(value.count), value.allSatisfy(\.isDigit) else {
          throw .request
        }
        length = value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
      } else if name.isSame("transfer-encoding") {
        guard !isChunked else { throw .request }
        guard value.isSame("chunked") else { throw .unknownCoding }
        isChunked = true
      } else if name.isSame("connection") {
        for option in value.split(separator: UInt8(ascii: ",")) {
          let option = UnsafeRawBufferPointer(rebasing: option).trimmed
          closes = closes || option.isSame("close")
          keepsAlive = keepsAlive || option.isSame("keep-alive")
        }
      } else if name.isSame("expect") {
        expectsContinue = value.isSame("100-continue")
      }
    }
  }

  private static func requestLine(
    _ line: UnsafeRawBufferPointer
  ) throws(HTTP1Reader.Malformed) -> (
    method: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, isHTTP10: Bool
  ) {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
      .map { UnsafeRawBufferPointer(rebasing: $0) }
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isToken), !parts[1].isEmpty,
      parts[1].allSatisfy({ $0 > UInt8(ascii: " ") && $0 != .delete })
    else { throw .request }
    if parts[2] == "HTTP/1.1" { return (parts[0], parts[1], false) }
    guard parts[2] == "HTTP/1.0" else { throw .request }
    return (parts[0], parts[1], true)
  }

  /// RFC 9112, 3.2.2: a target may name the server, too, which says nothing to us.
  private static func origin(_ target: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let slash = UInt8(ascii: "/")
    guard let colon = target.firstIndex(of: UInt8(ascii: ":")), target[..<colon].allSatisfy(\.isLetter),
      target[(colon + 1)...].starts(with: [slash, slash])
    else { return target }
    let path = target[(colon + 3)...].drop { $0 != slash && $0 != UInt8(ascii: "?") }
    return UnsafeRawBufferPointer(rebasing: path)
  }

  /// A field: no space before its colon, no folded lines.
  static func field(
    _ line: UnsafeRawBufferPointer
  ) throws(HTTP1Reader.Malformed) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(\.isToken)
    else { throw .request }
    let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]).trimmed
    guard value.allSatisfy(\.isFieldText) else { throw .request }
    return (UnsafeRawBufferPointer(rebasing: line[..<colon]), value)
  }
}

extension UInt8 {
  fileprivate static let lineFeed = UInt8(ascii: "\n")
  fileprivate static let carriageReturn = UInt8(ascii: "\r")
  fileprivate static let delete: UInt8 = 0x7F

  fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
  fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  /// RFC 9110, 5.5: what a field's value may have.
  fileprivate var isFieldText: Bool {
    self >= UInt8(ascii: " ") && self != .delete || self == UInt8(ascii: "\t")
  }

  /// RFC 9110, 5.6.2: what names and methods are of. One bit for each ASCII character.
  fileprivate var isToken: Bool {
    let (low, high): (UInt64, UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
    return self < 64 ? low >> UInt64(self) & 1 == 1 : self < 128 && high >> UInt64(self - 64) & 1 == 1
  }

  fileprivate var hexValue: Int? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Without the blanks around it.
  fileprivate var trimmed: UnsafeRawBufferPointer {
    guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
      return UnsafeRawBufferPointer(rebasing: self[..<startIndex])
    }
    return UnsafeRawBufferPointer(rebasing: self[first...last])
  }

  /// Whether these are the bytes of a text in small letters; ASCII's capitals are the same.
  fileprivate func isSame(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for position in 0..<count {
      let byte = self[position]
      let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      if (isCapital ? byte | 0x20 : byte) != text.utf8Start[position] { return false }
    }
    return true
  }
}
