import GRDB

/// Whether the schema is the one that the migrations make, and every row keeps its CHECKs.
extension Verification {
  /// Holds the file's tables, indexes and triggers against a new database's.
  ///
  /// SQLite's `integrity_check` would look at CHECKs too, but not on a connection that only reads: there it
  /// does not even parse them.
  mutating func checkSchema() throws {
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let expected = try DatabaseQueue(configuration: SQLiteStore.configuration).writeWithoutTransaction { db in
      try SQLiteStore.migrate(db, through: version)
      return try Self.schema(db)
    }
    let found = try Self.schema(db)
    for (name, sql) in expected.sorted(by: { $0.key < $1.key }) where found[name] != sql {
      report(.schema, at: name, found[name] == nil ? "is missing" : "is not as the program made it")
    }
    for name in found.keys.sorted() where expected[name] == nil {
      report(.schema, at: name, "was not made by the program")
    }
    for (name, sql) in expected.sorted(by: { $0.key < $1.key }) where found[name] != nil {
      guard name.hasPrefix("table ") else { continue }
      try checkRows(of: String(name.dropFirst("table ".count)), against: Self.checks(in: sql))
    }
  }

  private mutating func checkRows(of table: String, against checks: [String]) throws {
    guard !checks.isEmpty else { return }
    let all = checks.map { "NOT (\($0))" }
    let isBroken = "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(all.joined(separator: " OR ")))"
    guard try Bool.fetchOne(db, sql: isBroken) == true else { return }
    for (check, broken) in zip(checks, all) {
      let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table) WHERE \(broken)") ?? 0
      if count > 0 { report(.schema, at: "table \(table)", "\(count) rows break CHECK (\(check))") }
    }
  }

  /// Type and name of everything in the schema, with the statement that made it.
  private static func schema(_ db: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT type || ' ' || name AS name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    let pairs = rows.map { row in (row["name"] as String, row["sql"] as String) }
    return Dictionary(pairs) { first, _ in first }.filter { !$0.key.hasPrefix("table sqlite_") }
  }

  /// The expressions of all CHECKs in a CREATE TABLE of a migration.
  static func checks(in sql: String) -> [String] {
    let uncommented = sql.split(separator: "\n").map { line in
      line.firstRange(of: "--").map { line[..<$0.lowerBound] } ?? line
    }
    var rest = Substring(uncommented.joined(separator: "\n"))
    var checks: [String] = []
    while let start = rest.firstRange(of: "CHECK (") {
      rest = rest[start.upperBound...]
      var depth = 1
      var isQuoted = false
      let end = rest.indices.first { index in
        switch rest[index] {
        case "'": isQuoted.toggle()
        case "(" where !isQuoted: depth += 1
        case ")" where !isQuoted: depth -= 1
        default: break
        }
        return depth == 0
      }
      guard let end else { break }
      checks.append(String(rest[..<end]))
      rest = rest[end...]
    }
    return checks
  }
}
