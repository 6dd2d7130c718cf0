import Domain
import GRDB

extension HelpCall.State: StoredEnum {}

extension HelpCall.Screen: Stored {
  var stored: SQLValue {
    switch self {
    case .welcome: .text("welcome")
    case .closeDoor: .text("close_door")
    case .outOfService: .text("out_of_service")
    case .visit(let state): state.stored
    }
  }

  static func read(_ column: Column) -> HelpCall.Screen? {
    switch String.read(column) {
    case "welcome": .welcome
    case "close_door": .closeDoor
    case "out_of_service": .outOfService
    default: Visit.State.read(column).map(HelpCall.Screen.visit)
    }
  }
}

extension HelpCall {
  static let columns = """
    id, location_id, locker_id, state, screen, compartment, called_at_ms, staff_id, handled_at_ms,
    ended_at_ms, revision
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), locker: row.next(), state: row.next(), screen: row.next(),
      compartment: row.optional(), calledAt: row.next(), handledBy: row.optional(), handledAt: row.optional(),
      endedAt: row.optional(), revision: row.next())
  }
}

extension SQLSnapshot {
  func helpCall(_ id: HelpCall.ID) throws -> HelpCall? {
    try first("SELECT \(HelpCall.columns) FROM help_calls WHERE id = ?", id.stored) { try HelpCall(&$0) }
  }

  func openHelpCall(at locker: Locker.ID) throws -> HelpCall? {
    try first(
      "SELECT \(HelpCall.columns) FROM help_calls WHERE locker_id = ? AND ended_at_ms IS NULL", locker.stored
    ) { try HelpCall(&$0) }
  }

  func helpCalls(at location: Location.ID, for staff: Staff.ID) throws -> [HelpCall] {
    try all(
      """
      SELECT \(HelpCall.columns) FROM help_calls INDEXED BY help_calls_to_answer
      WHERE location_id = ? AND state = 'calling'
        AND NOT EXISTS (
          SELECT 1 FROM help_ignores WHERE help_call_id = help_calls.id AND help_ignores.staff_id = ?)
      ORDER BY id
      """, location.stored, staff.stored
    ) { try HelpCall(&$0) }
  }

  func helpRevision(at location: Location.ID) throws -> Int64 {
    try first(
      "SELECT revision FROM help_calls WHERE location_id = ? ORDER BY revision DESC LIMIT 1", location.stored
    ) { try $0.next() } ?? 0
  }

  func dueHelpCalls(at now: Instant) throws -> [HelpCall] {
    try all(
      """
      SELECT \(HelpCall.columns) FROM help_calls INDEXED BY help_calls_to_wake
      WHERE wake_at_ms <= ? ORDER BY id
      """, now.stored
    ) { try HelpCall(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ call: HelpCall) throws -> HelpCall {
    try run(
      """
      INSERT INTO help_calls (
        location_id, locker_id, state, screen, compartment, called_at_ms, staff_id, handled_at_ms,
        ended_at_ms, revision, wake_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      call.location.stored, call.locker.stored, call.state.stored, call.screen.stored,
      call.compartment.stored, call.calledAt.stored, call.handledBy.stored, call.handledAt.stored,
      call.endedAt.stored, call.revision.stored, call.wakeUp.stored)
    var call = call
    call.id = newID()
    return call
  }

  func update(_ call: HelpCall) throws {
    try run(
      """
      UPDATE help_calls SET
        state = ?, screen = ?, compartment = ?, called_at_ms = ?, staff_id = ?, handled_at_ms = ?,
        ended_at_ms = ?, revision = ?, wake_at_ms = ?
      WHERE id = ?
      """,
      call.state.stored, call.screen.stored, call.compartment.stored, call.calledAt.stored,
      call.handledBy.stored, call.handledAt.stored, call.endedAt.stored, call.revision.stored,
      call.wakeUp.stored, call.id.stored)
    expectOneRow("call for help")
  }

  func ignore(_ call: HelpCall.ID, by staff: Staff.ID) throws {
    try run(
      """
      INSERT INTO help_ignores (help_call_id, staff_id) VALUES (?, ?)
      ON CONFLICT (help_call_id, staff_id) DO NOTHING
      """, call.stored, staff.stored)
  }
}
