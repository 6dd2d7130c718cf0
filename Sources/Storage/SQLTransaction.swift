import Domain
import GRDB
import Services

/// Reads and writes of one decision, inside a savepoint of its own.
final class SQLTransaction: SQLSnapshot, Transaction {
  let chain: ChainHash
  private(set) var touched: Set<Topic> = []
  private let catalogue: TableCatalogue
  private var memory = ReadMemory()

  init(_ db: Database, chain: ChainHash, catalogue: TableCatalogue) {
    self.chain = chain
    self.catalogue = catalogue
    super.init(db)
  }

  override func rows<Value>(
    _ sql: String, _ arguments: [DatabaseValue], atMost limit: Int, read: (inout Columns) throws -> Value
  ) throws -> [Value] {
    if let known: [Value] = memory.rows(sql, arguments, atMost: limit) { return known }
    let values = try super.rows(sql, arguments, atMost: limit, read: read)
    memory.remember(values, sql, arguments, atMost: limit, from: catalogue.tables(in: sql))
    return values
  }

  func touch(_ topic: Topic) {
    touched.insert(topic)
  }

  /// Runs a statement that changes rows.
  func run(_ sql: String, _ arguments: DatabaseValue...) throws {
    guard !arguments.contains(where: \.holdsNUL) else { throw StoreFailure.textHoldsNUL }
    memory.forget(catalogue.changes(by: sql))
    do {
      try db.cachedStatement(sql: sql).forEachRow(arguments, in: db)
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
