import Testing

@Suite struct WordTests {
  /// Put together here, so that this file does not hold what it looks for.
  static let words: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
  static let phrases = ["fatalError(\"to" + "do", "fatalError(\"un" + "implemented"]
  /// Places of a machine that is not the reader's, and hosts that a mirror may stand in for.
  static let places = ["/wo" + "rk/", "/ro" + "ot/"]
  static let hosts = ["py" + "pi.org", "pythonhosted" + ".org", "proxy.golang" + ".org"]

  @Test func `nothing is put off and nothing names the machine it was written on`() {
    let files = Repository.here.files()
    #expect(files.count > 150, "the project's files were not found")
    for file in files {
      for (number, line) in file.lines.enumerated() {
        for found in Self.forbidden(in: line) { Issue.record("\(file.place(number)): \(found)") }
      }
    }
  }

  @Test func `words are found whole and places where a path begins`() {
    #expect(Self.forbidden(in: "// TO" + "DO: later") == ["TO" + "DO"])
    #expect(Self.forbidden(in: "TO" + "DOS XX" + "XX HA" + "CKED") == [])
    #expect(Self.forbidden(in: "cd /wo" + "rk/x") == ["/wo" + "rk/"])
    #expect(Self.forbidden(in: "a/wo" + "rk/x ./ro" + "ot/") == [])
    #expect(Self.forbidden(in: "https://py" + "pi.org/simple") == ["py" + "pi.org"])
  }

  @Test(.enabled("only a git checkout tracks files") { Repository.here.isCheckout })
  func `nothing that git ignores is tracked`() throws {
    let root = Repository.here.root
    let tracked = Repository.git(["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"], in: root)
    let paths = try #require(tracked, "git could not be asked")
    #expect(paths == [], "tracked although .gitignore names them")
  }

  private static func forbidden(in line: Substring) -> [String] {
    var found: [String] = []
    for word in words where line.contains(word) {
      let isWhole = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == word }
      if isWhole { found.append(word) }
    }
    found += (phrases + hosts).filter { line.contains($0) }
    found += places.filter { place in
      line.ranges(of: place).contains { range in
        guard range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !before.isLetter && !before.isNumber && !"._-}".contains(before)
      }
    }
    return found
  }
}
