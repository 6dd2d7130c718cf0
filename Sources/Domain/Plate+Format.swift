extension Plate {
  /// As it stands on the car where it is registered in `country` (ISO 3166-1 alpha-2, upper-case); as
  /// normalised where that country's shapes are not known (D11).
  public func formatted(country: String) -> String {
    switch country {
    case "NL": Self.dutch.format(normalized) ?? normalized
    case "BE": Self.belgian.format(normalized) ?? normalized
    case "FR": Self.french.format(normalized) ?? frenchUntil2009 ?? normalized
    case "DE": german ?? normalized
    default: normalized
    }
  }

  /// The sidecodes 1 to 14, in their order.
  private static let dutch = PlateShapes(
    "AA-99-99", "99-99-AA", "99-AA-99", "AA-99-AA", "AA-AA-99", "99-AA-AA", "99-AAA-9", "9-AAA-99",
    "AA-999-A", "A-999-AA", "AAA-99-A", "A-99-AAA", "9-AA-999", "999-AA-9")

  /// Since 2010 with an index in front; before that three letters and three digits, or the reverse.
  private static let belgian = PlateShapes("9-AAA-999", "AAA-999", "999-AAA")

  /// Since 2009.
  private static let french = PlateShapes("AA-999-AA")

  /// `1234 AB 75`: number, series, department (01–95, 2A, 2B, or overseas 971–978).
  private var frenchUntil2009: String? {
    guard
      let parts = normalized.wholeMatch(of: /([1-9]\d{0,3})([A-Z]{1,3})(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8])/)
    else { return nil }
    return "\(parts.1) \(parts.2) \(parts.3)"
  }

  /// Where the district ends and the series begins is certain only with five letters (three and two): a
  /// list of districts would be needed for the others, which keep their letters together. The number, with
  /// E (electric) or H (historic) behind it, always stands apart.
  private var german: String? {
    guard let parts = normalized.wholeMatch(of: /([A-Z]{1,5})([1-9]\d{0,3}[EH]?)/) else { return nil }
    let letters = parts.1
    guard letters.count == 5 else { return "\(letters) \(parts.2)" }
    return "\(letters.prefix(3))-\(letters.suffix(2)) \(parts.2)"
  }
}

/// Shapes of plates, each written as it is shown: `A` a letter, `9` a digit, `-` what stands between.
private struct PlateShapes: Sendable {
  /// By the shape without hyphens.
  private let shown: [String: String]

  init(_ shapes: String...) {
    shown = Dictionary(uniqueKeysWithValues: shapes.map { ($0.filter { $0 != "-" }, $0) })
  }

  /// The plate with hyphens in their places, or `nil` when no shape fits.
  func format(_ normalized: String) -> String? {
    let shape = String(normalized.map { $0.isNumber ? "9" : "A" })
    guard let pattern = shown[shape] else { return nil }
    var rest = normalized[...]
    return String(pattern.map { $0 == "-" ? "-" : rest.removeFirst() })
  }
}
