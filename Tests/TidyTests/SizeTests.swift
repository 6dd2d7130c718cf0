import Testing

@Suite struct SizeTests {
  static let longestFile = 400
  static let longestFunction = 70

  /// Everything that ships, but what a program wrote.
  static let files = Repository.here.files { path in
    ["Sources/", "CCore/", "clients/"].contains { path.hasPrefix($0) }
  }.filter { !$0.isGenerated && ($0.isSwift || $0.isC) }

  @Test func `no file is longer than 400 lines`() {
    #expect(Self.files.count > 150, "the sources were not found")
    for file in Self.files {
      let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
      #expect(count <= Self.longestFile, "\(file.path) has \(count) lines")
    }
  }

  @Test func `no function is longer than 70 lines`() {
    var count = 0
    for file in Self.files {
      for function in FunctionSpan.all(in: file) {
        count += 1
        #expect(
          function.lineCount <= Self.longestFunction,
          "\(file.place(function.start)): \(function.lineCount) lines from here to the closing brace")
      }
    }
    #expect(count > 1000, "too few functions were found to believe it")
  }

  @Test func `the length of a function is counted from its first line to its closing brace`() {
    let swift = """
      struct A {
        public static func a(
          b: Int
        ) -> Int
        where B: C {
          if b > 0 {
            return 1
          }
          return 0
        }

        init() {}
      }
      protocol B {
        func c() -> Int
        mutating func d(_ e: (Int) -> Int)
        @discardableResult
        func f()
      }
      extension B {
        private init?(g: Int) throws {
          self.initial = g
        }
      }
      """
    #expect(
      FunctionSpan.all(in: SourceFile("a.swift", swift)) == [
        FunctionSpan(start: 1, lineCount: 9), FunctionSpan(start: 20, lineCount: 3),
      ])

    let c = """
      #define A(x) {
      static int a(int b,
                   int c) {
        if (b) {
          return c;
        }
        return 0;
      }
      struct d {
        int e;
      };
      static const int f[] = {
        1,
      };
      int g(void);
      """
    #expect(FunctionSpan.all(in: SourceFile("a.c", c)) == [FunctionSpan(start: 1, lineCount: 7)])
  }
}

/// Where a function of several lines stands. Found by indentation, which `swift format` and the C style keep.
struct FunctionSpan: Equatable {
  /// From 0.
  let start: Int
  let lineCount: Int

  static func all(in file: SourceFile) -> [FunctionSpan] {
    file.isSwift ? swift(file.lines) : c(file.lines)
  }

  private static func swift(_ lines: [Substring]) -> [FunctionSpan] {
    lines.indices.compactMap { start in
      guard isSwiftFunction(lines[start]) else { return nil }
      let indent = String(lines[start].prefix { $0 == " " })
      guard let body = bodyStart(of: start, in: lines),
        let end = lines[(body + 1)...].firstIndex(where: { $0.hasPrefix(indent + "}") })
      else { return nil }
      return FunctionSpan(start: start, lineCount: end - start + 1)
    }
  }

  private static func isSwiftFunction(_ line: Substring) -> Bool {
    guard line.contains("func ") || line.contains("init") else { return false }
    let words = line.split(separator: " ").drop { word in
      word.hasPrefix("@") || word.allSatisfy { $0.isLowercase || $0 == "(" || $0 == ")" } && !isKeyword(word)
    }
    return words.first.map(isKeyword) == true
  }

  private static func isKeyword(_ word: Substring) -> Bool {
    word == "func" || word.hasPrefix("init(") || word.hasPrefix("init?(") || word.hasPrefix("init<")
  }

  /// The line whose brace opens the body; `nil` where there is no body, or one on the same line.
  private static func bodyStart(of start: Int, in lines: [Substring]) -> Int? {
    var open = 0
    for number in start..<lines.count {
      let line = lines[number]
      open += line.count { $0 == "(" } - line.count { $0 == ")" }
      guard open == 0 else { continue }
      if line.hasSuffix("{") { return number }
      let next = number + 1 < lines.count ? lines[number + 1].trimmed : ""
      guard ["where ", "->", "{"].contains(where: { next.hasPrefix($0) }) else { return nil }
    }
    return nil
  }

  private static func c(_ lines: [Substring]) -> [FunctionSpan] {
    var spans: [FunctionSpan] = []
    var signature: Int?
    var body: Int?
    for (number, line) in lines.enumerated() {
      if let start = body {
        guard line.hasPrefix("}") else { continue }
        spans.append(FunctionSpan(start: start, lineCount: number - start + 1))
        (signature, body) = (nil, nil)
      } else {
        if let first = line.first, first.isLetter || first == "_" { signature = number }
        guard let start = signature else { continue }
        if line.hasSuffix(";") || line.hasSuffix("}") {
          signature = nil
        } else if line.hasSuffix("{") {
          let text = lines[start...number].joined(separator: " ")
          if text.contains("("), !text.contains("=") { body = start } else { signature = nil }
        }
      }
    }
    return spans
  }
}
