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

/// Bytes that follow from a seed alone (SplitMix64): the same test draws the same PINs.
public final class SeededEntropy: Entropy {
  private let state: Mutex<UInt64>

  public init(seed: UInt64) {
    state = Mutex(seed)
  }

  public func bytes(_ count: Int) -> [UInt8] {
    state.withLock { state in
      var bytes: [UInt8] = []
      while bytes.count < count {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
      }
      return Array(bytes.prefix(count))
    }
  }
}
