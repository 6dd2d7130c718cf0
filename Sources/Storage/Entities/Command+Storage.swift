import Domain
import GRDB
import Services

extension Command {
  static let columns = """
    id, locker_id, sequence, compartment_id, visit_id, handover_id, person, staff_id, issued_at_ms,
    expires_at_ms, progress, outcome, refusal, ended_at_ms, wake_at_ms
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), locker: row.next(), sequence: row.next(), compartment: row.next(),
      cause: Cause(visit: row.optional(), handover: row.optional()),
      person: Person(kind: row.next(), staff: row.optional()),
      issuedAt: row.next(), expiresAt: row.next(), progress: row.next(), outcome: row.optional(),
      refusal: row.optional(), endedAt: row.optional(), judgeAt: row.optional())
  }
}

extension Command.Cause {
  init(visit: Visit.ID?, handover: Handover.ID?) throws {
    switch (visit, handover) {
    case (let visit?, nil): self = .visit(visit)
    case (nil, let handover?): self = .handover(handover)
    case (nil, nil), (_?, _?): throw StoreFailure.unreadable(reason: "a command without one cause")
    }
  }

  var visit: Visit.ID? { if case .visit(let id) = self { id } else { nil } }
  var handover: Handover.ID? { if case .handover(let id) = self { id } else { nil } }
}

extension Command.Person {
  init(kind: String, staff: Staff.ID?) throws {
    switch (kind, staff) {
    case ("customer", nil): self = .customer
    case ("operator", nil): self = .operator
    case ("staff", let staff?): self = .staff(staff)
    default: throw StoreFailure.unreadable(reason: "a command without one person")
    }
  }

  var staff: Staff.ID? { if case .staff(let id) = self { id } else { nil } }

  /// As stored.
  var kind: String {
    switch self {
    case .customer: "customer"
    case .staff: "staff"
    case .operator: "operator"
    }
  }
}

extension SQLSnapshot {
  func pendingCommand(at locker: Locker.ID) throws -> Command? {
    try first(
      "SELECT \(Command.columns) FROM commands WHERE locker_id = ? AND outcome IS NULL", locker.stored
    ) { try Command(&$0) }
  }

  func command(_ sequence: Int64, at locker: Locker.ID) throws -> Command? {
    try first(
      "SELECT \(Command.columns) FROM commands WHERE locker_id = ? AND sequence = ?", locker.stored,
      sequence.stored
    ) { try Command(&$0) }
  }

  func latestCommand(of compartment: Compartment.ID) throws -> Command? {
    try first(
      "SELECT \(Command.columns) FROM commands WHERE compartment_id = ? ORDER BY id DESC LIMIT 1",
      compartment.stored
    ) { try Command(&$0) }
  }

  func pendingCommands(at locker: Locker.ID, after sequence: Int64) throws -> [Command] {
    try all(
      """
      SELECT \(Command.columns) FROM commands WHERE locker_id = ? AND outcome IS NULL AND sequence > ?
      ORDER BY sequence
      """,
      locker.stored, sequence.stored
    ) { try Command(&$0) }
  }

  func dueCommands(at now: Instant) throws -> [Command] {
    try all(
      "SELECT \(Command.columns) FROM commands INDEXED BY commands_to_wake WHERE wake_at_ms <= ? ORDER BY id",
      now.stored
    ) { try Command(&$0) }
  }

  func nextWakeUp() throws -> Instant? {
    // Each is the first entry of an index.
    let earliest: [Instant?] = try all(
      """
      SELECT (SELECT min(wake_at_ms) FROM visits WHERE wake_at_ms IS NOT NULL)
      UNION ALL SELECT (SELECT min(wake_at_ms) FROM handovers WHERE wake_at_ms IS NOT NULL)
      UNION ALL SELECT (SELECT min(wake_at_ms) FROM commands WHERE wake_at_ms IS NOT NULL)
      UNION ALL SELECT (SELECT min(wake_at_ms) FROM help_calls WHERE wake_at_ms IS NOT NULL)
      """
    ) { try $0.optional() }
    return earliest.compactMap(\.self).min()
  }
}

extension SQLTransaction {
  func insert(_ command: Command) throws -> Command {
    try run(
      """
      INSERT INTO commands (
        locker_id, sequence, compartment_id, visit_id, handover_id, person, staff_id, issued_at_ms,
        expires_at_ms, progress, outcome, refusal, ended_at_ms, wake_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      command.locker.stored, command.sequence.stored, command.compartment.stored, command.cause.visit.stored,
      command.cause.handover.stored, command.person.kind.stored, command.person.staff.stored,
      command.issuedAt.stored, command.expiresAt.stored, command.progress.stored, command.outcome.stored,
      command.refusal.stored, command.endedAt.stored, command.judgeAt.stored)
    var command = command
    command.id = newID()
    return command
  }

  func update(_ command: Command) throws {
    try run(
      """
      UPDATE commands SET progress = ?, outcome = ?, refusal = ?, ended_at_ms = ?, wake_at_ms = ? WHERE id = ?
      """,
      command.progress.stored, command.outcome.stored, command.refusal.stored, command.endedAt.stored,
      command.judgeAt.stored, command.id.stored)
    expectOneRow("command")
  }
}
