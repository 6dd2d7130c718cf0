extension String {
  /// Without white space at both ends.
  public var trimmed: String {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(scalars[...last])
  }

  /// Of one Unicode scalar in UTF-8.
  private static let longestScalarBytes = 4

  /// What is wrong with a text that people typed, as a sentence for them; `nil` when nothing is.
  ///
  /// Characters are counted as Unicode scalars, so that the bound bounds the bytes too. Control characters are
  /// refused: they would forge lines and colours wherever the text is printed.
  public func fault(maximum: Int, isRequired: Bool = false, mayHaveLines: Bool = false) -> String? {
    // What cannot fit is not counted first: whoever sends megabytes gets no work for them.
    guard utf8.count <= maximum * Self.longestScalarBytes else { return "At most \(maximum) characters." }
    let count = unicodeScalars.count
    if isRequired && count == 0 { return "Required: 1 to \(maximum) characters." }
    if count > maximum { return "At most \(maximum) characters; these are \(count)." }
    guard unicodeScalars.contains(where: { $0.isControl && !(mayHaveLines && $0.breaksOrIndents) }) else {
      return nil
    }
    return mayHaveLines ? "No control characters but line breaks and tabs." : "No control characters."
  }
}

extension Unicode.Scalar {
  var isControl: Bool { properties.generalCategory == .control }
  fileprivate var breaksOrIndents: Bool { self == "\n" || self == "\r" || self == "\t" }
}
