internal import CCore

/// Secrets at rest: XChaCha20-Poly1305 under a key that lies outside the database.
public enum Seal {
  /// What sealing adds to a message.
  public static let overheadBytes = Int(LK_SEAL_OVERHEAD_BYTES)

  /// The seal does not hold: altered, cut off, or made for another context or key.
  public struct Broken: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String { "A sealed secret was altered, or belongs elsewhere." }
  }

  /// The message, to be opened only with the same key and context. Sealing twice gives two unlike results.
  ///
  /// - Parameter context: what it belongs to, e.g. table and row, so that it means nothing anywhere else.
  public static func seal(_ message: [UInt8], context: String, key: SecretKey) -> [UInt8] {
    Crypto.require()
    let context = Array(context.utf8)
    let count = message.count + overheadBytes
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress {
        key.withBytes { lk_seal(start, message, message.count, context, context.count, $0) }
      }
      initialized = count
    }
  }

  /// The message that was sealed for this context with this key.
  public static func unseal(_ sealed: [UInt8], context: String, key: SecretKey) throws(Broken) -> [UInt8] {
    guard sealed.count >= overheadBytes else { throw Broken() }
    let context = Array(context.utf8)
    var result: Int32 = -1
    // One byte more, so that an empty message has an address too.
    let message = [UInt8](unsafeUninitializedCapacity: sealed.count - overheadBytes + 1) {
      buffer, initialized in
      if let start = buffer.baseAddress {
        result = key.withBytes { lk_unseal(start, sealed, sealed.count, context, context.count, $0) }
      }
      initialized = result == 0 ? sealed.count - overheadBytes : 0
    }
    guard result == 0 else { throw Broken() }
    return message
  }
}
