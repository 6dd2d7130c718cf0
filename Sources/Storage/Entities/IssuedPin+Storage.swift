import Domain
import GRDB
import Services

extension IssuedPin {
  static let columns = """
    id, location_id, digest, purpose, state, work_order_id, key_id, compartment_id, staff_id,
    issued_at_ms, expires_at_ms
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), digest: row.next(), purpose: row.next(), state: row.next(),
      workOrder: row.optional(), key: row.optional(), compartment: row.optional(), issuedBy: row.optional(),
      issuedAt: row.next(), expiresAt: row.next())
  }
}

extension GuessScope {
  /// As stored.
  var kind: String {
    switch self {
    case .kiosk: "kiosk"
    case .number: "number"
    case .location: "location"
    case .address: "address"
    case .tablet: "tablet"
    case .account: "account"
    case .enrollment: "enrollment"
    }
  }

  var subject: String {
    switch self {
    case .kiosk(let id): id.description
    case .number(let id): id.description
    case .location(let id): id.description
    case .address(let address): address
    case .tablet(let id): id.description
    case .account(let digest): digest
    case .enrollment: ""
    }
  }
}

extension SQLSnapshot {
  func pin(_ id: IssuedPin.ID) throws -> IssuedPin? {
    try first("SELECT \(IssuedPin.columns) FROM pins WHERE id = ?", id.stored) { try IssuedPin(&$0) }
  }

  func pins(digest: [UInt8], at location: Location.ID) throws -> [IssuedPin] {
    try all(
      "SELECT \(IssuedPin.columns) FROM pins WHERE location_id = ? AND digest = ? ORDER BY id DESC",
      location.stored, digest.stored
    ) { try IssuedPin(&$0) }
  }

  func openPins(for workOrder: WorkOrder.ID, purpose: IssuedPin.Purpose) throws -> [IssuedPin] {
    try all(
      """
      SELECT \(IssuedPin.columns) FROM pins
      WHERE work_order_id = ? AND purpose = ? AND state IN ('live', 'claimed') ORDER BY id
      """,
      workOrder.stored, purpose.stored
    ) { try IssuedPin(&$0) }
  }

  func overduePins(at now: Instant, limit: Int) throws -> [IssuedPin] {
    try all(
      """
      SELECT \(IssuedPin.columns) FROM pins
      WHERE expires_at_ms <= ? AND state IN ('live', 'claimed') ORDER BY expires_at_ms, id LIMIT ?
      """,
      now.stored, limit.stored
    ) { try IssuedPin(&$0) }
  }

  func guessing(_ scope: GuessScope) throws -> Guessing {
    try first(
      "SELECT wrong_in_a_row, blocked_until_ms FROM guesses WHERE scope = ? AND subject = ?",
      scope.kind.stored, scope.subject.stored
    ) { try Guessing(wrongInARow: $0.next(), blockedUntil: $0.optional()) } ?? Guessing()
  }
}

extension SQLTransaction {
  func insert(_ pin: IssuedPin) throws -> IssuedPin {
    try run(
      """
      INSERT INTO pins (
        location_id, digest, purpose, state, work_order_id, key_id, compartment_id, staff_id,
        issued_at_ms, expires_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      pin.location.stored, pin.digest.stored, pin.purpose.stored, pin.state.stored, pin.workOrder.stored,
      pin.key.stored, pin.compartment.stored, pin.issuedBy.stored, pin.issuedAt.stored, pin.expiresAt.stored)
    var pin = pin
    pin.id = newID()
    return pin
  }

  func update(_ pin: IssuedPin) throws {
    try run(
      "UPDATE pins SET state = ?, expires_at_ms = ? WHERE id = ?", pin.state.stored, pin.expiresAt.stored,
      pin.id.stored)
    expectOneRow("PIN")
  }

  /// Nothing counted is nothing stored.
  func save(_ guessing: Guessing, for scope: GuessScope) throws {
    guard guessing != Guessing() else {
      return try run(
        "DELETE FROM guesses WHERE scope = ? AND subject = ?", scope.kind.stored, scope.subject.stored)
    }
    try run(
      """
      INSERT INTO guesses (scope, subject, wrong_in_a_row, blocked_until_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT (scope, subject)
      DO UPDATE SET wrong_in_a_row = excluded.wrong_in_a_row, blocked_until_ms = excluded.blocked_until_ms
      """,
      scope.kind.stored, scope.subject.stored, guessing.wrongInARow.stored, guessing.blockedUntil.stored)
  }
}
