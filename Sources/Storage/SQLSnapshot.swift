import Domain
import GRDB
import Services

/// Reads of one consistent state. The lookups stand in the files of what they look up.
///
/// Every statement is prepared once a connection, and finds its rows through an index (a test asks SQLite).
class SQLSnapshot: Snapshot {
  let db: Database

  init(_ db: Database) {
    self.db = db
  }

  /// All rows of a query.
  func all<Value>(
    _ sql: String, _ arguments: DatabaseValue..., read: (inout Columns) throws -> Value
  ) throws -> [Value] {
    try rows(sql, arguments, atMost: .max, read: read)
  }

  /// The first row of a query.
  func first<Value>(
    _ sql: String, _ arguments: DatabaseValue..., read: (inout Columns) throws -> Value
  ) throws -> Value? {
    try rows(sql, arguments, atMost: 1, read: read).first
  }

  /// At most so many rows of a query.
  func rows<Value>(
    _ sql: String, _ arguments: [DatabaseValue], atMost limit: Int, read: (inout Columns) throws -> Value
  ) throws -> [Value] {
    // No row holds such a text, and SQLite would look for what stands before the NUL.
    guard !arguments.contains(where: \.holdsNUL) else { return [] }
    do {
      var values: [Value] = []
      try db.cachedStatement(sql: sql).forEachRow(arguments, in: db) { columns in
        values.append(try read(&columns))
        return values.count < limit
      }
      return values
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }
}

extension DatabaseValue {
  /// A text that SQLite would cut off.
  var holdsNUL: Bool {
    guard case .string(let text) = storage else { return false }
    return text.utf8.contains(0)
  }
}

extension StoreFailure {
  /// What SQLite says, without the values it says it of.
  init(_ error: DatabaseError) {
    let message = error.message ?? error.resultCode.description
    switch error.resultCode {
    case .SQLITE_CONSTRAINT: self = .invariantBroken(constraint: message)
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_BUSY: self = .notCommitted(reason: message)
    default: self = .unreadable(reason: "\(error.extendedResultCode.description): \(message)")
    }
  }
}
