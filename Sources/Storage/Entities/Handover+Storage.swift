import Domain
import GRDB

extension Handover {
  static let columns = """
    id, location_id, work_order_id, key_id, locker_id, compartment_id, direction, state, device_id, staff_id,
    requested_at_ms, shown_at_ms, expires_at_ms, ended_at_ms, revision
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), workOrder: row.next(), key: row.next(), locker: row.next(),
      compartment: row.next(), direction: row.next(), state: row.next(), tablet: row.next(),
      staff: row.next(), requestedAt: row.next(), shownAt: row.optional(), expiresAt: row.optional(),
      endedAt: row.optional(), revision: row.next())
  }
}

extension SQLSnapshot {
  func handover(_ id: Handover.ID) throws -> Handover? {
    try first("SELECT \(Handover.columns) FROM handovers WHERE id = ?", id.stored) { try Handover(&$0) }
  }

  func activeHandover(at locker: Locker.ID) throws -> Handover? {
    try first(
      """
      SELECT \(Handover.columns) FROM handovers
      WHERE locker_id = ? AND state IN ('shown', 'opening', 'open')
      """,
      locker.stored
    ) { try Handover(&$0) }
  }

  func nextQueuedHandover(at locker: Locker.ID) throws -> Handover? {
    try first(
      """
      SELECT \(Handover.columns) FROM handovers WHERE locker_id = ? AND state = 'queued'
      ORDER BY requested_at_ms, id LIMIT 1
      """,
      locker.stored
    ) { try Handover(&$0) }
  }

  func activeHandover(of key: Key.ID) throws -> Handover? {
    try first(
      "SELECT \(Handover.columns) FROM handovers WHERE key_id = ? AND ended_at_ms IS NULL", key.stored
    ) { try Handover(&$0) }
  }

  func dueHandovers(at now: Instant) throws -> [Handover] {
    try all(
      "SELECT \(Handover.columns) FROM handovers INDEXED BY handovers_to_wake WHERE wake_at_ms <= ? ORDER BY id",
      now.stored
    ) { try Handover(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ handover: Handover) throws -> Handover {
    try run(
      """
      INSERT INTO handovers (
        location_id, work_order_id, key_id, locker_id, compartment_id, direction, state, device_id, staff_id,
        requested_at_ms, shown_at_ms, expires_at_ms, ended_at_ms, revision, wake_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      handover.location.stored, handover.workOrder.stored, handover.key.stored, handover.locker.stored,
      handover.compartment.stored, handover.direction.stored, handover.state.stored, handover.tablet.stored,
      handover.staff.stored, handover.requestedAt.stored, handover.shownAt.stored, handover.expiresAt.stored,
      handover.endedAt.stored, handover.revision.stored, handover.wakeUp.stored)
    var handover = handover
    handover.id = newID()
    return handover
  }

  func update(_ handover: Handover) throws {
    try run(
      """
      UPDATE handovers SET
        state = ?, shown_at_ms = ?, expires_at_ms = ?, ended_at_ms = ?, revision = ?, wake_at_ms = ?
      WHERE id = ?
      """,
      handover.state.stored, handover.shownAt.stored, handover.expiresAt.stored, handover.endedAt.stored,
      handover.revision.stored, handover.wakeUp.stored, handover.id.stored)
    expectOneRow("hand-over")
  }
}
