import GRDB

/// The statements of the one connection that writes, by the line at which they stand: neither their text nor
/// what it says of tables is looked at again.
// SAFETY: used on that connection only, which runs one block after another.
final class PreparedStatements: @unchecked Sendable {
  struct Prepared {
    let statement: Statement
    /// That it reads or writes.
    let tables: TableSet
    /// That it may change, if it writes.
    let changes: TableSet
  }

  private let catalogue: TableCatalogue
  private var statements: [SourceLine: Prepared] = [:]

  init(_ db: Database) throws {
    catalogue = try TableCatalogue(db)
  }

  /// The statement at a line. Only on the connection that it was first asked for.
  func find(at line: SourceLine, _ sql: () -> String, in db: Database) throws -> Prepared {
    if let known = statements[line] {
      assert(known.statement.sql == sql(), "the text at a line changes")
      return known
    }
    let sql = sql()
    let prepared = Prepared(
      statement: try db.makeStatement(sql: sql), tables: catalogue.tables(in: sql),
      changes: catalogue.changes(by: sql))
    statements[line] = prepared
    return prepared
  }

  /// Before the connection closes: SQLite keeps one open whose statements are not finalised.
  func removeAll() { statements = [:] }

  func tables(at line: SourceLine) -> TableSet { statements[line]?.tables ?? [] }
}
