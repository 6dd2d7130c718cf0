import Testing

@Suite struct ImportTests {
  @Test func `each module imports what the table allows it and nothing else`() {
    let rules = Dictionary(uniqueKeysWithValues: ImportRule.table.map { ($0.module, $0) })
    let files = Repository.here.files { $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") }
    #expect(files.count > 100, "the sources were not found")

    for file in files {
      let module = String(file.path.split(separator: "/")[1])
      guard let rule = rules[module] else {
        Issue.record("\(file.path): the import table has no row for \(module)")
        continue
      }
      for found in Import.all(in: file) where !rule.allows(found.module, in: file) {
        Issue.record("\(file.place(found.line)): \(module) may not import \(found.module)")
      }
    }
  }

  @Test func `an import is seen behind attributes, access levels and kinds`() {
    let text = """
      import GRDB
        public import NIOCore
      @testable import Domain
      @preconcurrency internal import Glibc
      import struct Foundation.Data
      // to import Metrics
      let important = 1
      import CCore  // the door
      let script = @@
        import json
        @@
      import API
      """.replacing("@@", with: "\"\"\"")
    let modules = Import.all(in: SourceFile("a.swift", text)).map(\.module)
    #expect(modules == ["GRDB", "NIOCore", "Domain", "Glibc", "Foundation", "CCore", "API"])
  }

  @Test func `each foreign library has one door`() {
    var doors: [String: [String]] = [:]
    for rule in ImportRule.table where rule.module != "TestSupport" {
      for library in rule.foreign.union(rule.own.intersection(ImportRule.shims)) {
        doors[library, default: []].append(rule.module)
      }
    }
    for (library, modules) in doors where modules.count > 1 {
      let isAllowed = ImportRule.severalDoors.contains(library)
      #expect(isAllowed, "\(library) has several doors: \(modules.joined(separator: ", "))")
    }
  }

  @Test func `arrows point one way`() {
    let order = ImportRule.table.map(\.module)
    for (position, rule) in ImportRule.table.enumerated() {
      for module in rule.own.subtracting(ImportRule.shims) {
        #expect(
          order.firstIndex(of: module).map { $0 < position } == true,
          "\(rule.module) may import \(module), which the table names later or not at all")
      }
    }
  }

  @Test func `ARCHITECTURE shows the same table`() throws {
    let found = Repository.here.file("ARCHITECTURE.md")
    let file = try #require(found, "ARCHITECTURE.md is missing")
    let shown = Dictionary(ImportDocument.rules(in: file).map { ($0.module, $0) }) { first, _ in first }
    for rule in ImportRule.table {
      guard let row = shown[rule.module] else {
        Issue.record("ARCHITECTURE.md: no row for \(rule.module) in the import table")
        continue
      }
      #expect(row.own == rule.own, "ARCHITECTURE.md: own modules of \(rule.module)")
      #expect(row.foreign == rule.foreign, "ARCHITECTURE.md: foreign libraries of \(rule.module)")
    }
    #expect(shown.count == ImportRule.table.count, "ARCHITECTURE.md: a row for a module that is none")
  }

  @Test func `the table in ARCHITECTURE is read as people read it`() {
    let text = """
      | module | may import (own modules) | foreign library behind this one door |
      | --- | :--- | --- |
      | Domain | `CPhone` | Foundation; libphonenumber through the C++ shim CPhone |
      | Core | CCore, Domain | libsodium through CCore |
      | Transport | – | NIOCore, NIOSSL |
      | latchkey | all but TestSupport | – |

      | Other | table | here |
      """
    #expect(
      ImportDocument.rules(in: SourceFile("a.md", text)) == [
        ImportRule("Domain", own: ["CPhone"], foreign: ["Foundation"]),
        ImportRule("Core", own: ["CCore", "Domain"], foreign: []),
        ImportRule("Transport", own: [], foreign: ["NIOCore", "NIOSSL"]),
        ImportRule(
          "latchkey",
          own: [
            "API", "Client", "Core", "Domain", "HTTPRPC", "Introspection", "Prometheus", "RPC", "Services",
            "Storage",
            "Transport", "TTRPC",
          ],
          foreign: []),
      ])
  }

  @Test func `the C core includes libsodium and what touches neither files nor clocks`() {
    let files = Repository.here.files { $0.hasPrefix("CCore/src/") || $0.hasPrefix("CCore/include/") }
    #expect(!files.isEmpty, "the C core was not found")
    for file in files {
      for (number, line) in file.lines.enumerated() where line.trimmed.hasPrefix("#include <") {
        let header = String(line.trimmed.dropFirst("#include <".count).prefix { $0 != ">" })
        #expect(
          header.hasPrefix("ccore/") || ImportRule.coreHeaders.contains(header),
          "\(file.place(number)): CCore may not include <\(header)>")
      }
    }
  }
}

/// Tables as Markdown writes them: `| a | b |`.
enum MarkdownTable {
  /// The rows below the heading, cell by cell, without the line that aligns; empty where there is none.
  static func rows(headed heading: [String], in file: SourceFile) -> [[String]] {
    guard let start = file.lines.firstIndex(where: { cells($0) == heading }) else { return [] }
    return file.lines[(start + 1)...].prefix { $0.hasPrefix("|") }.map(cells)
      .filter { row in !row.allSatisfy { $0.allSatisfy { "-: ".contains($0) } } }
  }

  private static func cells(_ line: Substring) -> [String] {
    line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
      .map { String($0.trimmed.replacing("`", with: "")) }
  }
}
