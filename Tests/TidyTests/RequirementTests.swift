import Testing

@Suite struct RequirementTests {
  /// The numbered requirements that the key hand-over covers: drop-off, pick-up, hand-over, safety, the locker
  /// device, what other programs call, help, and setting a dealer up.
  static let covered = [
    "D1", "D2", "D4", "D5", "D6", "D7", "D8", "D9", "D11", "P1",
    "H1", "H2", "H3", "H4", "H5", "H6",
    "S1", "S2", "S3", "S4", "S5", "S6",
    "L1", "L2", "L3", "L4",
    "A2", "A3", "A5",
    "C4", "C7", "E1", "E2", "W4", "W5",
  ]

  /// The numbers that names of tests cite: Swift functions, and cases of the C tests.
  static let cited: Set<String> = Repository.here.files { path in
    path.hasPrefix("Tests/") && path.hasSuffix(".swift")
      || path.contains("/tests/") && (path.hasSuffix(".c") || path.hasSuffix(".py"))
  }.flatMap(testNames).reduce(into: []) { $0.formUnion(numbers(in: $1)) }

  @Test(arguments: covered)
  func `each requirement has a test whose name cites it`(_ number: String) {
    let isCited = Self.cited.contains(number)
    #expect(isCited, "no test's name cites \(number)")
  }

  @Test func `only the names of tests count`() {
    let swift = """
      /// S1 in a comment
      @Test func `S2 and S3 hold`() { let a = "S4" }
      @Test(arguments: [
        1, 2,
      ])
      func `L1 on every wire`(_ n: Int) {}
      @Test func plain() {}
      func `A2 is only a helper`() {}
      """
    let c = """
      // L2
      RUN("L3 jams", jams);
      CASE("S6 one door");
      RUN(
          "H1 waits", waits);
      """
    #expect(Self.testNames(in: SourceFile("a.swift", swift)) == ["S2 and S3 hold", "L1 on every wire"])
    #expect(Self.testNames(in: SourceFile("a.c", c)) == ["L3 jams", "H1 waits", "S6 one door"])
    #expect(Self.numbers(in: "S2 and S3 hold, H12x not: (D11)") == ["S2", "S3", "D11"])
  }

  private static func testNames(in file: SourceFile) -> [String] {
    if file.isSwift { return swiftTestNames(in: file) }
    let text = file.lines.joined(separator: " ")
    if file.isC { return ["RUN(", "CASE("].flatMap { quoted(after: $0, in: text) } }
    let functions = file.lines.map(\.trimmed).filter { $0.hasPrefix("def test_") }
    return functions.map { String($0.replacing("_", with: " ")) }
  }

  /// The name of the function that follows each `@Test`.
  private static func swiftTestNames(in file: SourceFile) -> [String] {
    var names: [String] = []
    var isExpected = false
    for line in file.lines {
      if line.trimmed.hasPrefix("@Test") { isExpected = true }
      guard isExpected, let range = line.firstRange(of: "func ") else { continue }
      let name = line[range.upperBound...]
      if name.hasPrefix("`") { names.append(String(name.dropFirst().prefix { $0 != "`" })) }
      isExpected = false
    }
    return names
  }

  /// The string literals that are the first argument of a macro.
  private static func quoted(after macro: String, in text: String) -> [String] {
    text.ranges(of: macro).compactMap { range in
      let argument = text[range.upperBound...].drop(while: \.isWhitespace)
      guard argument.first == "\"" else { return nil }
      return String(argument.dropFirst().prefix { $0 != "\"" })
    }
  }

  /// A letter and a number, standing alone.
  private static func numbers(in name: String) -> Set<String> {
    let words = name.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    return Set(
      words.filter { word in
        word.first?.isUppercase == true && word.count > 1 && word.dropFirst().allSatisfy(\.isNumber)
      })
  }
}
