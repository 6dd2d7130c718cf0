import Domain
import Foundation
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

/// Databases as released programs left them: `Released/NNNN.sql` is a dump of one with schema NNNN, after `make demo`.
@Suite struct UpgradeTests {
  /// A release with a new schema adds its dump.
  static let released = [6]

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Released")

  @Test func `there is a dump of each released schema`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
    #expect(names.sorted() == Self.released.map { String(format: "%04d.sql", $0) })
  }

  @Test(arguments: released)
  func `S8 a database of a released program is brought up to date, and keeps all that is in it`(
    version: Int
  ) async throws {
    let path = try TemporaryStore.directory("released") + "/latchkey.db"
    let dump = Self.folder.appending(path: String(format: "%04d.sql", version))
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: try String(contentsOf: dump, encoding: .utf8))
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == version)
    }
    let before = try await queue.read { try Self.contents($0) }
    try queue.close()
    #expect(before.count > 20 && before["events"]?.count ?? 0 > 50)

    let store = try SQLiteStore(.file(path: path), hash: .blake2b)
    let (after, newest) = try await store.database.read { db in
      (try Self.contents(db), try Int.fetchOne(db, sql: "PRAGMA user_version"))
    }
    #expect(newest == Migration.newest)
    for (table, rows) in before { #expect(Self.keeps(rows, after[table] ?? []), "\(table)") }
    // The chain goes on from where it was.
    let location = try #require(try await store.read { try $0.locations(of: nil).first }).id
    let head = try await store.read { try $0.head(of: location).number }
    let event = Event(.limitsUpdated, at: World.now, location: location)
    #expect(try await store.decide { try $0.append(event, text: nil, salt: []).number } == head + 1)
    try await store.close()
    #expect(try Verification.run(path: path, hash: .blake2b) { _ in true } == [])
  }

  /// The columns that a row had at first, by table: a migration may add others.
  private static func contents(_ db: Database) throws -> [String: [[String: DatabaseValue]]] {
    let tables = try String.fetchAll(
      db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return try Dictionary(
      uniqueKeysWithValues: tables.map { table in
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table)")
        return (table, rows.map { Dictionary($0.map { ($0.0, $0.1) }) { first, _ in first } })
      })
  }

  private static func keeps(_ before: [[String: DatabaseValue]], _ after: [[String: DatabaseValue]]) -> Bool {
    before.count == after.count
      && zip(before, after).allSatisfy { old, new in old.allSatisfy { new[$0.key] == $0.value } }
  }
}
