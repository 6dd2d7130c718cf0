internal import CCore

/// A PIN in the clear, on its way to a person or from one (S1).
///
/// It prints as `PIN(redacted)`, is wiped when the last copy goes, and is not comparable: what was entered
/// is held against a digest with `matches`.
public struct PIN: Sendable {
  public static let digitCounts = Int(LK_PIN_MINIMUM_DIGITS)...Int(LK_PIN_MAXIMUM_DIGITS)
  public static let defaultDigits = Int(LK_PIN_DEFAULT_DIGITS)
  public static let seedByteCount = Int(LK_PIN_SEED_BYTES)

  private let digits: WipedBytes

  /// A PIN that somebody typed; `nil` unless it is 4 to 10 digits of ASCII. A trivial one is taken: it
  /// matches nothing, since none is ever given out.
  public init?(digits text: String) {
    guard Self.digitCounts.contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    digits = WipedBytes(text.utf8)
  }

  private init(_ digits: WipedBytes) {
    self.digits = digits
  }

  /// A new PIN: every digit equally likely, never a trivial one. The same seed gives the same PIN.
  ///
  /// - Parameters:
  ///   - count: 4 to 10.
  ///   - seed: 32 bytes from an `Entropy`, used for nothing else.
  public static func draw(digits count: Int = defaultDigits, seed: [UInt8]) -> PIN {
    precondition(digitCounts.contains(count), "a PIN has 4 to 10 digits")
    precondition(seed.count == seedByteCount, "a PIN's seed has 32 bytes")
    let drawn = WipedBytes(count: count + 1) { memory in
      let result = memory.withMemoryRebound(to: CChar.self, capacity: count + 1) {
        lk_pin_draw($0, count, seed)
      }
      precondition(result == 0, "no PIN in this seed: for fewer than one in 2^1000 seeds")
    }
    return PIN(drawn.withBytes { WipedBytes(UnsafeBufferPointer(start: $0, count: count)) })
  }

  /// Whether it is one of those that people try first; the list is in `pin.h`.
  public var isTrivial: Bool { withDigits { lk_pin_is_trivial($0, digits.count) } }

  /// The digits, for the one answer or message that carries them to their owner. Never log or store it.
  public var revealed: String {
    digits.withBytes { String(decoding: UnsafeBufferPointer(start: $0, count: digits.count), as: UTF8.self) }
  }

  /// What is stored of it: a digest under a key that lies outside the database. The same PIN at another
  /// location has another one.
  public func digest(key: SecretKey, location: Int64) -> Digest {
    digest(key: key, locationName: Self.name(location))
  }

  /// Whether it is the PIN of which the digest is stored; in constant time.
  public func matches(_ digest: Digest, key: SecretKey, location: Int64) -> Bool {
    let name = Self.name(location)
    return key.withBytes { key in
      withDigits { lk_pin_matches(digest.bytes, key, name, name.count, $0, digits.count) }
    }
  }

  /// - Parameter locationName: 1 to 64 bytes.
  func digest(key: SecretKey, locationName: [UInt8]) -> Digest {
    Digest { digest in
      let result = key.withBytes { key in
        withDigits { lk_pin_digest(digest, key, locationName, locationName.count, $0, digits.count) }
      }
      precondition(result == 0, "digits were checked; a location's name has 1 to 64 bytes")
    }
  }

  /// A location's name in digests: its id in decimal. Stored digests depend on it: it never changes.
  private static func name(_ location: Int64) -> [UInt8] { Array(String(location).utf8) }

  private func withDigits<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    digits.withBytes { $0.withMemoryRebound(to: CChar.self, capacity: digits.count, body) }
  }
}

extension PIN: Redacted {}
