import Domain
import GRDB

extension Agreement {
  static let columns = "id, location_id, title, text, is_mandatory"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), title: row.next(), text: row.next(), isMandatory: row.next())
  }
}

extension SQLSnapshot {
  func agreements(at location: Location.ID) throws -> [Agreement] {
    try all(
      "SELECT \(Agreement.columns) FROM agreements WHERE location_id = ? ORDER BY id", location.stored
    ) { try Agreement(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ agreement: Agreement) throws -> Agreement {
    try run(
      "INSERT INTO agreements (location_id, title, text, is_mandatory) VALUES (?, ?, ?, ?)",
      agreement.location.stored, agreement.title.stored, agreement.text.stored, agreement.isMandatory.stored)
    var agreement = agreement
    agreement.id = newID()
    return agreement
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
