import Domain
import Foundation
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

@Suite struct SchemaTests {
  /// A released migration is never edited: databases out there were made with it.
  @Test func `released migrations are as they were released`() {
    let released: [Int: UInt64] = [
      1: 0xEFA9_F9DA_D6F3_0A41,
      2: 0x2F22_BDE6_2D50_D4E4,
      3: 0xB93C_DA3B_BDEB_02E4,
      4: 0x9851_52FD_BB1A_B604,
      5: 0xB4E7_898F_13F4_7CD6,
      6: 0x09C7_3DEC_A0C3_EC14,
      7: 0x7F59_1865_D1A9_87FF,
      8: 0x4E7B_FB37_C526_B979,
      9: 0x1C96_705B_CACC_9E93,
      10: 0xA629_5686_A2C2_EADC,
      11: 0xCF87_85D9_4147_D0F9,
    ]
    for migration in Migration.all {
      #expect(
        released[migration.version] == digest(migration.sql),
        "migration \(migration.version) '\(migration.name)' was edited: make a new one")
    }
    #expect(released.count == Migration.all.count)
  }

  @Test func `migrations are numbered from 1 without a gap`() {
    #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
  }

  @Test func `every table is STRICT and has a primary key`() async throws {
    let temporary = try TemporaryStore()
    let loose = try await temporary.store.database.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT name FROM pragma_table_list
          WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND strict = 0
          """)
    }
    #expect(loose.isEmpty)
  }

  @Test func `nothing that others refer to is deleted or cascades away`() async throws {
    let temporary = try TemporaryStore()
    let actions = try await temporary.store.database.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT on_delete FROM pragma_table_list AS tables, pragma_foreign_key_list(tables.name)
          """)
    }
    #expect(actions == ["RESTRICT"])
  }

  /// A column and the values that its CHECK admits.
  struct Enumerated: Sendable, CustomTestStringConvertible {
    let table: String
    let column: String
    let values: Set<String>
    var testDescription: String { "\(table).\(column)" }
  }

  static let enumerated = [
    enumerated("work_orders", "status", WorkOrder.Status.self),
    enumerated("work_orders", "cancel_reason", WorkOrder.CancelReason.self),
    enumerated("contacts", "role", ContactRole.self),
    enumerated("staff", "role", Staff.Role.self),
    enumerated("devices", "kind", Device.Kind.self),
    enumerated("enrollment_codes", "kind", Device.Kind.self),
    enumerated("compartments", "quarantine", Quarantine.self),
    enumerated("compartments", "door", Compartment.Door.self),
    enumerated("compartments", "item", ItemState.self),
    enumerated("visits", "purpose", Visit.Purpose.self),
    enumerated("visits", "state", Visit.State.self),
    enumerated("visits", "notice", Visit.Notice.self),
    enumerated("handovers", "direction", Handover.Direction.self),
    enumerated("handovers", "state", Handover.State.self),
    enumerated("commands", "outcome", CommandOutcome.self),
    enumerated("commands", "refusal", CommandRefusal.self),
    enumerated("pins", "purpose", IssuedPin.Purpose.self),
    enumerated("pins", "state", IssuedPin.State.self),
    enumerated("epochs", "reason", Epoch.Reason.self),
    enumerated("help_calls", "state", HelpCall.State.self),
  ]

  private static func enumerated<Value: RawRepresentable<String> & CaseIterable>(
    _ table: String, _ column: String, _: Value.Type
  ) -> Enumerated {
    Enumerated(table: table, column: column, values: Set(Value.allCases.map(\.rawValue)))
  }

  @Test(arguments: enumerated) func `a column admits just the cases of its enum`(column: Enumerated)
    async throws
  {
    let temporary = try TemporaryStore()
    let sql = try await temporary.store.database.read { db in
      try String.fetchOne(db, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: [column.table])
    }
    let pattern = try Regex("CHECK \\(\(column.column) IN \\(([^)]*)\\)")
    let check = try #require(sql?.firstMatch(of: pattern))
    let list = try #require(check.output[1].substring)
    let admitted = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    #expect(Set(admitted) == Set(column.values.map { "'\($0)'" }))
  }

  @Test func `states that are over are the same in the schema and in the domain`() async throws {
    let temporary = try TemporaryStore()
    let sql = try await temporary.store.database.read { db in
      try String.fetchAll(
        db, sql: "SELECT sql FROM sqlite_schema WHERE name IN ('visits', 'handovers') ORDER BY 1")
    }
    let handovers = Handover.State.allCases.filter { !$0.isOver }.map { "'\($0.rawValue)'" }.joined(
      separator: ", ")
    #expect(sql[0].contains("CHECK ((state NOT IN (\(handovers))) = (ended_at_ms IS NOT NULL))"))
    let visits = Visit.State.allCases.filter(\.isOver).map { "'\($0.rawValue)'" }.joined(separator: ", ")
    #expect(sql[1].contains("CHECK ((state IN (\(visits))) = (ended_at_ms IS NOT NULL))"))
  }

  @Test func `a database of each earlier version is brought up to date`() async throws {
    for version in 0..<Migration.newest {
      let directory = try TemporaryStore.directory("old")
      let path = directory + "/latchkey.db"
      let queue = try DatabaseQueue(path: path)
      try await queue.writeWithoutTransaction { try SQLiteStore.migrate($0, through: version) }
      try queue.close()
      let store = try SQLiteStore(.file(path: path), hash: .blake2b)
      _ = try await store.decide { try World(in: $0) }
      try await store.close()
    }
  }

  @Test func `an id is never used again`() async throws {
    let temporary = try TemporaryStore()
    let store = temporary.store
    let world = try await store.decide { try World(in: $0) }
    let first = try await store.decide { tx -> PlannedIntervention.ID in
      try tx.replaceInterventions(of: world.workOrder.id, with: [Intervention(name: "first")])
      return try #require(try tx.interventions(of: world.workOrder.id).first).id
    }
    let second = try await store.decide { tx -> PlannedIntervention.ID in
      try tx.replaceInterventions(of: world.workOrder.id, with: [])
      try tx.replaceInterventions(of: world.workOrder.id, with: [Intervention(name: "second")])
      return try #require(try tx.interventions(of: world.workOrder.id).first).id
    }
    #expect(second > first)
  }

  @Test func `the CHECKs that verify looks at are all there are`() {
    let sql = Migration.all.map(\.sql).joined()
    let checks = Verification.checks(in: sql)
    #expect(checks.count == sql.components(separatedBy: "CHECK (").count - 1)
    #expect(checks.contains("is_active IN (0, 1)"))
    #expect(checks.contains("(visit_id IS NULL) <> (handover_id IS NULL)"))
    #expect(
      Verification.checks(in: "a CHECK (a <> ')(' AND (a)), -- CHECK (no)\n b CHECK (b)") == [
        "a <> ')(' AND (a)", "b",
      ])
  }

  /// FNV-1a: enough to notice an edit.
  private func digest(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
