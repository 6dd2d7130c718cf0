import Domain
import GRDB

extension PlannedIntervention {
  static let columns = "id, work_order_id, name, remark, price_cents, is_price_hidden, is_agreed"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), workOrder: row.next(),
      intervention: Intervention(
        name: row.next(), remark: row.next(), priceCents: row.next(), isPriceHidden: row.next(),
        isAgreed: row.next()))
  }
}

extension SQLSnapshot {
  func interventions(of workOrder: WorkOrder.ID) throws -> [PlannedIntervention] {
    try all(
      "SELECT \(PlannedIntervention.columns) FROM interventions WHERE work_order_id = ? ORDER BY id",
      workOrder.stored
    ) { try PlannedIntervention(&$0) }
  }
}

extension SQLTransaction {
  func replaceInterventions(of workOrder: WorkOrder.ID, with interventions: [Intervention]) throws {
    var before = try self.interventions(of: workOrder)
    for intervention in interventions {
      // Of two with one name, the first stays the first.
      if let index = before.firstIndex(where: { $0.intervention.name == intervention.name }) {
        var kept = before.remove(at: index)
        guard kept.intervention != intervention else { continue }
        kept.intervention = intervention
        try update(kept)
      } else {
        try run(
          """
          INSERT INTO interventions (work_order_id, name, remark, price_cents, is_price_hidden, is_agreed)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
          workOrder.stored, intervention.name.stored, intervention.remark.stored,
          intervention.priceCents.stored, intervention.isPriceHidden.stored, intervention.isAgreed.stored)
      }
    }
    for gone in before { try run("DELETE FROM interventions WHERE id = ?", gone.id.stored) }
  }

  func update(_ intervention: PlannedIntervention) throws {
    try run(
      """
      UPDATE interventions SET name = ?, remark = ?, price_cents = ?, is_price_hidden = ?, is_agreed = ?
      WHERE id = ?
      """,
      intervention.intervention.name.stored, intervention.intervention.remark.stored,
      intervention.intervention.priceCents.stored, intervention.intervention.isPriceHidden.stored,
      intervention.intervention.isAgreed.stored, intervention.id.stored)
    expectOneRow("intervention")
  }
}
