internal import CCore
public import Domain

/// The cryptographic library under this module.
public enum Crypto {
  /// Starts it. Call once, before anything else of this module; repeating is harmless.
  public static func start() throws(CryptoUnavailable) {
    guard isStarted else { throw CryptoUnavailable() }
  }

  private static let isStarted = lk_crypto_start() == 0

  /// For what cannot work without randomness.
  static func require() {
    precondition(
      isStarted, "no secure source of randomness: call Crypto.start() first and stop when it throws")
  }
}

/// The operating system has no secure source of randomness: nothing secret can be made here.
public struct CryptoUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String { "The operating system offers no secure source of randomness." }
}

/// The operating system's CSPRNG.
public struct SystemEntropy: Entropy {
  public init() {}

  public func bytes(_ count: Int) -> [UInt8] {
    Crypto.require()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { lk_random(start, count) }
      initialized = count
    }
  }
}
