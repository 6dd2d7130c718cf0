import GRDB
import Synchronization

/// What one decision has read, so that it asks SQLite once: the moves of a decision look at the same locker,
/// visit and boxes again and again. A statement that writes makes it forget all that was read from the tables
/// that it may change.
struct ReadMemory {
  private struct Answer {
    let sql: String
    let arguments: [DatabaseValue]
    let limit: Int
    let tables: TableSet
    let values: Any
  }

  /// A decision asks some twenty different questions: comparing them costs less than hashing their text.
  private var answers: [Answer] = []

  /// The rows of a query that was asked before, and of whose tables none has changed since.
  func rows<Value>(_ sql: String, _ arguments: [DatabaseValue], atMost limit: Int) -> [Value]? {
    let answer = answers.first { $0.arguments == arguments && $0.limit == limit && $0.sql == sql }
    return answer?.values as? [Value]
  }

  mutating func remember<Value>(
    _ values: [Value], _ sql: String, _ arguments: [DatabaseValue], atMost limit: Int, from tables: TableSet
  ) {
    answers.append(
      Answer(sql: sql, arguments: arguments, limit: limit, tables: tables, values: values))
  }

  mutating func forget(_ tables: TableSet) {
    answers.removeAll { !$0.tables.isDisjoint(with: tables) }
  }
}

/// Some of a database's tables.
struct TableSet: OptionSet, Hashable {
  let rawValue: UInt64
}

/// Which tables statements are about.
final class TableCatalogue: Sendable {
  /// What a set can hold.
  static let maximumTables = UInt64.bitWidth

  /// What a foreign key may do without changing rows.
  private static let passive: Set<String> = ["RESTRICT", "NO ACTION"]

  private let tables: [Substring: TableSet]
  /// What a write to a table changes besides, through foreign keys.
  private let cascades: [(from: TableSet, to: TableSet)]
  private let known = Mutex<[String: TableSet]>([:])

  /// Reads the schema, which stays as it is from then on.
  init(_ db: Database) throws {
    let names = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
    precondition(names.count <= Self.maximumTables, "more tables than a set can hold")
    var tables: [Substring: TableSet] = [:]
    for (index, name) in names.enumerated() { tables[Substring(name)] = TableSet(rawValue: 1 << index) }
    var cascades: [(from: TableSet, to: TableSet)] = []
    for name in names {
      for row in try Row.fetchAll(db, sql: "SELECT * FROM pragma_foreign_key_list(?)", arguments: [name]) {
        let (onUpdate, onDelete, parent): (String, String, String) = (
          row["on_update"], row["on_delete"], row["table"]
        )
        guard !Self.passive.isSuperset(of: [onUpdate, onDelete]) else { continue }
        cascades.append((tables[Substring(parent)] ?? [], tables[Substring(name)] ?? []))
      }
    }
    self.tables = tables
    self.cascades = cascades
  }

  /// The tables whose names stand in a statement: all that it reads or writes, and perhaps more.
  func tables(in sql: String) -> TableSet {
    known.withLock { known in
      if let set = known[sql] { return set }
      let words = sql.split { !$0.isLetter && $0 != "_" }
      let set = words.reduce(into: TableSet()) { $0.formUnion(tables[$1] ?? []) }
      known[sql] = set
      return set
    }
  }

  /// The tables that a statement that writes may change.
  func changes(by sql: String) -> TableSet {
    let named = tables(in: sql)
    return cascades.reduce(named) { $1.from.isDisjoint(with: named) ? $0 : $0.union($1.to) }
  }
}
