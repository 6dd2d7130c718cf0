import Domain
import GRDB
import Services

extension StoredAnswer {
  static let columns = "caller, procedure, request_id, request_digest, outcome, body, answered_at_ms"

  init(_ row: inout Columns) throws {
    try self.init(
      caller: row.next(), procedure: row.next(), requestID: row.next(), requestDigest: row.next(),
      outcome: Outcome(named: row.next(), body: row.optional()), answeredAt: row.next())
  }
}

extension StoredAnswer.Outcome {
  init(named name: String, body: [UInt8]?) throws {
    switch (name, body) {
    case ("response", let body?): self = .response(body)
    case ("secret_given", nil): self = .secretGiven
    case ("refusal", let body?): self = .refusal(body)
    default: throw StoreFailure.unreadable(reason: "no outcome in column 'outcome'")
    }
  }

  /// As stored.
  var name: String {
    switch self {
    case .response: "response"
    case .secretGiven: "secret_given"
    case .refusal: "refusal"
    }
  }

  var body: [UInt8]? {
    switch self {
    case .response(let bytes), .refusal(let bytes): bytes
    case .secretGiven: nil
    }
  }
}

extension OutboxMessage {
  static let columns = "id, location_id, work_order_id, kind, sealed_body, created_at_ms, expires_at_ms"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), workOrder: row.next(), kind: row.next(), sealedBody: row.next(),
      createdAt: row.next(), expiresAt: row.next())
  }
}

extension SQLSnapshot {
  func answer(to requestID: String, of procedure: String, from caller: String) throws -> StoredAnswer? {
    try first(
      "SELECT \(StoredAnswer.columns) FROM answers WHERE caller = ? AND procedure = ? AND request_id = ?",
      caller.stored, procedure.stored, requestID.stored
    ) { try StoredAnswer(&$0) }
  }

  func outbox(at location: Location.ID) throws -> [OutboxMessage] {
    try all(
      "SELECT \(OutboxMessage.columns) FROM outbox WHERE location_id = ? ORDER BY id", location.stored
    ) { try OutboxMessage(&$0) }
  }

  func oldestMessage() throws -> Instant? {
    try first("SELECT created_at_ms FROM outbox ORDER BY id LIMIT 1") { try $0.next() }
  }
}

extension SQLTransaction {
  /// Takes the place of an earlier answer under the same id, whose lifetime is over.
  func insert(_ answer: StoredAnswer) throws {
    try run(
      """
      INSERT INTO answers (caller, procedure, request_id, request_digest, outcome, body, answered_at_ms)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
      ON CONFLICT (caller, procedure, request_id)
      DO UPDATE SET request_digest = ?4, outcome = ?5, body = ?6, answered_at_ms = ?7
      WHERE answered_at_ms <= ?7 - ?8
      """,
      answer.caller.stored, answer.procedure.stored, answer.requestID.stored, answer.requestDigest.stored,
      answer.outcome.name.stored, answer.outcome.body.stored, answer.answeredAt.stored,
      StoredAnswer.lifetime.milliseconds.stored)
    guard db.changesCount == 1 else {
      throw StoreFailure.invariantBroken(constraint: "a request id has one answer in its lifetime")
    }
  }

  func purge(at now: Instant, limit: Int) throws -> Int {
    try run(
      """
      DELETE FROM answers WHERE id IN (
        SELECT id FROM answers WHERE answered_at_ms <= ? ORDER BY answered_at_ms LIMIT ?)
      """,
      (now - StoredAnswer.lifetime).stored, limit.stored)
    let answers = db.changesCount
    try run(
      """
      DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)
      """,
      now.stored, limit.stored)
    let messages = db.changesCount
    try run(
      """
      DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE used_at_ms <= ? ORDER BY used_at_ms LIMIT ?)
      """,
      (now - Session.idleLifetime).stored, limit.stored)
    return max(answers, messages, db.changesCount)
  }

  func insert(_ message: OutboxMessage) throws -> OutboxMessage {
    try run(
      """
      INSERT INTO outbox (location_id, work_order_id, kind, sealed_body, created_at_ms, expires_at_ms)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      message.location.stored, message.workOrder.stored, message.kind.stored, message.sealedBody.stored,
      message.createdAt.stored, message.expiresAt.stored)
    var message = message
    message.id = db.lastInsertedRowID
    return message
  }
}
