import Foundation
import GRDB
import Services

/// Copies of a database (S8).
public enum Backup {
  /// What a copy is called until it is whole.
  public static let unfinished = ".part"

  /// Writes a copy of one consistent state, also of a database that a server is writing to, which it does not hold up.
  ///
  /// What waits for delivery is left out: nobody can unseal it without its key, and a PIN is in no backup (S1). The copy
  /// is on disk when this returns; until then nothing bears its name.
  ///
  /// - Parameter destination: where no file is yet.
  public static func write(_ database: String, to destination: String) throws {
    let part = destination + unfinished
    unlink(part)
    do {
      try create(part)
      var configuration = SQLiteStore.configuration
      configuration.readonly = true
      let source = try DatabaseQueue(path: database, configuration: configuration)
      defer { try? source.close() }
      try source.inDatabase { db in
        try SQLiteStore.checkVersion(db, path: database)
        try db.execute(sql: "VACUUM INTO ?", arguments: [part])
      }
      try leaveOutMessages(part)
      try publish(part, as: destination)
    } catch {
      unlink(part)
      throw (error as? DatabaseError).map(StoreFailure.init) ?? error
    }
  }

  /// Puts a copy of a backup where a database will be, and flushes it.
  ///
  /// - Parameter path: where no file is yet.
  /// - Throws: `StoreFailure.unreadable` where it is no file, or a database of a server that went on: what is in the
  ///   journal beside it would be lost.
  public static func copy(_ backup: String, to path: String) throws {
    let part = path + unfinished
    unlink(part)
    // The file itself: a copy of a link would be another name of the backup.
    let file = URL(filePath: backup).resolvingSymlinksInPath().path(percentEncoded: false)
    for journal in ["-wal", "-journal"] where size(file + journal) ?? 0 > 0 {
      throw StoreFailure.unreadable(
        reason:
          "'\(file)' is no backup but a database with a journal beside it; `latchkey backup` makes one of it")
    }
    guard size(file) != nil else { throw StoreFailure.unreadable(reason: "'\(backup)' is no file") }
    do {
      try FileManager.default.copyItem(atPath: file, toPath: part)
      guard chmod(part, 0o600) == 0 else { throw failure(part) }
      try publish(part, as: path)
    } catch {
      unlink(part)
      throw error
    }
  }

  /// Of a regular file; `nil` for anything else.
  private static func size(_ path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  private static func create(_ path: String) throws {
    let file = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(path) }
    close(file)
  }

  /// The copy is nobody's yet, so that it needs no journal on disk; what is deleted is overwritten.
  private static func leaveOutMessages(_ path: String) throws {
    let copy = try DatabaseQueue(path: path, configuration: SQLiteStore.configuration)
    try copy.inDatabase { db in
      try db.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON; DELETE FROM outbox")
      let check = try String.fetchAll(db, sql: "PRAGMA quick_check(1)")
      guard check == ["ok"] else { throw StoreFailure.damaged(reason: check.joined(separator: "; ")) }
    }
    try copy.close()
  }

  /// Gives a file its name once it is on disk, and has that on disk, too.
  private static func publish(_ part: String, as path: String) throws {
    try flush(part, O_RDONLY)
    guard link(part, path) == 0 else { throw failure(path) }
    unlink(part)
    let folder = (path as NSString).deletingLastPathComponent
    try flush(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY)
  }

  private static func flush(_ path: String, _ flags: CInt) throws {
    let file = Foundation.open(path, flags | O_CLOEXEC)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String) -> StoreFailure {
    .unreadable(reason: "'\(path)': \(String(cString: strerror(errno)))")
  }
}
