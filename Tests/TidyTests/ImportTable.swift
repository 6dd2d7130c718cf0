/// What one module may import. The rows below and the table in ARCHITECTURE.md say the same.
struct ImportRule: Equatable, Sendable {
  let module: String
  /// Modules of this project.
  let own: Set<String>
  /// What others made.
  let foreign: Set<String>

  init(_ module: String, own: Set<String>, foreign: Set<String>) {
    self.module = module
    self.own = own
    self.foreign = foreign
  }

  /// In an order in which every arrow points up.
  static let table: [ImportRule] = [
    ImportRule("Domain", own: ["CPhone"], foreign: ["Foundation"]),
    ImportRule("Core", own: ["CCore", "Domain"], foreign: []),
    ImportRule("API", own: [], foreign: ["SwiftProtobuf"]),
    ImportRule("RPC", own: [], foreign: ["SwiftProtobuf", "Logging", "Metrics"]),
    ImportRule("Transport", own: ["RPC"], foreign: ["NIOCore", "NIOPosix", "NIOSSL"]),
    ImportRule(
      "TTRPC", own: ["RPC", "Transport"], foreign: ["NIOCore", "NIOTLS", "SwiftProtobuf", "Logging"]),
    ImportRule(
      "HTTPRPC", own: ["CHTTP2", "CZlib", "RPC", "Transport"],
      foreign: ["NIOCore", "NIOTLS", "SwiftProtobuf", "Logging", "FoundationEssentials"]),
    ImportRule("Prometheus", own: [], foreign: ["CoreMetrics"]),
    ImportRule("Introspection", own: ["RPC"], foreign: ["SwiftProtobuf", "FoundationEssentials"]),
    ImportRule("Services", own: ["API", "Core", "Domain", "RPC"], foreign: []),
    ImportRule(
      "Storage", own: ["CSQLite", "Domain", "Services"], foreign: ["GRDB", "GRDBSQLite", "Foundation"]),
    ImportRule("Client", own: ["API", "Core", "Domain", "RPC", "Transport", "TTRPC"], foreign: []),
    ImportRule(
      "latchkey",
      own: [
        "API", "Client", "Core", "Domain", "HTTPRPC", "Introspection", "Prometheus", "RPC", "Services",
        "Storage", "Transport", "TTRPC",
      ],
      foreign: ["ArgumentParser", "Configuration", "Foundation", "Logging", "ServiceLifecycle"]),
    ImportRule(
      "TestSupport",
      own: [
        "API", "Client", "Core", "Domain", "HTTPRPC", "Introspection", "Prometheus", "RPC", "Services",
        "Storage", "Transport", "TTRPC", "latchkey",
      ],
      foreign: ["Foundation"]),
  ]

  /// Not behind one door: the platform; log lines, which are written wherever something can go wrong out of
  /// sight; messages, which the API and the wires are made of; and NIO's buffers, handlers and events, which
  /// wires put between those and the sockets of `Transport`.
  static let severalDoors: Set<String> = [
    "Foundation", "FoundationEssentials", "Logging", "SwiftProtobuf", "NIOCore", "NIOTLS",
  ]

  /// C targets of this project: each is a foreign library behind our own header.
  static let shims: Set<String> = ["CCore", "CHTTP2", "CPhone", "CSQLite", "CZlib"]

  /// What belongs to the language and the system, and who may import it besides.
  static let platform: [String: Set<String>] = [
    "Synchronization": Set(table.map(\.module)),
    "Glibc": ["RPC", "Transport", "latchkey", "TestSupport"],
    "Dispatch": ["Core"],
  ]

  /// What CCore is made of: libsodium, and of the C library only what does no I/O and reads no clock.
  static let coreHeaders: Set<String> = [
    "sodium.h", "assert.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h", "string.h",
  ]

  func allows(_ imported: String, in file: SourceFile) -> Bool {
    // The generator adds Foundation for its own sake.
    if file.isGenerated, imported.hasPrefix("Foundation") { return true }
    return own.contains(imported) || foreign.contains(imported)
      || Self.platform[imported]?.contains(module) == true
  }
}

/// The import table as ARCHITECTURE.md writes it.
enum ImportDocument {
  static let heading = ["module", "may import (own modules)", "foreign library behind this one door"]

  static func rules(in file: SourceFile) -> [ImportRule] {
    MarkdownTable.rows(headed: heading, in: file).map { row in
      ImportRule(row[0], own: own(row[1], of: row[0]), foreign: foreign(row[2]))
    }
  }

  /// "A, B", "all", "all but A" or "–".
  private static func own(_ cell: String, of module: String) -> Set<String> {
    guard cell == "all" || cell.hasPrefix("all but ") else { return Set(names(cell)) }
    return Set(ImportRule.table.map(\.module)).subtracting([module]).subtracting(names(cell.dropFirst(8)))
  }

  /// "A, B; and what is to be said of them". Of several words is what stands behind a shim.
  private static func foreign(_ cell: String) -> Set<String> {
    Set(names(cell.prefix { $0 != ";" }).filter { !$0.contains(" ") })
  }

  private static func names(_ cell: some StringProtocol) -> [String] {
    cell.split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty && $0 != "–" }
  }
}

/// An `import` line.
struct Import: Hashable {
  let module: String
  /// From 0.
  let line: Int

  private static let levels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
  private static let kinds: Set<Substring> = [
    "class", "enum", "func", "let", "protocol", "struct", "typealias", "var",
  ]

  /// The imports of a Swift file, whatever attributes and access levels stand before them. A program in
  /// another language, in a string of several lines, has its own.
  static func all(in file: SourceFile) -> [Import] {
    var isInText = false
    return file.lines.enumerated().compactMap { number, line in
      if line.ranges(of: "\"\"\"").count % 2 == 1 { isInText.toggle() }
      guard !isInText, line.contains("import ") else { return nil }
      var words = line.split(whereSeparator: \.isWhitespace)[...]
      while let word = words.first, word.hasPrefix("@") || levels.contains(word) { words.removeFirst() }
      guard words.popFirst() == "import", var module = words.popFirst() else { return nil }
      if kinds.contains(module), let next = words.popFirst() { module = next }
      return Import(module: String(module.prefix { $0.isLetter || $0.isNumber || $0 == "_" }), line: number)
    }
  }
}
