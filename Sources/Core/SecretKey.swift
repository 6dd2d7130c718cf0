internal import CCore

/// A symmetric key: 32 bytes that never print and are wiped when the last owner lets go.
public final class SecretKey: Sendable {
  public static let byteCount = Int(LK_KEY_BYTES)

  private let bytes: WipedBytes

  /// `nil` unless there are 32 bytes. The caller's copy of them is the caller's to forget.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = WipedBytes(bytes)
  }

  func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result { bytes.withBytes(body) }
}

extension SecretKey: Redacted {}
