/// Chance that follows from a seed alone (SplitMix64).
struct Dice {
  private var state: UInt64

  /// - Parameter stream: keeps those apart that draw from one seed.
  init(seed: UInt64, stream: UInt64) {
    state = seed &* 0xD129_0D3B_3C5A_96E5 ^ stream &* 0x9E37_79B9_7F4A_7C15
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// True so many times in a hundred.
  mutating func chance(_ percent: Int) -> Bool { int(1...100) <= percent }

  /// True so many times in a thousand.
  mutating func rarely(_ perMille: Int) -> Bool { int(1...1000) <= perMille }

  mutating func pick<Element>(_ all: [Element]) -> Element? {
    all.isEmpty ? nil : all[int(0...all.count - 1)]
  }

  /// A key of 32 bytes.
  mutating func keySeed() -> [UInt8] {
    (0..<4).flatMap { _ in withUnsafeBytes(of: next().littleEndian, Array.init) }
  }
}
