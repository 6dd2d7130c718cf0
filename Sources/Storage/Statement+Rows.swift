import GRDB
import GRDBSQLite
import Services

/// Statements run without GRDB's rows and arguments, which cost more than SQLite does: values are bound and read
/// where SQLite holds them.
extension Statement {
  /// Text and blobs are copied when they are bound.
  private static var transient: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }

  /// Runs it, row by row, until `body` wants no more. A statement that changes rows has none.
  func forEachRow(
    _ arguments: [SQLValue] = [], in db: Database, _ body: (inout Columns) throws -> Bool = { _ in true }
  ) throws {
    precondition(
      arguments.count == sqlite3_bind_parameter_count(sqliteStatement), "a value for each ? of \(sql)")
    for (index, argument) in arguments.enumerated() { try check(bind(argument, at: CInt(index) + 1), db) }
    defer {
      // What a failed step said, resetting says again.
      sqlite3_reset(sqliteStatement)
      sqlite3_clear_bindings(sqliteStatement)
    }
    while true {
      let code = sqlite3_step(sqliteStatement)
      guard code == SQLITE_ROW else { return try check(code, db) }
      var columns = Columns(self)
      guard try body(&columns) else { return }
    }
  }

  private func bind(_ value: SQLValue, at index: CInt) -> CInt {
    switch value {
    case .null: return sqlite3_bind_null(sqliteStatement, index)
    case .integer(let number): return sqlite3_bind_int64(sqliteStatement, index, number)
    case .text(var text):
      return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text(sqliteStatement, index, $0.baseAddress, CInt($0.count), Self.transient)
        }
      }
    case .blob(let bytes):
      return bytes.withUnsafeBytes { bytes in
        // No address would be NULL, and no bytes are a blob too.
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
          return sqlite3_bind_zeroblob(sqliteStatement, index, 0)
        }
        return sqlite3_bind_blob(sqliteStatement, index, start, CInt(bytes.count), Self.transient)
      }
    }
  }

  private func check(_ code: CInt, _ db: Database) throws {
    guard code != SQLITE_OK, code != SQLITE_DONE else { return }
    throw DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
      message: String(cString: sqlite3_errmsg(db.sqliteConnection)), sql: sql)
  }
}

/// The columns of a row, read from left to right: in the order in which the statement names them.
struct Columns: ~Copyable {
  private let statement: Statement
  private var index: CInt = 0

  /// The row that the statement stands at.
  init(_ statement: Statement) {
    self.statement = statement
  }

  /// The next column, which is never NULL.
  mutating func next<Value: Stored>(_ type: Value.Type = Value.self) throws -> Value {
    guard let value: Value = try optional() else { throw unreadable("NULL") }
    return value
  }

  /// The next column, `nil` where it is NULL.
  mutating func optional<Value: Stored>(_ type: Value.Type = Value.self) throws -> Value? {
    defer { index += 1 }
    let column = Column(statement: statement.sqliteStatement, index: index)
    if column.isNull { return nil }
    guard let value = Value.read(column) else { throw unreadable("no \(Value.self)") }
    return value
  }

  private func unreadable(_ what: String) -> StoreFailure {
    let names = statement.columnNames
    return .unreadable(reason: "\(what) in column '\(names[min(Int(index), names.count - 1)])'")
  }
}

/// One column of the row that a statement stands at.
struct Column {
  let statement: SQLiteStatement
  let index: CInt

  var isNull: Bool { sqlite3_column_type(statement, index) == SQLITE_NULL }

  /// `nil` when it holds something else.
  var int64: Int64? {
    sqlite3_column_type(statement, index) == SQLITE_INTEGER ? sqlite3_column_int64(statement, index) : nil
  }

  var text: String? {
    guard sqlite3_column_type(statement, index) == SQLITE_TEXT,
      let start = sqlite3_column_text(statement, index)
    else { return nil }
    let count = Int(sqlite3_column_bytes(statement, index))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  var bytes: [UInt8]? {
    guard sqlite3_column_type(statement, index) == SQLITE_BLOB else { return nil }
    // An empty BLOB has no address.
    guard let start = sqlite3_column_blob(statement, index) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))))
  }
}
