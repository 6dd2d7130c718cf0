internal import Foundation

/// A registration number as it is matched: `[A-Z0-9]`, 1 to 12 characters (D11).
///
/// Any notation is read: case, blanks and punctuation do not count. Diacritics are folded to their base
/// letter (`GÖ` is `GO`), since nobody types an umlaut on a kiosk; what then is no letter or digit of ASCII
/// (Cyrillic, say) is refused. Two cars that this makes alike are told apart as two work orders of one car
/// are: by time.
///
/// A plate is personal data and does not print itself (S4). Show it with `formatted(country:)`.
public struct Plate: Hashable, Sendable {
  public static let maximumCharacters = 12
  /// A longer text is refused unread.
  public static let maximumTypedBytes = 64

  public let normalized: String

  public init?(parsing text: String) {
    guard text.utf8.count <= Self.maximumTypedBytes, let normalized = Self.normalize(text) else { return nil }
    self.normalized = normalized
  }

  /// Takes back a plate that was read before and stored; `nil` when it has another form.
  public init?(stored normalized: String) {
    guard (1...Self.maximumCharacters).contains(normalized.utf8.count),
      normalized.unicodeScalars.allSatisfy({ ("A"..."Z").contains($0) || ("0"..."9").contains($0) })
    else { return nil }
    self.normalized = normalized
  }

  private static func normalize(_ text: String) -> String? {
    var normalized = ""
    for scalar in text.decomposedStringWithCanonicalMapping.unicodeScalars {
      switch scalar {
      case "A"..."Z", "0"..."9": normalized.unicodeScalars.append(scalar)
      case "a"..."z": normalized += String(scalar).uppercased()
      default: if scalar.properties.isAlphabetic || scalar.properties.numericType != nil { return nil }
      }
    }
    return (1...maximumCharacters).contains(normalized.count) ? normalized : nil
  }
}

extension Plate: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "Plate(redacted)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
