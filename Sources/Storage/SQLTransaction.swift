import Domain
import GRDB
import Services

/// Reads and writes of one decision, inside a savepoint of its own.
final class SQLTransaction: SQLSnapshot, Transaction {
  let chain: ChainHash
  private(set) var touched: Set<Topic> = []
  private let statements: PreparedStatements
  private var memory = ReadMemory()

  init(_ db: Database, chain: ChainHash, statements: PreparedStatements) {
    self.chain = chain
    self.statements = statements
    super.init(db)
  }

  override func statement(at line: SourceLine, _ sql: () -> String) throws -> Statement {
    try statements.find(at: line, sql, in: db).statement
  }

  override func answer(to question: Question) -> AnyObject? { memory.answer(to: question) }

  override func keep(_ answer: @autoclosure () -> AnyObject, to question: Question) {
    memory.keep(answer(), to: question, from: statements.tables(at: question.line))
  }

  func touch(_ topic: Topic) {
    touched.insert(topic)
  }

  /// Runs a statement that changes rows.
  func run(
    _ sql: @autoclosure () -> String, _ arguments: SQLValue..., file: StaticString = #fileID,
    line: UInt = #line
  ) throws {
    try run(sql, arguments, at: SourceLine(file, line))
  }

  private func run(_ sql: () -> String, _ arguments: [SQLValue], at line: SourceLine) throws {
    guard !arguments.contains(where: \.holdsNUL) else { throw StoreFailure.textHoldsNUL }
    do {
      let prepared = try statements.find(at: line, sql, in: db)
      memory.forget(prepared.changes)
      try prepared.statement.forEachRow(arguments, in: db)
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }

  /// Changes those columns of a stored row that differ: indices and foreign keys of the others rest.
  ///
  /// - Parameters:
  ///   - before: at most 64 columns with what is stored.
  ///   - after: the same columns.
  func update(
    _ table: StaticString, _ id: SQLValue, from before: [StoredColumn], to after: [StoredColumn],
    file: StaticString = #fileID, line: UInt = #line
  ) throws {
    var names: [StaticString] = []
    var values: [SQLValue] = []
    var variant: UInt64 = 0
    for (index, column) in after.enumerated() where before[index].value != column.value {
      names.append(column.name)
      values.append(column.value)
      variant |= 1 << UInt64(index)
    }
    guard !names.isEmpty else { return }
    let sql = { "UPDATE \(table) SET \(names.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?" }
    try run(sql, values + [id], at: SourceLine(file, line, variant: variant))
  }

  /// The id of the row that was inserted last.
  func newID<Subject>() -> Identifier<Subject> { Identifier(rawValue: db.lastInsertedRowID) }

  /// Holds an update to the row that it was meant for.
  func expectOneRow(_ what: StaticString) {
    precondition(db.changesCount == 1, "update of a \(what) that is not stored")
  }
}

/// A column of a row that may change.
struct StoredColumn {
  let name: StaticString
  let value: SQLValue

  init(_ name: StaticString, _ value: SQLValue) {
    self.name = name
    self.value = value
  }
}
