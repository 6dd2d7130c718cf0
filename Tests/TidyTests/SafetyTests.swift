import Testing

@Suite struct SafetyTests {
  static let sources = Repository.here.files { path in
    path.hasSuffix(".swift") && (path.hasPrefix("Sources/") || path.hasPrefix("Tests/"))
  }.filter { !$0.isGenerated }

  @Test func `a state machine writes out every case`() {
    let machines = Self.sources.filter { $0.path.hasSuffix("+StateMachine.swift") }
    #expect(!machines.isEmpty, "no state machine was found")
    for file in machines {
      for (number, line) in file.lines.enumerated()
      where line.trimmed.hasPrefix("default:") || line.trimmed.hasPrefix("@unknown default") {
        Issue.record("\(file.place(number)): a new state would get this answer unseen; write the cases")
      }
    }
  }

  @Test func `what the compiler does not check says why it is safe`() {
    for file in Self.sources {
      for number in Self.unexplained(in: file) {
        Issue.record("\(file.place(number)): say in a `// SAFETY:` line above why this is safe")
      }
    }
  }

  @Test func `the explanation stands right above`() {
    let text = """
      /// A box.
      /// SAFETY: written once,
      /// in `init`.
      @frozen
      final class A: @unchecked @@Sendable {}

      final class B: @unchecked @@Sendable {}
      // SAFETY: behind `lock`.
      nonisolated@@(unsafe) var c = 1
      nonisolated@@(unsafe) var d = 1
      """
    #expect(Self.unexplained(in: SourceFile("a.swift", text.replacing("@@", with: ""))) == [6, 9])
  }

  /// The lines that put a check out and have no `SAFETY:` in the comment above.
  private static func unexplained(in file: SourceFile) -> [Int] {
    let marks = ["@unchecked " + "Sendable", "nonisolated" + "(unsafe)"]
    return file.lines.indices.filter { number in
      let code = file.lines[number].trimmed
      guard !code.hasPrefix("//"), marks.contains(where: { code.contains($0) }) else { return false }
      let above = file.lines[..<number].reversed()
        .prefix { $0.trimmed.hasPrefix("//") || $0.trimmed.hasPrefix("@") }
      return !above.contains { $0.contains("// SAFETY: ") || $0.contains("/// SAFETY: ") }
    }
  }
}
