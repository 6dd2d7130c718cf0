internal import CCore

/// A BLAKE2b-256 digest. Two of them are compared in constant time.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  public static let byteCount = Int(LK_DIGEST_BYTES)

  public let bytes: [UInt8]

  /// `nil` unless there are 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// - Parameter write: fills 32 bytes.
  init(write: (UnsafeMutablePointer<UInt8>) -> Void) {
    bytes = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, initialized in
      if let start = buffer.baseAddress { write(start) }
      initialized = Self.byteCount
    }
  }

  /// Lower-case hex.
  public var description: String {
    let hex = Array("0123456789abcdef".unicodeScalars)
    var text = String.UnicodeScalarView()
    for byte in bytes {
      text.append(hex[Int(byte >> 4)])
      text.append(hex[Int(byte & 15)])
    }
    return String(text)
  }

  public static func == (left: Digest, right: Digest) -> Bool {
    lk_equal(left.bytes, right.bytes, byteCount)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
