/// RFC 4180 records out of bytes that are UTF-8: quoted fields may hold separators, doubled quotes and line
/// breaks. CRLF, LF and CR end a line.
struct CSVReader {
  struct Record {
    /// Where it starts; lines are counted from 1, those inside quoted fields too.
    var line: Int
    var fields: [String]
    /// What is wrong with its form; its fields then mean nothing.
    var malformation: Malformation?

    /// Holds nothing: a blank line, or separators only.
    var isBlank: Bool { malformation == nil && fields.allSatisfy { $0.trimmed.isEmpty } }
  }

  enum Malformation {
    case quoteInsideField
    case textAfterQuote
    case quoteNeverClosed
  }

  private let bytes: [UInt8]
  private let separator: UInt8
  private var position: Int
  private(set) var line = 1

  init(_ bytes: [UInt8], from start: Int, separator: UInt8) {
    self.bytes = bytes
    self.separator = separator
    position = start
  }

  /// The next record, or `nil` at the end.
  mutating func next() -> Record? {
    guard position < bytes.count else { return nil }
    var record = Record(line: line, fields: [])
    repeat {
      record.fields.append(field(&record.malformation))
    } while takeSeparator()
    _ = takeLineBreak()
    return record
  }

  private mutating func field(_ malformation: inout Malformation?) -> String {
    guard position < bytes.count, bytes[position] == .quote else {
      let text = plainText()
      if text.contains(.quote) { malformation = malformation ?? .quoteInsideField }
      return String(decoding: text, as: UTF8.self)
    }
    guard let text = quotedText() else {
      malformation = malformation ?? .quoteNeverClosed
      return ""
    }
    if !plainText().isEmpty { malformation = malformation ?? .textAfterQuote }
    return text
  }

  private mutating func plainText() -> ArraySlice<UInt8> {
    let start = position
    while position < bytes.count, bytes[position] != separator, bytes[position] != .lineFeed,
      bytes[position] != .carriageReturn
    { position += 1 }
    return bytes[start..<position]
  }

  /// From the opening quote to the closing one; `nil` when the end of the bytes comes first.
  private mutating func quotedText() -> String? {
    var text: [UInt8] = []
    position += 1
    while position < bytes.count {
      let start = position
      if takeLineBreak() {
        text += bytes[start..<position]
      } else if bytes[position] != .quote {
        text.append(bytes[position])
        position += 1
      } else if position + 1 < bytes.count, bytes[position + 1] == .quote {
        text.append(.quote)
        position += 2
      } else {
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
    }
    return nil
  }

  private mutating func takeSeparator() -> Bool {
    guard position < bytes.count, bytes[position] == separator else { return false }
    position += 1
    return true
  }

  private mutating func takeLineBreak() -> Bool {
    guard position < bytes.count else { return false }
    switch bytes[position] {
    case .lineFeed: position += 1
    case .carriageReturn:
      position += 1
      if position < bytes.count, bytes[position] == .lineFeed { position += 1 }
    default: return false
    }
    line += 1
    return true
  }
}

extension UInt8 {
  fileprivate static let quote = UInt8(ascii: "\"")
  fileprivate static let lineFeed = UInt8(ascii: "\n")
  fileprivate static let carriageReturn = UInt8(ascii: "\r")
}
