import Domain
import GRDB
import Services

/// Reads of one consistent state. The lookups stand in the files of what they look up.
///
/// Every statement is prepared once a connection, and finds its rows through an index (a test asks SQLite). Its
/// text never changes: values are bound.
class SQLSnapshot: Snapshot {
  let db: Database

  init(_ db: Database) {
    self.db = db
  }

  /// Reads one state on a connection that is in no transaction, and leaves it in none. GRDB would prepare the
  /// statements that begin and end one anew each time, which costs more than most reads.
  static func read<Value>(_ db: Database, _ body: (any Snapshot) throws -> Value) throws -> Value {
    try db.cachedStatement(sql: "BEGIN DEFERRED").forEachRow(in: db)
    do {
      let value = try body(SQLSnapshot(db))
      try db.cachedStatement(sql: "COMMIT").forEachRow(in: db)
      return value
    } catch {
      // Some failures have ended it already.
      if db.isInsideTransaction { try db.cachedStatement(sql: "ROLLBACK").forEachRow(in: db) }
      throw error
    }
  }

  /// All rows of a query.
  final func all<Value>(
    _ sql: @autoclosure () -> String, _ arguments: SQLValue..., file: StaticString = #fileID,
    line: UInt = #line, read: (inout Columns) throws -> Value
  ) throws -> [Value] {
    try rows(sql, arguments, atMost: .max, at: SourceLine(file, line), read: read)
  }

  /// The first row of a query.
  final func first<Value>(
    _ sql: @autoclosure () -> String, _ arguments: SQLValue..., file: StaticString = #fileID,
    line: UInt = #line, read: (inout Columns) throws -> Value
  ) throws -> Value? {
    try rows(sql, arguments, atMost: 1, at: SourceLine(file, line), read: read).first
  }

  private final func rows<Value>(
    _ sql: () -> String, _ arguments: [SQLValue], atMost limit: Int, at line: SourceLine,
    read: (inout Columns) throws -> Value
  ) throws -> [Value] {
    // No row holds such a text, and SQLite would look for what stands before the NUL.
    guard !arguments.contains(where: \.holdsNUL) else { return [] }
    let question = Question(line: line, arguments: arguments, limit: limit)
    if let known = answer(to: question) as? Rows<Value> { return known.values }
    do {
      var values: [Value] = []
      try statement(at: line, sql).forEachRow(arguments, in: db) { columns in
        values.append(try read(&columns))
        return values.count < limit
      }
      keep(Rows(values), to: question)
      return values
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }

  // MARK: For those that write

  /// The statement that stands at a line.
  func statement(at line: SourceLine, _ sql: () -> String) throws -> Statement {
    try db.cachedStatement(sql: sql())
  }

  /// What a question was answered before, where that is kept.
  func answer(to question: Question) -> AnyObject? { nil }

  func keep(_ answer: @autoclosure () -> AnyObject, to question: Question) {}
}

extension StoreFailure {
  /// What SQLite says, without the values it says it of.
  init(_ error: DatabaseError) {
    let message = error.message ?? error.resultCode.description
    switch error.resultCode {
    case .SQLITE_CONSTRAINT: self = .invariantBroken(constraint: message)
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_BUSY:
      self = .notCommitted(reason: message)
    // SQLite says so, too, when the disk fails to read a page (EIO).
    case .SQLITE_CORRUPT: self = .damaged(reason: message)
    default: self = .unreadable(reason: "\(error.extendedResultCode.description): \(message)")
    }
  }
}
