internal import CPhone
import Synchronization

/// A phone number that its country's numbering plan knows, in E.164: what numbers match on (D11).
///
/// It does not print itself (S4): `"\(phone)"` is `Phone(…89)`. Show it with `formatted(in:)`.
public struct Phone: Hashable, Sendable {
  /// `+`, country code and subscriber number, without blanks.
  public let e164: String

  /// Reads a number in any usual notation; `nil` for what is no number, has an extension, or has no
  /// place in the numbering plan (a digit too few, say).
  ///
  /// - Parameter country: ISO 3166-1 alpha-2, upper-case: whose number it is when it names no country itself.
  public init?(parsing text: String, country: String) {
    var text = text
    let e164 = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { characters in
        written(upTo: CPHONE_E164_BYTES) { buffer in
          // An empty text has no address; its length says so too.
          cphone_parse(buffer, characters.baseAddress ?? UnsafePointer(buffer), characters.count, country)
        }
      }
    }
    guard let e164 else { return nil }
    self.e164 = e164
  }

  /// Takes back a number that was parsed before and stored, without asking today's numbering plans; `nil`
  /// when it does not have the form of E.164.
  public init?(stored e164: String) {
    let digits = e164.utf8.dropFirst()
    guard e164.utf8.first == UInt8(ascii: "+"), Self.digitCounts.contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    self.e164 = e164
  }

  /// Digits of a stored number. E.164 allows 15; German numbers beyond it exist.
  private static let digitCounts = 4...20

  /// As people in `country` write it: national at home, international abroad.
  public func formatted(in country: String) -> String {
    formats.withLock { formats in
      if let known = formats[country + e164] { return known }
      let format = written(upTo: CPHONE_FORMATTED_BYTES) { cphone_format($0, e164, country) } ?? e164
      if formats.count == maximumFormats { formats.removeAll() }
      formats[country + e164] = format
      return format
    }
  }

  /// Whether an SMS may reach it. Where a country does not tell mobile from fixed lines, it may.
  public var isMobile: Bool { cphone_is_mobile(e164) }
}

/// The last numbers that were formatted: screens draw the same few again and again, and a format takes long to find.
private let formats = Mutex<[String: String]>([:])
private let maximumFormats = 256

extension Phone: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "Phone(…\(e164.suffix(2)))" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The text that `write` leaves in a buffer of `capacity`, or `nil` unless it says `CPHONE_OK`.
private func written(
  upTo capacity: Int, by write: (UnsafeMutablePointer<CChar>) -> cphone_result
) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
    buffer.initialize(repeating: 0)
    guard let start = buffer.baseAddress, write(start) == CPHONE_OK else { return nil }
    return String(cString: start)
  }
}
