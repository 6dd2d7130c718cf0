import FoundationEssentials

/// Bytes in Base64, as header fields and queries carry them: padded or not, in either alphabet.
enum Base64 {
  static func encoded(_ bytes: some Collection<UInt8>) -> String {
    let padded = Data(bytes).base64EncodedString()
    return String(padded.prefix { $0 != "=" })
  }

  static func padded(_ bytes: some Collection<UInt8>) -> [UInt8] {
    [UInt8](Data(bytes).base64EncodedData())
  }

  static func decoded(_ text: some StringProtocol) -> [UInt8]? {
    var standard = [UInt8]()
    standard.reserveCapacity(text.utf8.count + 3)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
      case UInt8(ascii: "="): break
      default: standard.append(byte)
      }
    }
    while standard.count % 4 != 0 { standard.append(UInt8(ascii: "=")) }
    return Data(base64Encoded: Data(standard)).map { [UInt8]($0) }
  }
}

/// Text with `%` and two digits for what may not stand there.
enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// As gRPC's `grpc-message` wants it: printable ASCII but `%` stays.
  static func encoded(_ text: String) -> String {
    guard !text.utf8.allSatisfy(isPlain) else { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isPlain(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A path; `nil` when digits are missing, or it is no text.
  static func decodedPath(_ text: Substring) -> String? {
    decoded(text, plusIsSpace: false).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// As queries have it, `+` being a space; `nil` when digits are missing.
  static func decodedQuery(_ text: some StringProtocol) -> [UInt8]? { decoded(text, plusIsSpace: true) }

  private static func decoded(_ text: some StringProtocol, plusIsSpace: Bool) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(value), let low = rest.next().flatMap(value) else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return bytes
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "%")
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
