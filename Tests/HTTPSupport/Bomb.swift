/// Few bytes that stand for very many: gzip (RFC 1952) put together by hand.
package enum Bomb {
  /// Zeros: one by itself, then matches of 258 bytes with the one before, 13 bits each (RFC 1951, 3.2.6).
  package static func gzip(bytes count: Int) -> [UInt8] {
    var bits = BitWriter()
    // The last block, with fixed codes.
    bits.write(1, count: 1)
    bits.write(1, count: 2)
    bits.writeCode(0x30, count: 8)
    for _ in 0..<(count / 258 + 1) {
      bits.writeCode(0xC5, count: 8)
      bits.writeCode(0, count: 5)
    }
    bits.writeCode(0, count: 7)
    // Nobody reads as far as the checksum.
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + bits.bytes + [UInt8](repeating: 0, count: 8)
  }

  /// Deflate fills bytes from their lowest bit.
  private struct BitWriter {
    var bytes: [UInt8] = []
    private var used = 8

    /// Lowest bit first.
    mutating func write(_ value: Int, count: Int) {
      for bit in 0..<count { append(value >> bit & 1) }
    }

    /// Codes go highest bit first.
    mutating func writeCode(_ code: Int, count: Int) {
      for bit in (0..<count).reversed() { append(code >> bit & 1) }
    }

    private mutating func append(_ bit: Int) {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(bit << used)
      used += 1
    }
  }
}
