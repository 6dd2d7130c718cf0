import Domain
import GRDB
import Services

/// Reads and writes of one decision, inside a savepoint of its own.
final class SQLTransaction: SQLSnapshot, Transaction {
  let chain: ChainHash
  private(set) var touched: Set<Topic> = []

  init(_ db: Database, chain: ChainHash) {
    self.chain = chain
    super.init(db)
  }

  func touch(_ topic: Topic) {
    touched.insert(topic)
  }

  /// Runs a statement that changes rows.
  func run(_ sql: String, _ arguments: DatabaseValue...) throws {
    guard !arguments.contains(where: \.holdsNUL) else { throw StoreFailure.textHoldsNUL }
    do {
      let statement = try db.cachedStatement(sql: sql)
      try statement.setArguments(StatementArguments(arguments))
      try statement.execute()
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
