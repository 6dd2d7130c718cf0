import Domain
import GRDB

extension Visit {
  static let columns = """
    id, locker_id, purpose, state, notice, started_at_ms, warning_ms, end_ms, last_touch_ms, ended_at_ms,
    is_farewell_shown, is_pin_verified, pin_id, choices, work_order_id, key_id, compartment_id,
    key_may_be_inside
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), locker: row.next(), purpose: row.next(), state: row.next(), notice: row.optional(),
      startedAt: row.next(), warningAfter: row.next(), endAfter: row.next(), lastTouch: row.next(),
      endedAt: row.optional(), isFarewellShown: row.next(), isPinVerified: row.next(), pin: row.optional(),
      choices: Visit.choices(stored: row.next()), workOrder: row.optional(), key: row.optional(),
      compartment: row.optional(), keyMayBeInside: row.next())
  }

  private static func choices(stored: String) -> [WorkOrder.ID] {
    stored.split(separator: ",").compactMap { Int64($0) }.map(WorkOrder.ID.init)
  }

  fileprivate var storedChoices: String { choices.map(\.description).joined(separator: ",") }

  fileprivate var changing: [StoredColumn] {
    [
      .init("purpose", purpose.stored), .init("state", state.stored), .init("notice", notice.stored),
      .init("warning_ms", warningAfter.stored), .init("end_ms", endAfter.stored),
      .init("last_touch_ms", lastTouch.stored), .init("ended_at_ms", endedAt.stored),
      .init("is_farewell_shown", isFarewellShown.stored), .init("is_pin_verified", isPinVerified.stored),
      .init("pin_id", pin.stored), .init("choices", storedChoices.stored),
      .init("work_order_id", workOrder.stored), .init("key_id", key.stored),
      .init("compartment_id", compartment.stored), .init("key_may_be_inside", keyMayBeInside.stored),
      .init("wake_at_ms", wakeUp.stored),
    ]
  }
}

extension SQLSnapshot {
  func visit(_ id: Visit.ID) throws -> Visit? {
    try first("SELECT \(Visit.columns) FROM visits WHERE id = ?", id.stored) { try Visit(&$0) }
  }

  func activeVisit(at locker: Locker.ID) throws -> Visit? {
    try first(
      "SELECT \(Visit.columns) FROM visits WHERE locker_id = ? AND ended_at_ms IS NULL", locker.stored
    ) { try Visit(&$0) }
  }

  func activeVisit(of key: Key.ID, at location: Location.ID) throws -> Visit? {
    try first(
      """
      SELECT \(Visit.columns) FROM visits
      WHERE key_id = ? AND ended_at_ms IS NULL
        AND locker_id IN (SELECT lockers.id FROM lockers WHERE location_id = ?)
      """,
      key.stored, location.stored
    ) { try Visit(&$0) }
  }

  func latestVisit(at locker: Locker.ID) throws -> Visit? {
    try first(
      "SELECT \(Visit.columns) FROM visits WHERE locker_id = ? ORDER BY id DESC LIMIT 1", locker.stored
    ) { try Visit(&$0) }
  }

  func dueVisits(at now: Instant) throws -> [Visit] {
    try all(
      "SELECT \(Visit.columns) FROM visits INDEXED BY visits_to_wake WHERE wake_at_ms <= ? ORDER BY id",
      now.stored
    ) { try Visit(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ visit: Visit) throws -> Visit {
    try run(
      """
      INSERT INTO visits (
        locker_id, purpose, state, notice, started_at_ms, warning_ms, end_ms, last_touch_ms, ended_at_ms,
        is_farewell_shown, is_pin_verified, pin_id, choices, work_order_id, key_id, compartment_id,
        key_may_be_inside, wake_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      visit.locker.stored, visit.purpose.stored, visit.state.stored, visit.notice.stored,
      visit.startedAt.stored, visit.warningAfter.stored, visit.endAfter.stored, visit.lastTouch.stored,
      visit.endedAt.stored, visit.isFarewellShown.stored, visit.isPinVerified.stored, visit.pin.stored,
      visit.storedChoices.stored, visit.workOrder.stored, visit.key.stored, visit.compartment.stored,
      visit.keyMayBeInside.stored, visit.wakeUp.stored)
    var visit = visit
    visit.id = newID()
    return visit
  }

  func update(_ visit: Visit) throws {
    guard let before = try self.visit(visit.id) else {
      preconditionFailure("update of a visit that is not stored")
    }
    try update("visits", visit.id.stored, from: before.changing, to: visit.changing)
  }
}
