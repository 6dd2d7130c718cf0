import Domain
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

/// What a restore makes of each table (S8).
@Suite struct EpochTests {
  enum Fate: Equatable {
    /// As it was in the backup.
    case kept
    /// All rows go.
    case emptied
    /// Rows stay, and what was still to come of them ends.
    case ended
    /// New rows come, and none goes.
    case appended
    /// Rows stay; what is named is set anew.
    case changed(String)
  }

  /// A new table is written down here, and `Decision+Epoch.swift` does it.
  static let fates: [String: Fate] = [
    "dealers": .kept,
    "locations": .kept,
    "lockers": .changed("command numbers jump"),
    "compartments": .changed(
      "reservations end; those without a key are out of service until somebody has looked"),
    "staff": .kept,
    "devices": .changed("sign-ins end; what was revoked after the backup has to be revoked again"),
    "enrollment_codes": .ended,
    "api_keys": .kept,
    "work_orders": .kept,
    "contacts": .kept,
    "interventions": .kept,
    "agreements": .kept,
    "acceptances": .kept,
    "keys": .changed(
      "what a command was moving is uncertain; all others are where they were last known to be"),
    "visits": .ended,
    "handovers": .ended,
    "commands": .ended,
    "pins": .ended,
    // A restore does not give guessers new tries.
    "guesses": .kept,
    "events": .appended,
    "texts": .kept,
    "signed_heads": .kept,
    "answers": .emptied,
    "outbox": .emptied,
    "epochs": .appended,
    // Whoever was signed in signs in anew.
    "sessions": .emptied,
    "opening_intervals": .kept,
    "opening_exceptions": .kept,
    "optional_services": .kept,
    "help_calls": .ended,
    "help_ignores": .kept,
    "staff_locations": .kept,
    "api_key_locations": .kept,
  ]

  private static func tables(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
  }

  @Test func `S8 it is decided for every table what a restore makes of it`() async throws {
    let temporary = try TemporaryStore()
    let tables = try await temporary.store.database.read { try Self.tables($0) }
    #expect(Set(tables) == Set(Self.fates.keys))
  }

  @Test func `S8 each table meets its fate, and verify finds nothing`() async throws {
    let shop = try await RestoredShop.open()
    let before = try await shop.contents()
    let epoch = try await shop.world.environment.startEpoch(.restored)
    let after = try await shop.contents()
    for (table, fate) in Self.fates {
      let (old, new) = try (#require(before[table]), #require(after[table]))
      switch fate {
      case .kept: #expect(old == new, "\(table)")
      case .emptied: #expect(!old.isEmpty && new.isEmpty, "\(table)")
      case .appended: #expect(new.count > old.count && Set(old).isSubset(of: new), "\(table)")
      case .ended, .changed: #expect(old.count == new.count && old != new, "\(table)")
      }
    }
    #expect(epoch.number == 2)
    #expect(try await shop.findings() == [])
  }

  @Test func `S8 nothing that was under way goes on in the new epoch`() async throws {
    let shop = try await RestoredShop.open()
    _ = try await shop.world.environment.startEpoch(.restored)
    let open = try await shop.world.store.database.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT 'PIN ' || id FROM pins WHERE state IN ('live', 'claimed')
          UNION ALL SELECT 'visit ' || id FROM visits WHERE ended_at_ms IS NULL
          UNION ALL SELECT 'hand-over ' || id FROM handovers WHERE ended_at_ms IS NULL
          UNION ALL SELECT 'command ' || id FROM commands WHERE outcome IS NULL
          UNION ALL SELECT 'reservation ' || id FROM compartments
            WHERE visit_id IS NOT NULL OR handover_id IS NOT NULL
          UNION ALL SELECT 'sign-in ' || id FROM devices WHERE signed_in_staff_id IS NOT NULL
          UNION ALL SELECT 'code ' || id FROM enrollment_codes
            WHERE used_by_device_id IS NULL AND expires_at_ms > \(shop.world.clock.now.milliseconds)
          """)
    }
    #expect(open.isEmpty)
  }

  @Test func `S8 a command under way ends unknown, and its key is uncertain`() async throws {
    let shop = try await RestoredShop.open()
    _ = try await shop.world.environment.startEpoch(.restored)
    let (outcomes, holder) = try await shop.world.store.database.read { db in
      (
        try String.fetchAll(
          db, sql: "SELECT outcome FROM commands WHERE ended_at_ms = ?",
          arguments: [
            shop.world.clock.now.milliseconds
          ]),
        try String.fetchOne(db, sql: "SELECT holder FROM keys WHERE id = ?", arguments: [shop.movingKey])
      )
    }
    #expect(outcomes == ["unknown"])
    #expect(holder == "uncertain")
  }

  @Test func `S8 command numbers jump beyond all that any server has given out since the backup`()
    async throws
  {
    let shop = try await RestoredShop.open()
    let now = shop.world.clock.now
    let first = try await shop.world.environment.startEpoch(.restored)
    #expect(first.lastCommandSequence == now.milliseconds * 1000)
    // The largest number that a controller's journal takes.
    #expect(first.lastCommandSequence < 1 << 53)
    let numbers = try await shop.world.store.database.read { db in
      try Int64.fetchAll(db, sql: "SELECT DISTINCT last_command_sequence FROM lockers")
    }
    #expect(numbers == [first.lastCommandSequence])
    // The same backup once more, a second later: a locker cannot have opened so often.
    let again = Epoch(after: nil, at: now + .seconds(1), .restored, given: 17)
    #expect(again.lastCommandSequence == first.lastCommandSequence + 1_000_000)
    // A clock that has gone back does not bring numbers back.
    let early = Epoch(after: first, at: now - .seconds(3600), .restored, given: first.lastCommandSequence + 5)
    #expect(early.number == 3)
    #expect(early.lastCommandSequence == first.lastCommandSequence + 5)
  }

  @Test func `S8 no row of the new epoch bears the id of one that was made after the backup`() async throws {
    let shop = try await RestoredShop.open()
    let start = shop.world.clock.now.milliseconds
    _ = try await shop.world.environment.startEpoch(.restored)
    #expect(try await shop.workshop.book("6", plate: "FF-666-F").workOrderID > start)
    let low = try await shop.world.store.database.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'
            AND name NOT IN (SELECT name FROM sqlite_sequence WHERE seq >= \(start))
          """)
    }
    #expect(low.isEmpty)
  }

  @Test func `S8 the desk is asked to take stock, and empty boxes wait for somebody to look`() async throws {
    let shop = try await RestoredShop.open()
    _ = try await shop.world.environment.startEpoch(.restored)
    let location = Location.ID(rawValue: shop.workshop.location.locationID)
    let events = try await shop.world.store.read { try $0.events(at: location, after: 0, limit: .max) }
    #expect(events.filter { $0.kind == .epochStarted }.map(\.reason) == ["RESTORED"])
    let asked = events.filter { $0.kind == .stockTakingNeeded }
    #expect(asked.count == 1 + shop.keysInCustody)
    let locker = Locker.ID(rawValue: shop.workshop.locker.lockerID)
    let (boxes, occupied) = try await shop.world.store.read { snapshot in
      (try snapshot.compartments(of: locker), try snapshot.occupied(in: locker))
    }
    for box in boxes { #expect((box.quarantine == nil) == (occupied[box.id] != nil), "box \(box.number)") }
    #expect(!occupied.isEmpty)
  }

  @Test func `S8 epochs stay as they were written down`() async throws {
    let shop = try await RestoredShop.open()
    _ = try await shop.world.environment.startEpoch(.restored)
    for sql in ["UPDATE epochs SET reason = 'restored'", "DELETE FROM epochs"] {
      await #expect(throws: DatabaseError.self) {
        try await shop.world.store.database.writeWithoutTransaction { try $0.execute(sql: sql) }
      }
    }
  }
}
