import GRDB

/// A line of this module's source that holds a statement. Its text is made and prepared once a connection.
struct SourceLine: Hashable {
  private let file: UnsafePointer<UInt8>
  private let line: UInt
  private let variant: UInt64

  /// - Parameter variant: tells the statements apart that a line makes of several parts.
  init(_ file: StaticString, _ line: UInt, variant: UInt64 = 0) {
    self.file = file.utf8Start
    self.line = line
    self.variant = variant
  }
}

/// A query with its values.
struct Question: Equatable {
  let line: SourceLine
  let arguments: [SQLValue]
  /// Rows that are asked for, at most.
  let limit: Int
}

/// The rows that a query gave.
final class Rows<Value> {
  let values: [Value]

  init(_ values: [Value]) {
    self.values = values
  }
}

/// What one decision has read, so that it asks SQLite once: the moves of a decision look at the same locker,
/// visit and boxes again and again. A statement that writes makes it forget all that was read from the tables
/// that it may change.
struct ReadMemory {
  private struct Answer {
    let question: Question
    let tables: TableSet
    let rows: AnyObject
  }

  /// A decision asks some twenty different questions: comparing them costs less than hashing them.
  private var answers: [Answer] = []

  /// The `Rows` of a query that was asked before, and of whose tables none has changed since.
  func answer(to question: Question) -> AnyObject? {
    answers.first { $0.question == question }?.rows
  }

  mutating func keep(_ rows: AnyObject, to question: Question, from tables: TableSet) {
    answers.append(Answer(question: question, tables: tables, rows: rows))
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
    let words = sql.split { !$0.isLetter && $0 != "_" }
    return words.reduce(into: TableSet()) { $0.formUnion(tables[$1] ?? []) }
  }

  /// The tables that a statement that writes may change.
  func changes(by sql: String) -> TableSet {
    let named = tables(in: sql)
    return cascades.reduce(named) { $1.from.isDisjoint(with: named) ? $0 : $0.union($1.to) }
  }
}
