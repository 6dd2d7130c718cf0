import Domain
import Foundation
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

/// `verify` finds what was done to a database behind the program's back.
@Suite struct VerificationTests {
  /// A database in which a key was dropped, taken out, put back and returned, closed, at `path`.
  private static func database(_ name: String) async throws -> (path: String, heads: [SignedHead]) {
    let path = try TemporaryStore.directory(name) + "/latchkey.db"
    let store = try SQLiteStore(.file(path: path), hash: .blake2b)
    let head = try await store.decide { tx -> SignedHead in
      let world = try World(in: tx)
      try Flow(tx: tx, world: world).run()
      let head = try tx.head(of: world.location.id)
      let signed = SignedHead(
        location: world.location.id, number: head.number, hash: head.hash, token: "genuine",
        signedAt: World.now)
      try tx.insert(signed)
      return signed
    }
    try await store.close()
    return (path, [head])
  }

  private static func verify(_ path: String, exported: [SignedHead] = []) throws -> [Verification.Finding] {
    try Verification.run(path: path, hash: .blake2b, exported: exported) { $0.token == "genuine" }
  }

  /// Changes a database with everything that protects it taken away.
  private static func tamper(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
      let guards = try Row.fetchAll(
        db,
        sql: """
          SELECT type, name FROM sqlite_schema
          WHERE type = 'trigger' OR (type = 'index' AND sql LIKE 'CREATE UNIQUE%')
          """)
      for row in guards { try db.execute(sql: "DROP \(row["type"] as String) \(row["name"] as String)") }
      try db.execute(sql: sql)
    }
    try queue.close()
  }

  @Test func `a database in which all went right has no findings`() async throws {
    let (path, heads) = try await Self.database("clean")
    defer { remove(path) }
    #expect(try Self.verify(path, exported: heads) == [])
  }

  @Test func `a database is verified while the server is running`() async throws {
    let temporary = try TemporaryStore(onDisk: "running")
    try await temporary.store.decide { tx in try Flow(tx: tx, world: World(in: tx)).run() }
    #expect(try Self.verify(temporary.path!) == [])
    _ = try await temporary.store.decide { try $0.insert(Dealer(name: "still running")) }
  }

  /// What is done to the database, and what has to be found.
  struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sql: String
    let check: Verification.Finding.Check
    let problem: String
  }

  @Test(arguments: chainTampering + invariantTampering + custodyTampering)
  func finds(_ tampering: Tampering) async throws {
    let (path, _) = try await Self.database("tamper")
    defer { remove(path) }
    try Self.tamper(path, tampering.sql)
    let findings = try Self.verify(path)
    #expect(
      findings.contains { $0.check == tampering.check && $0.problem.contains(tampering.problem) },
      "\(findings.map(\.description))")
  }

  @Test func `every invariant is one that a test breaks`() {
    let broken = Set(Self.invariantTampering.map(\.problem))
    #expect(Set(Verification.invariants.map(\.problem)) == broken)
  }

  static let chainTampering = [
    Tampering(
      testDescription: "S4 an event that was altered", sql: "UPDATE events SET time_ms = 5 WHERE number = 3",
      check: .chain, problem: "is not what its hash was taken over"),
    Tampering(
      testDescription: "S4 an event that was dropped", sql: "DELETE FROM events WHERE number = 3",
      check: .chain,
      problem: "events are missing before it"),
    Tampering(
      testDescription: "S4 an event that was dropped, the rest renumbered",
      sql: """
        DELETE FROM events WHERE number = 3;
        UPDATE events SET number = -(number - 1) WHERE number > 3;
        UPDATE events SET number = -number WHERE number < 0
        """, check: .chain, problem: "is not what its hash was taken over"),
    Tampering(
      testDescription: "S4 two events that were swapped",
      sql: """
        UPDATE events SET number = -1 WHERE number = 2;
        UPDATE events SET number = 2 WHERE number = 3;
        UPDATE events SET number = 3 WHERE number = -1
        """, check: .chain, problem: "is not what its hash was taken over"),
    Tampering(
      testDescription: "S4 a commitment that was altered",
      sql: "UPDATE events SET commitment = zeroblob(32) WHERE number = 1", check: .chain,
      problem: "is not what its hash was taken over"),
    Tampering(
      testDescription: "S4 an event of a kind that nobody knows",
      sql: "UPDATE events SET kind = 'NONSENSE' WHERE number = 2",
      check: .chain, problem: "cannot be read"),
    Tampering(
      testDescription: "S4 a newest event that was cut off",
      sql: "DELETE FROM events WHERE number = (SELECT max(number) FROM events)", check: .signedHead,
      problem: "names an event that is gone"),
    Tampering(
      testDescription: "S4 a hash that was altered together with the event",
      sql: """
        UPDATE events SET time_ms = 5, hash = zeroblob(32) WHERE number = (SELECT max(number) FROM events)
        """, check: .signedHead, problem: "was signed over another hash"),
    Tampering(
      testDescription: "S4 a head that somebody else signed", sql: "UPDATE signed_heads SET token = 'forged'",
      check: .signedHead, problem: "does not bear this server's signature"),
    Tampering(
      testDescription: "S4 a text that was altered", sql: "UPDATE texts SET text = 'other'", check: .text,
      problem: "is not the text"),
    Tampering(
      testDescription: "a row that refers to nothing", sql: "UPDATE keys SET work_order_id = 99",
      check: .foreignKeys, problem: "work_orders"),
    Tampering(
      testDescription: "a row that breaks a CHECK", sql: "UPDATE lockers SET is_active = 7",
      check: .schema, problem: "1 rows break CHECK (is_active IN (0, 1))"),
    Tampering(
      testDescription: "S4 a trigger that was dropped", sql: "SELECT 1", check: .schema, problem: "is missing"
    ),
    Tampering(
      testDescription: "a table that somebody added", sql: "CREATE TABLE other (id INTEGER)", check: .schema,
      problem: "was not made by the program"),
  ]

  static let custodyTampering = [
    Tampering(
      testDescription: "S6 a key that was moved without an event",
      sql: "UPDATE keys SET holder = 'desk'", check: .custody, problem: "with its customer"),
    Tampering(
      testDescription: "S6 a key that is gone", sql: "DELETE FROM keys WHERE id = 1", check: .custody,
      problem: "is in the log, and not in the database"),
    Tampering(
      testDescription: "S6 a key that nothing was ever logged of, in a box",
      sql: """
        INSERT INTO keys (location_id, label, holder, compartment_id, since_ms, is_verified_by_sensor)
        VALUES (1, 'other', 'compartment', 2, 0, 0)
        """, check: .custody, problem: "in compartment 2 of locker 1"),
    Tampering(
      testDescription: "S6 an event that does not say where the key went",
      sql: "UPDATE events SET compartment = NULL WHERE kind = 'KEY_DROPPED'", check: .custody,
      problem: "not which or where to"),
  ]

  @Test func `S4 a chain that was cut off with its stored heads is found by an exported head`() async throws {
    let (path, heads) = try await Self.database("exported")
    defer { remove(path) }
    try Self.tamper(
      path,
      """
      DELETE FROM signed_heads;
      DELETE FROM texts WHERE event_number = (SELECT max(number) FROM events);
      DELETE FROM events WHERE number = (SELECT max(number) FROM events)
      """)
    #expect(try !Self.verify(path).contains { $0.check == .signedHead })
    let findings = try Self.verify(path, exported: heads)
    #expect(findings.contains { $0.check == .signedHead && $0.problem == "names an event that is gone" })
  }

  @Test func `S4 a chain that was written anew from an event on is found by a signed head`() async throws {
    let (path, _) = try await Self.database("rewritten")
    defer { remove(path) }
    let queue = try DatabaseQueue(path: path)
    let events = try await queue.read {
      try SQLSnapshot($0).events(at: .init(rawValue: 1), after: 0, limit: 999)
    }
    try queue.close()
    var previous: [UInt8] = []
    var sql = ""
    for var event in events {
      event.time = Instant(milliseconds: 1)
      event.hash = ChainHash.blake2b.hash(previous, event.canonicalBytes)
      previous = event.hash
      let hex = event.hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      sql += "UPDATE events SET time_ms = 1, hash = X'\(hex)' WHERE number = \(event.number);"
    }
    try Self.tamper(path, sql)
    let findings = try Self.verify(path)
    #expect(!findings.contains { $0.check == .chain })
    #expect(findings.contains { $0.check == .signedHead && $0.problem.contains("another hash") })
  }

  @Test func `a damaged file is told as such`() async throws {
    let (path, _) = try await Self.database("damaged")
    defer { remove(path) }
    let handle = try FileHandle(forUpdating: URL(filePath: path))
    let size = try handle.seekToEnd()
    for offset in stride(from: UInt64(16_384), to: size, by: 4096) {
      try handle.seek(toOffset: offset + 100)
      try handle.write(contentsOf: Data(repeating: 0xA5, count: 64))
    }
    try handle.close()
    do {
      let findings = try Self.verify(path)
      #expect(findings.contains { $0.check == .integrity })
    } catch let failure as StoreFailure {
      guard case .damaged = failure else {
        Issue.record("\(failure)")
        return
      }
    }
  }

  private func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }
}
