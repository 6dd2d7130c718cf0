/// Numbers and bytes taken from the fuzzer's input. One that has run out gives zeros, so that every input is
/// a whole story.
struct Input {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isOver: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    guard !isOver else { return 0 }
    position += 1
    return bytes[position - 1]
  }

  /// Big endian.
  mutating func number(bytes count: Int) -> Int { (0..<count).reduce(0) { sum, _ in sum << 8 | Int(byte()) } }

  /// At most `count` bytes.
  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(position + count, bytes.count)
    defer { position = end }
    return Array(bytes[position..<end])
  }
}

/// Ends the program where something does not hold; libFuzzer then keeps the input.
func require(
  _ condition: @autoclosure () -> Bool,
  _ rule: @autoclosure () -> String,
  file: StaticString = #fileID,
  line: UInt = #line
) {
  guard condition() else { fatalError("does not hold: \(rule())", file: file, line: line) }
}
