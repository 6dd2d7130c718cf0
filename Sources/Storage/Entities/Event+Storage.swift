import Domain
import GRDB
import Services

extension Event {
  static let columns = """
    kind, time_ms, location_id, work_order_id, key_id, locker_id, compartment, visit_id, handover_id,
    command_sequence, staff_id, device_id, reason, number, hash, commitment
    """

  init(_ row: inout Columns) throws {
    try self.init(
      row.next(), at: row.next(), location: row.next(), workOrder: row.optional(), key: row.optional(),
      locker: row.optional(), compartment: row.optional(), visit: row.optional(), handover: row.optional(),
      commandSequence: row.optional(), staff: row.optional(), device: row.optional(), reason: row.next(),
      number: row.next(), hash: row.next(), commitment: row.next())
  }
}

extension SQLSnapshot {
  func events(at location: Location.ID, after number: Int64, limit: Int) throws -> [Event] {
    try all(
      "SELECT \(Event.columns) FROM events WHERE location_id = ? AND number > ? ORDER BY number LIMIT ?",
      location.stored, number.stored, limit.stored
    ) { try Event(&$0) }
  }

  func timeline(of workOrder: WorkOrder.ID) throws -> [(event: Event, text: String?)] {
    try all(
      """
      SELECT \(Event.columns),
        (SELECT text FROM texts
         WHERE texts.location_id = events.location_id AND texts.event_number = events.number)
      FROM events WHERE work_order_id = ? ORDER BY number
      """,
      workOrder.stored
    ) { row in try (event: Event(&row), text: row.optional()) }
  }

  func remarks(on workOrder: WorkOrder.ID) throws -> [String] {
    try all(
      """
      SELECT text FROM events JOIN texts
        ON texts.location_id = events.location_id AND texts.event_number = events.number
      WHERE work_order_id = ? AND kind = 'REMARK_ADDED' ORDER BY number
      """,
      workOrder.stored
    ) { try $0.next() }
  }

  func head(of location: Location.ID) throws -> (number: Int64, hash: [UInt8]) {
    try first(
      "SELECT number, hash FROM events WHERE location_id = ? ORDER BY number DESC LIMIT 1", location.stored
    ) { row in try (number: row.next(), hash: row.next()) } ?? (0, [])
  }
}

extension SignedHead {
  static let columns = "location_id, number, hash, token, signed_at_ms"

  init(_ row: inout Columns) throws {
    try self.init(
      location: row.next(), number: row.next(), hash: row.next(), token: row.next(), signedAt: row.next())
  }
}

extension SQLSnapshot {
  func signedHead(of location: Location.ID) throws -> SignedHead? {
    try first(
      "SELECT \(SignedHead.columns) FROM signed_heads WHERE location_id = ? ORDER BY number DESC LIMIT 1",
      location.stored
    ) { try SignedHead(&$0) }
  }
}

extension SQLTransaction {
  func append(_ event: Event, text: String?, salt: [UInt8]) throws -> Event {
    let head = try head(of: event.location)
    var event = event
    event.number = head.number + 1
    event.commitment = text.map { chain.commit(salt, $0) } ?? []
    event.hash = chain.hash(head.hash, event.canonicalBytes)
    try run(
      """
      INSERT INTO events (\(Event.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      event.kind.stored, event.time.stored, event.location.stored, event.workOrder.stored, event.key.stored,
      event.locker.stored, event.compartment.stored, event.visit.stored, event.handover.stored,
      event.commandSequence.stored, event.staff.stored, event.device.stored, event.reason.stored,
      event.number.stored, event.hash.stored, event.commitment.stored)
    if let text {
      try run(
        "INSERT INTO texts (location_id, event_number, salt, text) VALUES (?, ?, ?, ?)",
        event.location.stored, event.number.stored, salt.stored, text.stored)
    }
    touch(.events(event.location))
    return event
  }

  func insert(_ head: SignedHead) throws {
    try run(
      "INSERT INTO signed_heads (\(SignedHead.columns)) VALUES (?, ?, ?, ?, ?)",
      head.location.stored, head.number.stored, head.hash.stored, head.token.stored, head.signedAt.stored)
  }
}
