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
    let line = SourceLine(#fileID, #line)
    let one = Question(line: line, arguments: [.integer(1)], limit: 1)
    let others = [
      Question(line: line, arguments: [.integer(2)], limit: 1),
      Question(line: line, arguments: [.integer(1)], limit: .max),
      Question(line: SourceLine(#fileID, #line), arguments: [.integer(1)], limit: 1),
    ]
    func answer(to question: Question) -> [Int]? { (memory.answer(to: question) as? Rows<Int>)?.values }
    #expect(answer(to: one) == nil)
    memory.keep(Rows([7]), to: one, from: catalogue.tables(in: "SELECT id FROM lockers WHERE id = ?"))
    #expect(answer(to: one) == [7])
    for other in others { #expect(answer(to: other) == nil) }
    memory.forget(catalogue.changes(by: "UPDATE visits SET state = ? WHERE id = ?"))
    #expect(answer(to: one) == [7])
    memory.forget(catalogue.changes(by: "UPDATE lockers SET revision = revision + 1 WHERE id = ?"))
    #expect(answer(to: one) == nil)
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
