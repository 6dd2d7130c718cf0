import RPC

/// Reads Base64 that comes in pieces, each of which may be padded by itself: gRPC-Web's text form.
struct Base64Reader {
  /// Characters that do not make four yet.
  private var rest: [UInt8] = []

  /// It ended within four characters.
  var isInside: Bool { !rest.isEmpty }

  /// The bytes that are complete with this piece.
  mutating func read(_ piece: UnsafeRawBufferPointer) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity((rest.count + piece.count) / 4 * 3)
    var position = 0
    while !rest.isEmpty, rest.count < 4, position < piece.count {
      rest.append(piece[position])
      position += 1
    }
    if rest.count == 4 {
      let quad = rest
      rest.removeAll(keepingCapacity: true)
      try Self.decode(quad[0], quad[1], quad[2], quad[3], into: &bytes)
    }
    while piece.count - position >= 4 {
      try Self.decode(
        piece[position], piece[position + 1], piece[position + 2], piece[position + 3], into: &bytes)
      position += 4
    }
    rest.append(contentsOf: piece[position...])
    return bytes
  }

  private static let padding = UInt8(ascii: "=")
  private static let noDigit = UInt8.max
  /// What each character stands for, in either alphabet.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: noDigit, count: 256)
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

  private static func decode(
    _ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8, into bytes: inout [UInt8]
  ) throws(Failure) {
    let (a, b) = (values[Int(first)], values[Int(second)])
    guard a != noDigit, b != noDigit else { throw .malformedBase64 }
    bytes.append(a << 2 | b >> 4)
    guard third != padding else {
      guard fourth == padding else { throw .malformedBase64 }
      return
    }
    let c = values[Int(third)]
    guard c != noDigit else { throw .malformedBase64 }
    bytes.append(b << 4 | c >> 2)
    guard fourth != padding else { return }
    let d = values[Int(fourth)]
    guard d != noDigit else { throw .malformedBase64 }
    bytes.append(c << 6 | d)
  }
}

extension Failure {
  static let malformedBase64 = Failure(
    .invalidArgument, reason: .malformedRequest, "The body is said to be Base64, and is none.")
}
