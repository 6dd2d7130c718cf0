import CSQLite
import Foundation
import GRDB
import Services

extension SQLiteStore {
  /// `PRAGMA synchronous`: fsync of the WAL at each commit (S5).
  static let full: Int64 = 2

  /// What SQLite is told once, before anything is opened.
  private static let configured: Void = csqlite_count_no_memory()

  static func open(_ place: Place) throws -> any DatabaseWriter {
    configured
    let database: any DatabaseWriter
    switch place {
    case .file(let path):
      try prepareFile(at: path)
      try checkVersion(at: path)
      database = try DatabasePool(path: path, configuration: configuration)
    case .inMemory:
      database = try DatabaseQueue(configuration: configuration)
    }
    try database.writeWithoutTransaction { db in
      // FULL not earlier: opening a pool sets NORMAL, whatever its configuration asked for. What is erased
      // (S4, S7) is overwritten.
      try db.execute(
        sql: """
          PRAGMA synchronous = FULL;
          PRAGMA secure_delete = ON;
          PRAGMA journal_size_limit = \(keptWALBytes);
          """)
      guard try Int64.fetchOne(db, sql: "PRAGMA synchronous") == full else {
        throw StoreFailure.unreadable(reason: "synchronous=FULL was not accepted")
      }
      if case .file = place { try settle(db) }
      try migrate(db)
    }
    return database
  }

  /// Moves what a crash has left in the WAL into the database, and flushes that, before anybody is told of it.
  ///
  /// It was read from the cache, and need not be on disk: where the flush failed before the crash, the system may
  /// hold the pages for written, and no later flush of the WAL would write them.
  private static func settle(_ db: Database) throws {
    _ = try db.checkpoint(.truncate)
  }

  /// What every connection is given, readers included.
  static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "latchkey"
    configuration.foreignKeysEnabled = true
    configuration.maximumReaderCount = maximumReaders
    configuration.busyMode = .timeout(Double(busyTimeout.milliseconds) / 1000)
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA trusted_schema = OFF;
          PRAGMA recursive_triggers = OFF;
          PRAGMA temp_store = MEMORY;
          """)
    }
    return configuration
  }

  /// Makes the file where there is none, and keeps it from other users of the machine: SQLite gives the
  /// WAL and its index the mode of the database.
  private static func prepareFile(at path: String) throws {
    for name in [path, path + "-wal", path + "-shm"] {
      let flags = name == path ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDWR | O_CLOEXEC
      let file = Foundation.open(name, flags, 0o600)
      guard file >= 0 else {
        if name != path, errno == ENOENT { continue }
        throw StoreFailure.unreadable(reason: "'\(name)': \(String(cString: strerror(errno)))")
      }
      defer { Foundation.close(file) }
      guard fchmod(file, 0o600) == 0 else {
        throw StoreFailure.unreadable(reason: "'\(name)': \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Looks before anything is written, so that a newer or foreign database is left as it is.
  private static func checkVersion(at path: String) throws {
    var configuration = configuration
    configuration.readonly = true
    let database = try DatabaseQueue(path: path, configuration: configuration)
    try database.inDatabase { db in try checkVersion(db, path: path) }
    try database.close()
  }

  static func checkVersion(_ db: Database, path: String) throws {
    let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    guard application == Migration.applicationID || (application == 0 && version == 0 && isEmpty) else {
      throw StoreFailure.foreignDatabase(path: path)
    }
    guard version <= Migration.newest else {
      throw StoreFailure.schemaIsNewer(found: version, known: Migration.newest)
    }
  }

  /// Brings the schema up to date, one migration a transaction.
  static func migrate(_ db: Database, through newest: Int = Migration.newest) throws {
    if try Int64.fetchOne(db, sql: "PRAGMA application_id") != Migration.applicationID {
      try db.execute(sql: "PRAGMA application_id = \(Migration.applicationID)")
    }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    for migration in Migration.all where migration.version > version && migration.version <= newest {
      try db.inTransaction(.immediate) {
        try db.execute(sql: migration.sql)
        try db.execute(sql: "PRAGMA user_version = \(migration.version)")
        return .commit
      }
    }
  }
}
