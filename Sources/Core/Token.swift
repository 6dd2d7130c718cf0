internal import CCore

/// PASETO v4.public tokens (H2, S3).
public enum Token {
  /// What every token begins with.
  public static let header = "v4.public."

  public static let maximumMessageBytes = Int(LK_TOKEN_MAXIMUM_MESSAGE)
  public static let maximumFooterBytes = Int(LK_TOKEN_MAXIMUM_FOOTER)
  public static let maximumAssertionBytes = Int(LK_TOKEN_MAXIMUM_ASSERTION)

  /// The footer of a token that is NOT verified: only to choose the key to verify it with.
  public static func footer(of token: String) throws(TokenError) -> [UInt8] {
    var result = LK_TOKEN_OK
    let footer = buffer(of: maximumFooterBytes) { memory, count in
      result = withBorrowed(Array(token.utf8)) { lk_token_peek_footer(memory, &count, $0) }
    }
    try TokenError.check(result)
    return footer
  }

  /// The first bytes of a buffer that `write` filled; it sets the count, which is the capacity before.
  fileprivate static func buffer(
    of capacity: Int, write: (UnsafeMutablePointer<UInt8>, inout Int) -> Void
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      initialized = 0
      guard let start = buffer.baseAddress else { return }
      start.initialize(repeating: 0, count: capacity)
      var count = capacity
      write(start, &count)
      initialized = min(count, capacity)
    }
  }

  fileprivate static func withBorrowed<Result>(_ bytes: [UInt8], _ body: (lk_bytes) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { body(lk_bytes(bytes: $0.baseAddress, length: $0.count)) }
  }
}

/// Why a token was not made or not accepted.
public enum TokenError: Error, Hashable, Sendable, CaseIterable {
  /// Token, message, footer or assertion is over its limit.
  case tooLarge
  /// Not a v4.public token, or not in its one canonical spelling.
  case malformed
  /// The footer is not the expected one.
  case wrongFooter
  /// The signature does not hold for this key, footer and assertion.
  case forged

  fileprivate static func check(_ result: lk_token_result) throws(TokenError) {
    switch result {
    case LK_TOKEN_OK: return
    case LK_TOKEN_TOO_LARGE: throw .tooLarge
    case LK_TOKEN_MALFORMED: throw .malformed
    case LK_TOKEN_WRONG_FOOTER: throw .wrongFooter
    case LK_TOKEN_FORGED: throw .forged
    default: preconditionFailure("token.h has no result \(result.rawValue)")
    }
  }
}

/// An Ed25519 key pair that signs tokens. It never prints; the private half is wiped with the last copy.
public struct SigningKey: Sendable {
  public static let seedByteCount = Int(LK_KEY_SEED_BYTES)

  public let publicKey: PublicKey
  private let secretKey: WipedBytes

  /// The pair that belongs to a seed, always the same one; `nil` unless the seed has 32 bytes.
  public init?(seed: [UInt8]) {
    guard seed.count == Self.seedByteCount else { return nil }
    var publicBytes = [UInt8](repeating: 0, count: PublicKey.byteCount)
    secretKey = WipedBytes(count: Int(LK_SECRET_KEY_BYTES)) { lk_key_pair(&publicBytes, $0, seed) }
    publicKey = PublicKey(checked: publicBytes)
  }

  /// The PASERK id of the public key, `k4.pid.…`.
  public var keyID: String { publicKey.keyID }

  /// A token that carries `message` and `footer` in the clear. `assertion` is signed but not carried: who
  /// verifies must know it. The same arguments give the same token.
  public func sign(
    message: [UInt8], footer: [UInt8] = [], assertion: [UInt8] = []
  ) throws(TokenError) -> String {
    var result = LK_TOKEN_OK
    let token = Token.buffer(of: Int(LK_TOKEN_MAXIMUM_BYTES) + 1) { memory, count in
      result = memory.withMemoryRebound(to: CChar.self, capacity: count) { text in
        Token.withBorrowed(message) { message in
          Token.withBorrowed(footer) { footer in
            Token.withBorrowed(assertion) { assertion in
              secretKey.withBytes { lk_token_sign(text, &count, message, footer, assertion, $0) }
            }
          }
        }
      }
    }
    try TokenError.check(result)
    return String(decoding: token, as: UTF8.self)
  }
}

extension SigningKey: Redacted {}

/// The public half of a key pair.
public struct PublicKey: Hashable, Sendable {
  public static let byteCount = Int(LK_PUBLIC_KEY_BYTES)

  public let bytes: [UInt8]

  /// `nil` unless there are 32 bytes. Whether they are a point of the curve shows when a token is verified.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  fileprivate init(checked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The PASERK id, `k4.pid.…`: names the key without being it.
  public var keyID: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(LK_KEY_ID_BYTES)) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { preconditionFailure("a buffer of a fixed size") }
      lk_key_id(start, bytes)
      return String(cString: start)
    }
  }

  /// The message of a token that this key signed with this footer and assertion.
  public func verify(
    token: String, footer: [UInt8] = [], assertion: [UInt8] = []
  ) throws(TokenError) -> [UInt8] {
    var result = LK_TOKEN_OK
    let message = Token.buffer(of: Token.maximumMessageBytes) { memory, count in
      result = Token.withBorrowed(Array(token.utf8)) { token in
        Token.withBorrowed(footer) { footer in
          Token.withBorrowed(assertion) { lk_token_verify(memory, &count, token, footer, $0, bytes) }
        }
      }
    }
    try TokenError.check(result)
    return message
  }
}
