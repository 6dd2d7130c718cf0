import Domain
import Foundation
import GRDB
import Services
import Testing

@testable import Storage

/// A decision reads each thing once, and never what is no longer so.
@Suite struct ReadMemoryTests {
  private let db = try! DatabaseQueue()

  private func catalogue() throws -> TableCatalogue {
    try db.write { db in
      for migration in Migration.all { try db.execute(sql: migration.sql) }
      return try TableCatalogue(db)
    }
  }

  @Test func `a repeated question is answered from memory until a table that it names changes`() throws {
    let catalogue = try catalogue()
    var memory = ReadMemory()
    let sql = "SELECT id FROM lockers WHERE id = ?"
    let one: [DatabaseValue] = [1.databaseValue]
    #expect(memory.rows(sql, one, atMost: 1) as [Int]? == nil)
    memory.remember([7], sql, one, atMost: 1, from: catalogue.tables(in: sql))
    #expect(memory.rows(sql, one, atMost: 1) == [7])
    #expect(memory.rows(sql, [2.databaseValue], atMost: 1) as [Int]? == nil)
    #expect(memory.rows(sql, one, atMost: .max) as [Int]? == nil)
    memory.forget(catalogue.changes(by: "UPDATE visits SET state = ? WHERE id = ?"))
    #expect(memory.rows(sql, one, atMost: 1) == [7])
    memory.forget(catalogue.changes(by: "UPDATE lockers SET revision = revision + 1 WHERE id = ?"))
    #expect(memory.rows(sql, one, atMost: 1) as [Int]? == nil)
  }

  @Test func `a change that a foreign key passes on is a change of both tables`() throws {
    let catalogue = try catalogue()
    let contacts = catalogue.tables(in: "SELECT * FROM contacts")
    #expect(!contacts.isEmpty)
    #expect(contacts.isSubset(of: catalogue.changes(by: "UPDATE work_orders SET local_date = ?")))
    #expect(contacts.isDisjoint(with: catalogue.tables(in: "SELECT * FROM work_orders")))
  }

  @Test func `no trigger writes, so that a statement changes the tables that it names`() throws {
    _ = try catalogue()
    let triggers = try db.read {
      try String.fetchAll($0, sql: "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
    }
    #expect(triggers.count > 10)
    for trigger in triggers {
      let body = trigger.components(separatedBy: "BEGIN").last ?? ""
      for word in ["INSERT ", "UPDATE ", "DELETE "] { #expect(!body.contains(word), "\(trigger)") }
    }
  }
}
