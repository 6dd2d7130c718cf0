import Domain
import GRDB
import Services

extension Epoch.Reason: StoredEnum {}

extension Epoch {
  static let columns = "number, started_at_ms, reason, last_command_sequence"

  init(_ row: inout Columns) throws {
    try self.init(
      number: row.next(), startedAt: row.next(), reason: row.next(), lastCommandSequence: row.next())
  }
}

extension SQLSnapshot {
  func latestEpoch() throws -> Epoch? {
    try first("SELECT \(Epoch.columns) FROM epochs ORDER BY number DESC LIMIT 1") { try Epoch(&$0) }
  }
}

extension SQLTransaction {
  func begin(_ epoch: Epoch) throws {
    try run(
      "INSERT INTO epochs (\(Epoch.columns)) VALUES (?, ?, ?, ?)", epoch.number.stored,
      epoch.startedAt.stored,
      epoch.reason.stored, epoch.lastCommandSequence.stored)
    try run("UPDATE sqlite_sequence SET seq = max(seq, ?)", epoch.startedAt.stored)
    // Tables that have never had a row.
    try run(
      """
      INSERT INTO sqlite_sequence (name, seq) SELECT name, ? FROM sqlite_schema
      WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence)
      """,
      epoch.startedAt.stored)
  }

  func forgetEpoch(at now: Instant) throws {
    try run("DELETE FROM answers")
    try run("DELETE FROM outbox")
    try run("DELETE FROM sessions")
    try run(
      "UPDATE enrollment_codes SET expires_at_ms = ?1 WHERE used_by_device_id IS NULL AND expires_at_ms > ?1",
      now.stored)
  }
}
