import Domain
import GRDB
import Services

extension WorkOrder {
  static let columns = """
    id, location_id, number, local_date, local_time, status, cancel_reason, plate, brand, model,
    additional_phone, is_pinned
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), number: row.next(),
      localTime: LocalDateTime(date: row.next(), time: row.next()), status: row.next(),
      cancelReason: row.optional(), plate: row.next(), brand: row.next(), model: row.next(),
      additionalPhone: row.optional(), isPinnedByHand: row.next())
  }
}

extension LocalDateTime {
  /// - Parameter time: `HH:MM`.
  init(date: LocalDate, time: String) throws {
    guard let whole = LocalDateTime(parsing: "\(date)T\(time)") else {
      throw StoreFailure.unreadable(reason: "no time of day in column 'local_time'")
    }
    self = whole
  }

  /// `HH:MM`.
  var storedTime: String { String(description.suffix(5)) }
}

extension SQLSnapshot {
  func workOrder(_ id: WorkOrder.ID) throws -> WorkOrder? {
    try first("SELECT \(WorkOrder.columns) FROM work_orders WHERE id = ?", id.stored) { try WorkOrder(&$0) }
  }

  func workOrder(_ number: String, at location: Location.ID) throws -> WorkOrder? {
    try first(
      "SELECT \(WorkOrder.columns) FROM work_orders WHERE location_id = ? AND number = ?", location.stored,
      number.stored
    ) { try WorkOrder(&$0) }
  }

  func workOrders(at location: Location.ID, on date: LocalDate, plate: Plate) throws -> [WorkOrder] {
    try all(
      """
      SELECT \(WorkOrder.columns) FROM work_orders
      WHERE location_id = ? AND plate = ? AND local_date = ? AND status <> 'cancelled'
      ORDER BY id
      """,
      location.stored, plate.stored, date.stored
    ) { try WorkOrder(&$0) }
  }

  func workOrders(at location: Location.ID, on date: LocalDate, driverMobile: Phone) throws -> [WorkOrder] {
    try all(
      """
      SELECT \(WorkOrder.columns) FROM work_orders
      WHERE status <> 'cancelled' AND id IN (
        SELECT work_order_id FROM contacts
        WHERE location_id = ?1 AND local_date = ?2 AND role = 'driver' AND private_mobile = ?3
        UNION
        SELECT work_order_id FROM contacts
        WHERE location_id = ?1 AND local_date = ?2 AND role = 'driver' AND business_mobile = ?3)
      ORDER BY id
      """,
      location.stored, date.stored, driverMobile.stored
    ) { try WorkOrder(&$0) }
  }

  func workOrders(
    at location: Location.ID, from: LocalDate, through: LocalDate, after: ListPosition?, limit: Int
  ) throws -> [WorkOrder] {
    // Before all of a day stands what has no time and no number.
    let start = after.flatMap { $0.localTime.date < from ? nil : $0 }
    return try all(
      """
      SELECT \(WorkOrder.columns) FROM work_orders
      WHERE location_id = ? AND (local_date, local_time, number) > (?, ?, ?) AND local_date <= ?
      ORDER BY local_date, local_time, number LIMIT ?
      """,
      location.stored, (start?.localTime.date ?? from).stored,
      (start?.localTime.storedTime ?? "").stored, (start?.number ?? "").stored, through.stored, limit.stored
    ) { try WorkOrder(&$0) }
  }

  func workOrdersOnTop(at location: Location.ID) throws -> [WorkOrder] {
    try all(
      """
      SELECT \(WorkOrder.columns) FROM work_orders
      WHERE id IN (
        SELECT work_order_id FROM keys
        WHERE location_id = ?1 AND holder <> 'customer' AND holder = 'compartment'
        UNION
        SELECT id FROM work_orders WHERE location_id = ?1 AND is_pinned = 1)
      ORDER BY id
      """,
      location.stored
    ) { try WorkOrder(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ workOrder: WorkOrder) throws -> WorkOrder {
    try run(
      """
      INSERT INTO work_orders (
        location_id, number, local_date, local_time, status, cancel_reason, plate, brand, model,
        additional_phone, is_pinned
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      workOrder.location.stored, workOrder.number.stored, workOrder.localTime.date.stored,
      workOrder.localTime.storedTime.stored, workOrder.status.stored, workOrder.cancelReason.stored,
      workOrder.plate.stored, workOrder.brand.stored, workOrder.model.stored,
      workOrder.additionalPhone.stored, workOrder.isPinnedByHand.stored)
    var workOrder = workOrder
    workOrder.id = newID()
    return workOrder
  }

  func update(_ workOrder: WorkOrder) throws {
    try run(
      """
      UPDATE work_orders SET
        number = ?, local_date = ?, local_time = ?, status = ?, cancel_reason = ?, plate = ?, brand = ?,
        model = ?, additional_phone = ?, is_pinned = ?
      WHERE id = ?
      """,
      workOrder.number.stored, workOrder.localTime.date.stored, workOrder.localTime.storedTime.stored,
      workOrder.status.stored, workOrder.cancelReason.stored, workOrder.plate.stored,
      workOrder.brand.stored, workOrder.model.stored, workOrder.additionalPhone.stored,
      workOrder.isPinnedByHand.stored, workOrder.id.stored)
    expectOneRow("work order")
  }
}
