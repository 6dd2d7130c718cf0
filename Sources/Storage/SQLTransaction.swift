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

  override func keep(_ answer: AnyObject, to question: Question) {
    memory.keep(answer, to: question, from: statements.tables(at: question.line))
  }

  func touch(_ topic: Topic) {
    touched.insert(topic)
  }

  /// Runs a statement that changes rows.
  func run(
    _ sql: @autoclosure () -> String, _ arguments: SQLValue..., file: StaticString = #fileID,
    line: UInt = #line
  ) throws {
    guard !arguments.contains(where: \.holdsNUL) else { throw StoreFailure.textHoldsNUL }
    do {
      let prepared = try statements.find(at: SourceLine(file, line), sql, in: db)
      memory.forget(prepared.changes)
      try prepared.statement.forEachRow(arguments, in: db)
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }

  /// The id of the row that was inserted last.
  func newID<Subject>() -> Identifier<Subject> { Identifier(rawValue: db.lastInsertedRowID) }

  /// Holds an update to the row that it was meant for.
  func expectOneRow(_ what: StaticString) {
    precondition(db.changesCount == 1, "update of a \(what) that is not stored")
  }
}
