public import Domain
public import Services
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
  private let instant: Mutex<Instant>

  /// 2027-03-01T08:00:00Z, a Monday: the workshop has just opened.
  public static let start = Instant(milliseconds: 1_803_888_000_000)

  public init(_ start: Instant = ManualClock.start) {
    instant = Mutex(start)
  }

  public var now: Instant { instant.withLock { $0 } }

  public func advance(_ duration: Duration) { instant.withLock { $0 = $0 + duration } }
}

/// The same numbers from the same seed, everywhere (SplitMix64).
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Bytes that follow from a seed alone: the same test draws the same PINs.
public final class SeededEntropy: Entropy {
  private let generator: Mutex<SplitMix64>

  public init(seed: UInt64) {
    generator = Mutex(SplitMix64(seed: seed))
  }

  public func bytes(_ count: Int) -> [UInt8] {
    generator.withLock { generator in
      var bytes: [UInt8] = []
      while bytes.count < count {
        withUnsafeBytes(of: generator.next().littleEndian) { bytes.append(contentsOf: $0) }
      }
      return Array(bytes.prefix(count))
    }
  }
}
