import Domain
import GRDB

extension Agreement {
  static let columns = """
    id, first_id, location_id, version, title, text, is_mandatory, in_check_in, in_kiosk, published_at_ms,
    ended_at_ms
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), first: row.optional(), location: row.next(), version: row.next(), title: row.next(),
      text: row.next(), isMandatory: row.next(),
      modules: Agreement.modules(inCheckIn: row.next(), inKiosk: row.next()), publishedAt: row.optional(),
      endedAt: row.optional())
  }

  private static func modules(inCheckIn: Bool, inKiosk: Bool) -> Set<Module> {
    Set((inCheckIn ? [.checkIn] : []) + (inKiosk ? [.kiosk] : []))
  }
}

extension SQLSnapshot {
  func agreement(_ id: Agreement.ID) throws -> Agreement? {
    try first("SELECT \(Agreement.columns) FROM agreements WHERE id = ?", id.stored) { try Agreement(&$0) }
  }

  func agreements(at location: Location.ID, shownIn module: Agreement.Module) throws -> [Agreement] {
    let all = try all(
      """
      SELECT \(Agreement.columns) FROM agreements INDEXED BY current_agreements
      WHERE location_id = ? AND ended_at_ms IS NULL ORDER BY id
      """, location.stored
    ) { try Agreement(&$0) }
    return all.filter { $0.modules.contains(module) }
  }

  func agreements(
    at location: Location.ID, includingEnded: Bool, after id: Agreement.ID, limit: Int
  ) throws -> [Agreement] {
    try all(
      """
      SELECT \(Agreement.columns) FROM agreements
      WHERE location_id = ? AND id > ? AND (? OR ended_at_ms IS NULL) ORDER BY id LIMIT ?
      """, location.stored, id.stored, includingEnded.stored, limit.stored
    ) { try Agreement(&$0) }
  }

  func acceptances(of workOrder: WorkOrder.ID) throws -> [(agreement: Agreement, at: Instant)] {
    try all(
      """
      SELECT \(Agreement.columns), accepted_at_ms FROM acceptances JOIN agreements ON id = agreement_id
      WHERE work_order_id = ? ORDER BY accepted_at_ms, agreement_id
      """,
      workOrder.stored
    ) { row in try (agreement: Agreement(&row), at: row.next()) }
  }
}

extension SQLTransaction {
  func insert(_ agreement: Agreement) throws -> Agreement {
    try run(
      """
      INSERT INTO agreements (
        first_id, location_id, version, title, text, is_mandatory, in_check_in, in_kiosk, published_at_ms,
        ended_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      agreement.first.stored, agreement.location.stored, agreement.version.stored, agreement.title.stored,
      agreement.text.stored, agreement.isMandatory.stored, agreement.modules.contains(.checkIn).stored,
      agreement.modules.contains(.kiosk).stored, agreement.publishedAt.stored, agreement.endedAt.stored)
    var agreement = agreement
    agreement.id = newID()
    return agreement
  }

  func end(_ agreement: Agreement.ID, at now: Instant) throws {
    try run("UPDATE agreements SET ended_at_ms = ? WHERE id = ?", now.stored, agreement.stored)
    expectOneRow("agreement")
  }

  /// Accepting again in the same visit changes nothing: the first time stays.
  func accept(
    _ agreement: Agreement.ID, for workOrder: WorkOrder.ID, visit: Visit.ID, at now: Instant
  ) throws {
    try run(
      """
      INSERT INTO acceptances (work_order_id, agreement_id, visit_id, accepted_at_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT (work_order_id, agreement_id, visit_id) DO NOTHING
      """,
      workOrder.stored, agreement.stored, visit.stored, now.stored)
  }
}
