import Domain
import GRDB
import Services

extension Key {
  static let columns = """
    id, location_id, work_order_id, label, holder, compartment_id, staff_id, since_ms, is_verified_by_sensor
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), workOrder: row.optional(), label: row.next(),
      custody: Custody(
        holder: Custody.Holder(named: row.next(), compartment: row.optional(), staff: row.optional()),
        since: row.next(), isVerifiedBySensor: row.next()))
  }
}

extension Custody.Holder {
  init(named name: String, compartment: Compartment.ID?, staff: Staff.ID?) throws {
    switch (name, compartment, staff) {
    case ("customer", nil, nil): self = .customer
    case ("compartment", let compartment?, nil): self = .compartment(compartment)
    case ("staff", nil, let staff?): self = .staff(staff)
    case ("desk", nil, nil): self = .desk
    case ("uncertain", nil, nil): self = .uncertain
    default: throw StoreFailure.unreadable(reason: "no holder in column 'holder'")
    }
  }

  /// As stored.
  var name: String {
    switch self {
    case .customer: "customer"
    case .compartment: "compartment"
    case .staff: "staff"
    case .desk: "desk"
    case .uncertain: "uncertain"
    }
  }

  var compartment: Compartment.ID? { if case .compartment(let id) = self { id } else { nil } }
  var staff: Staff.ID? { if case .staff(let id) = self { id } else { nil } }
}

extension SQLSnapshot {
  func key(_ id: Key.ID) throws -> Key? {
    try first("SELECT \(Key.columns) FROM keys WHERE id = ?", id.stored) { try Key(&$0) }
  }

  func keys(of workOrder: WorkOrder.ID) throws -> [Key] {
    try all("SELECT \(Key.columns) FROM keys WHERE work_order_id = ? ORDER BY id", workOrder.stored) {
      try Key(&$0)
    }
  }

  func key(in compartment: Compartment.ID) throws -> Key? {
    try first(
      "SELECT \(Key.columns) FROM keys WHERE holder = 'compartment' AND compartment_id = ?",
      compartment.stored
    ) { try Key(&$0) }
  }

  func occupied(in locker: Locker.ID) throws -> [Compartment.ID: Key.ID] {
    let pairs: [(Compartment.ID, Key.ID)] = try all(
      """
      SELECT compartments.id, keys.id FROM compartments
      JOIN keys ON keys.holder = 'compartment' AND keys.compartment_id = compartments.id
      WHERE compartments.locker_id = ?
      """,
      locker.stored
    ) { row in try (row.next(), row.next()) }
    return Dictionary(pairs) { first, _ in first }
  }

  func keysInCustody(at location: Location.ID) throws -> [Key] {
    try all(
      "SELECT \(Key.columns) FROM keys WHERE location_id = ? AND holder <> 'customer' ORDER BY id",
      location.stored
    ) { try Key(&$0) }
  }

  func keysInCustody(at location: Location.ID, after id: Key.ID, limit: Int) throws -> [Key] {
    try all(
      """
      SELECT \(Key.columns) FROM keys INDEXED BY keys_in_custody
      WHERE location_id = ? AND holder <> 'customer' AND id > ? ORDER BY id LIMIT ?
      """, location.stored, id.stored, limit.stored
    ) { try Key(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ key: Key) throws -> Key {
    try run(
      """
      INSERT INTO keys (
        location_id, work_order_id, label, holder, compartment_id, staff_id, since_ms, is_verified_by_sensor
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      key.location.stored, key.workOrder.stored, key.label.stored, key.custody.holder.name.stored,
      key.custody.holder.compartment.stored, key.custody.holder.staff.stored, key.custody.since.stored,
      key.custody.isVerifiedBySensor.stored)
    var key = key
    key.id = newID()
    return key
  }

  func update(_ key: Key) throws {
    try run(
      """
      UPDATE keys SET
        work_order_id = ?, label = ?, holder = ?, compartment_id = ?, staff_id = ?, since_ms = ?,
        is_verified_by_sensor = ?
      WHERE id = ?
      """,
      key.workOrder.stored, key.label.stored, key.custody.holder.name.stored,
      key.custody.holder.compartment.stored, key.custody.holder.staff.stored, key.custody.since.stored,
      key.custody.isVerifiedBySensor.stored, key.id.stored)
    expectOneRow("key")
  }
}
