internal import CCore

/// Passwords, kept as Argon2id strings. Hashing and matching take tens of milliseconds and 19 MiB each: a
/// server goes through a `PasswordQueue`.
public enum Password {
  /// A longer one is refused, never cut off.
  public static let maximumBytes = Int(LK_PASSWORD_MAXIMUM_BYTES)

  public enum Refusal: Error, Hashable, Sendable {
    case empty
    case tooLong
    case outOfMemory
    case tooManyWaiting
  }

  /// A string that holds salt, cost and hash. The same password gives another one each time.
  public static func hash(_ password: String) throws(Refusal) -> String {
    Crypto.require()
    let count = password.utf8.count
    if count == 0 { throw .empty }
    if count > maximumBytes { throw .tooLong }
    let hash = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(LK_PASSWORD_HASH_BYTES)) {
      buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress, lk_password_hash(start, password, count) == 0 else {
        return String?.none
      }
      return String(cString: start)
    }
    guard let hash else { throw .outOfMemory }
    return hash
  }

  /// False for a wrong password and for a string that `hash` did not make.
  public static func matches(_ password: String, hash: String) -> Bool {
    lk_password_matches(hash, password, password.utf8.count)
  }

  /// Whether a string was made with other costs than `hash` uses now: hash the password anew when it is known next.
  public static func isOutdated(hash: String) -> Bool { lk_password_is_outdated(hash) }
}
