internal import CCore

extension Digest {
  /// Digest of some bytes; with a key, only who has the key can make or check it.
  public static func of(_ bytes: [UInt8], key: SecretKey? = nil) -> Digest {
    Digest { digest in
      guard let key else { return lk_digest(digest, bytes, bytes.count, nil) }
      key.withBytes { lk_digest(digest, bytes, bytes.count, $0) }
    }
  }
}

/// Fields as bytes, so that two different lists of fields never give the same bytes: what is digested for
/// the chain of events (S4) and for commitments.
///
/// Each field is its length (four bytes, big-endian) and its bytes; a missing one is the length `FFFFFFFF`
/// alone. The purpose is the first field, so that what is digested for one purpose means nothing for another.
/// Stored digests depend on this layout: it never changes.
public struct CanonicalBytes: Hashable, Sendable {
  private static let missing = UInt32.max

  public private(set) var bytes: [UInt8] = []

  /// - Parameter purpose: what the digest is for, e.g. `latchkey.event.v1`.
  public init(purpose: String) {
    append(purpose)
  }

  public mutating func append(_ field: [UInt8]?) {
    guard let field else { return appendLength(Self.missing) }
    guard let length = UInt32(exactly: field.count), length != Self.missing else {
      preconditionFailure("a field of 4 GiB")
    }
    appendLength(length)
    bytes += field
  }

  /// UTF-8, as it is: texts that only look alike stay different.
  public mutating func append(_ field: String?) {
    append(field.map { Array($0.utf8) })
  }

  /// Eight bytes, big-endian, two's complement.
  public mutating func append(_ field: Int64?) {
    append(field.map { Self.bigEndian($0) })
  }

  public mutating func append(_ field: Digest?) {
    append(field?.bytes)
  }

  private mutating func appendLength(_ length: UInt32) {
    bytes += Self.bigEndian(length)
  }

  private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (1...Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (Number.bitWidth - 8 * $0)) }
  }
}
