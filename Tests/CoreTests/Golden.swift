import Core
import Foundation
import Testing

/// The golden files that the C tests read too: both sides must agree with a third.
enum Golden {
  /// Lines of fields; comments and blank lines left out.
  static func lines(of name: String, sourceFile: String = #filePath) throws -> [[String]] {
    let file = URL(filePath: sourceFile).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "CCore/tests/golden/\(name)")
    return try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
      .filter { !$0.hasPrefix("#") && !$0.isEmpty }.map { $0.split(separator: " ").map(String.init) }
  }

  static func bytes(hex: String) throws -> [UInt8] {
    let digits = Array(hex)
    try #require(digits.count.isMultiple(of: 2))
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0...($0 + 1)]), radix: 16))
    }
  }
}

/// The bytes `first`, `first + 1`, …
func counting(_ count: Int, from first: Int = 0) -> [UInt8] {
  (first..<(first + count)).map { UInt8(truncatingIfNeeded: $0) }
}

func key(_ first: Int = 0) throws -> SecretKey { try #require(SecretKey(bytes: counting(32, from: first))) }
