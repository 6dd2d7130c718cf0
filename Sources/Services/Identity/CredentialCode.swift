import Core

/// Secrets that people or programs type: enrolment codes and API keys. Letters and digits that cannot be
/// mistaken for each other; case and separators do not count. At rest only a keyed digest.
enum CredentialCode {
  /// Crockford's base 32: no I, L, O, U.
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  static let enrollmentCharacters = 16
  static let apiKeyCharacters = 40
  static let maximumTypedBytes = 100

  /// Draws a code: five bits of entropy a character, in groups of four.
  static func draw(characters: Int, entropy: [UInt8]) -> String {
    precondition(entropy.count >= characters, "one byte of entropy a character")
    let symbols = entropy.prefix(characters).map { alphabet[Int($0 & 31)] }
    let groups = stride(from: 0, to: characters, by: 4).map { start in
      String(decoding: symbols[start..<min(start + 4, characters)], as: UTF8.self)
    }
    return groups.joined(separator: "-")
  }

  /// The digest of what was typed; `nil` for what cannot be a code.
  static func digest(_ typed: String, key: SecretKey) -> [UInt8]? {
    guard typed.utf8.count <= maximumTypedBytes else { return nil }
    var symbols: [UInt8] = []
    for byte in typed.uppercased().utf8 where byte != UInt8(ascii: "-") && byte != UInt8(ascii: " ") {
      switch byte {
      case UInt8(ascii: "I"), UInt8(ascii: "L"): symbols.append(UInt8(ascii: "1"))
      case UInt8(ascii: "O"): symbols.append(UInt8(ascii: "0"))
      default:
        guard alphabet.contains(byte) else { return nil }
        symbols.append(byte)
      }
    }
    guard symbols.count >= enrollmentCharacters else { return nil }
    return Digest.of(symbols, key: key).bytes
  }
}
