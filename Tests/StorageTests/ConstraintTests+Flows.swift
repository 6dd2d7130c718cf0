import Domain
import Services

@testable import Storage

extension ConstraintTests {
  private static let newVisit = """
    INSERT INTO visits (locker_id, purpose, state, started_at_ms, warning_ms, end_ms, last_touch_ms,
      ended_at_ms, is_farewell_shown, is_pin_verified, choices, key_may_be_inside)
    """

  private static func visitOver(_ tx: any Transaction, _ world: World) throws {
    _ = try tx.insert(world.visit(.done).with(\.isFarewellShown, true))
  }

  private static func handover(_ state: Handover.State) -> @Sendable (any Transaction, World) throws -> Void {
    { tx, world in _ = try tx.insert(world.handover(state)) }
  }

  static let flowAttacks = [
    Attack(
      testDescription: "S6 a locker has one visit under way", constraint: "visits.locker_id",
      sql: "\(newVisit) VALUES (1, 'pick_up', 'opening', 0, 1, 1, 0, NULL, 0, 0, '', 0)",
      setUp: { tx, world in _ = try tx.insert(world.visit()) }),
    Attack(
      testDescription: "S6 a visit that is over does not start again", constraint: "visit_over_is_over",
      sql: "UPDATE visits SET state = 'opening', ended_at_ms = NULL, is_farewell_shown = 0", setUp: visitOver),
    Attack(
      testDescription: "S6 a visit that is over ends no other way", constraint: "visit_over_is_over",
      sql: "UPDATE visits SET state = 'aborted'", setUp: visitOver),
    Attack(
      testDescription: "S6 a visit that is over gets no other key", constraint: "visit_over_is_over",
      sql: "UPDATE visits SET key_id = 1", setUp: visitOver),
    Attack(
      testDescription: "a farewell is shown once", constraint: "visit_over_is_over",
      sql: "UPDATE visits SET is_farewell_shown = 1",
      setUp: { tx, world in _ = try tx.insert(world.visit(.done)) }),
    Attack(
      testDescription: "a visit under way has no end", constraint: "ended_iff_over",
      sql: "UPDATE visits SET ended_at_ms = 1", setUp: { tx, world in _ = try tx.insert(world.visit()) }),
    Attack(
      testDescription: "a visit opens a compartment of its own locker", constraint: "FOREIGN KEY",
      sql: "UPDATE visits SET compartment_id = 99",
      setUp: { tx, world in _ = try tx.insert(world.visit()) }),
    Attack(
      testDescription: "H4 one hand-over at a locker is shown or open", constraint: "handovers.locker_id",
      sql: "UPDATE handovers SET state = 'shown', shown_at_ms = 1, expires_at_ms = 2 WHERE state = 'queued'",
      setUp: { tx, world in
        _ = try tx.insert(world.handover(.open))
        let other = try tx.insert(World.key(of: world.workOrder))
        _ = try tx.insert(world.handover(.queued, key: other.id, box: 1))
      }),
    Attack(
      testDescription: "H4 a key has one hand-over at a time", constraint: "handovers.key_id",
      sql: """
        INSERT INTO handovers (location_id, work_order_id, key_id, locker_id, compartment_id, direction, state,
          device_id, staff_id, requested_at_ms, revision)
        VALUES (1, 1, 1, 1, 2, 'put_back', 'queued', 1, 1, 0, 1)
        """, setUp: handover(.queued)),
    Attack(
      testDescription: "S6 a QR that was redeemed is not shown again",
      constraint: "handover_only_goes_forward",
      sql: "UPDATE handovers SET state = 'shown'", setUp: handover(.opening)),
    Attack(
      testDescription: "S6 a QR that was redeemed does not wait again",
      constraint: "handover_only_goes_forward", sql: "UPDATE handovers SET state = 'queued'",
      setUp: handover(.opening)),
    Attack(
      testDescription: "S6 an open hand-over does not open again", constraint: "handover_only_goes_forward",
      sql: "UPDATE handovers SET state = 'opening'", setUp: handover(.open)),
    Attack(
      testDescription: "S6 a completed hand-over does not move the key again",
      constraint: "handover_only_goes_forward",
      sql: "UPDATE handovers SET state = 'opening', ended_at_ms = NULL", setUp: handover(.completed)),
    Attack(
      testDescription: "H2 an expired QR is not redeemed", constraint: "handover_only_goes_forward",
      sql: "UPDATE handovers SET state = 'opening', ended_at_ms = NULL", setUp: handover(.expired)),
    Attack(
      testDescription: "H2 a QR is redeemed only after it was shown",
      constraint: "handover_only_goes_forward",
      sql: "UPDATE handovers SET state = 'opening', shown_at_ms = 1, expires_at_ms = 2",
      setUp: handover(.queued)),
    Attack(
      testDescription: "H2 what was never shown is not opened", constraint: "only_shown_moves_on",
      sql: "UPDATE handovers SET state = 'failed', ended_at_ms = 1", setUp: handover(.queued)),
    Attack(
      testDescription: "H3 a hand-over stays with its compartment", constraint: "handover_is_for_one_box",
      sql: "UPDATE handovers SET compartment_id = 2", setUp: handover(.shown)),
    Attack(
      testDescription: "H2 a hand-over stays with its tablet's member of staff",
      constraint: "handover_is_for_one_box", sql: "UPDATE handovers SET requested_at_ms = 7",
      setUp: handover(.shown)),
  ]

  static let pinAttacks = [
    Attack(
      testDescription: "S1 a PIN is unique among the live ones of a location", constraint: "pins.digest",
      sql: """
        INSERT INTO pins (location_id, digest, purpose, state, work_order_id, issued_at_ms, expires_at_ms)
        SELECT location_id, digest, purpose, 'live', work_order_id, 0, 1 FROM pins
        """, setUp: { tx, world in _ = try tx.insert(world.pin(1)) }),
    Attack(
      testDescription: "S1 a claimed PIN counts as live", constraint: "pins.digest",
      sql: """
        INSERT INTO pins (location_id, digest, purpose, state, work_order_id, issued_at_ms, expires_at_ms)
        SELECT location_id, digest, purpose, 'live', work_order_id, 0, 1 FROM pins
        """, setUp: { tx, world in _ = try tx.insert(world.pin(1, state: .claimed)) }),
    Attack(
      testDescription: "S6 a used PIN does not live again", constraint: "pin_over_is_over",
      sql: "UPDATE pins SET state = 'live'",
      setUp: { tx, world in _ = try tx.insert(world.pin(1, state: .used)) }),
    Attack(
      testDescription: "S6 a used PIN is not claimed again", constraint: "pin_over_is_over",
      sql: "UPDATE pins SET state = 'claimed'",
      setUp: { tx, world in _ = try tx.insert(world.pin(1, state: .used)) }),
    Attack(
      testDescription: "S1 a superseded PIN does not live again", constraint: "pin_over_is_over",
      sql: "UPDATE pins SET state = 'live'",
      setUp: { tx, world in _ = try tx.insert(world.pin(1, state: .superseded)) }),
    Attack(
      testDescription: "S1 a PIN keeps its digits", constraint: "pin_stays_itself",
      sql: "UPDATE pins SET digest = zeroblob(32)", setUp: { tx, world in _ = try tx.insert(world.pin(1)) }),
    Attack(
      testDescription: "S1 a PIN opens one thing", constraint: "opens_one_thing",
      sql: """
        INSERT INTO pins (location_id, digest, purpose, state, work_order_id, compartment_id, issued_at_ms,
          expires_at_ms) VALUES (1, zeroblob(32), 'drop_off', 'live', 1, 1, 0, 1)
        """),
    Attack(
      testDescription: "S1 only a whole digest is kept of a PIN", constraint: "CHECK",
      sql: """
        INSERT INTO pins (location_id, digest, purpose, state, work_order_id, issued_at_ms, expires_at_ms)
        VALUES (1, X'313233343536', 'drop_off', 'live', 1, 0, 1)
        """),
  ]

  private static func twoEvents(_ tx: any Transaction, _ world: World) throws {
    _ = try tx.append(world.event(.visitStarted), text: nil, salt: [])
    _ = try tx.append(world.event(.remarkAdded), text: "text", salt: Array(repeating: 1, count: 16))
    try tx.insert(
      SignedHead(
        location: world.location.id, number: 2, hash: try tx.head(of: world.location.id).hash, token: "token",
        signedAt: World.now))
  }

  private static let newEvent = """
    INSERT INTO events (location_id, number, time_ms, kind, visit_id, handover_id, reason, hash, commitment)
    """

  static let logAttacks = [
    Attack(
      testDescription: "S4 an event is not changed", constraint: "events_are_append_only",
      sql: "UPDATE events SET reason = 'X' WHERE number = 1", setUp: twoEvents),
    Attack(
      testDescription: "S4 an event is not deleted", constraint: "events_are_append_only",
      sql: "DELETE FROM events WHERE number = 1", setUp: twoEvents),
    Attack(
      testDescription: "S4 an event is not replaced", constraint: "events_are_numbered",
      sql: """
        INSERT OR REPLACE INTO events (location_id, number, time_ms, kind, reason, hash, commitment)
        VALUES (1, 1, 0, 'KEY_DROPPED', '', zeroblob(32), X'')
        """, setUp: twoEvents),
    Attack(
      testDescription: "S4 an event's number is the next one", constraint: "events_are_numbered",
      sql: "\(newEvent) VALUES (1, 4, 0, 'KEY_DROPPED', NULL, NULL, '', zeroblob(32), X'')",
      setUp: twoEvents),
    Attack(
      testDescription: "S4 the first event's number is 1", constraint: "events_are_numbered",
      sql: "\(newEvent) VALUES (1, 2, 0, 'KEY_DROPPED', NULL, NULL, '', zeroblob(32), X'')"),
    Attack(
      testDescription: "S4 an event holds no sentences", constraint: "CHECK",
      sql: "\(newEvent) VALUES (1, 1, 0, 'KEY_DROPPED', NULL, NULL, 'a name', zeroblob(32), X'')"),
    Attack(
      testDescription: "S6 a visit moves a key once", constraint: "events.visit_id",
      sql: """
        \(newEvent) VALUES (1, 1, 0, 'KEY_DROPPED', 7, NULL, '', zeroblob(32), X'');
        \(newEvent) VALUES (1, 2, 0, 'KEY_RETURNED', 7, NULL, '', zeroblob(32), X'')
        """),
    Attack(
      testDescription: "S6 a QR moves a key once", constraint: "events.handover_id",
      sql: """
        \(newEvent) VALUES (1, 1, 0, 'KEY_COLLECTED', NULL, 7, '', zeroblob(32), X'');
        \(newEvent) VALUES (1, 2, 0, 'KEY_COLLECTED', NULL, 7, '', zeroblob(32), X'')
        """),
    Attack(
      testDescription: "S4 a text is not changed", constraint: "texts_do_not_change",
      sql: "UPDATE texts SET text = 'other'", setUp: twoEvents),
    Attack(
      testDescription: "S4 a signed head is not changed", constraint: "signed_heads_are_append_only",
      sql: "UPDATE signed_heads SET token = 'other'", setUp: twoEvents),
    Attack(
      testDescription: "S4 a signed head is not deleted", constraint: "signed_heads_are_append_only",
      sql: "DELETE FROM signed_heads", setUp: twoEvents),
    Attack(
      testDescription: "a secret is not kept in an answer", constraint: "no_body_of_a_secret",
      sql: """
        INSERT INTO answers (caller, procedure, request_id, request_digest, outcome, body, answered_at_ms)
        VALUES ('c', 'p', 'r', X'', 'secret_given', X'31', 0)
        """),
  ]

  private static func device(_ tx: any Transaction, _ world: World) throws {
    var tablet = world.tablet
    tablet.revokedAt = World.now
    tablet.lastReport = 5
    try tx.update(tablet)
    let code = try tx.insert(
      EnrollmentCode(
        digest: [1], kind: .tablet, name: "Tablet", location: world.location.id, locker: nil,
        expiresAt: World.now))
    try tx.update(code.used(by: tablet.id))
    let apiKey = try tx.insert(APIKey(dealer: world.dealer.id, name: "Key", digest: [2]))
    try tx.update(apiKey.revoked(at: World.now))
    let agreement = try tx.insert(
      Agreement(
        location: world.location.id, title: "Terms", text: "Text", isMandatory: true, publishedAt: World.now))
    let visit = try tx.insert(world.visit())
    try tx.accept(agreement.id, for: world.workOrder.id, visit: visit.id, at: World.now)
  }

  static let rightsAttacks = [
    Attack(
      testDescription: "S3 a revoked device stays revoked", constraint: "revoked_device_stays_revoked",
      sql: "UPDATE devices SET revoked_at_ms = NULL", setUp: device),
    Attack(
      testDescription: "S3 a device keeps its key", constraint: "device_is_one_machine",
      sql: "UPDATE devices SET public_key = zeroblob(32)", setUp: device),
    Attack(
      testDescription: "L1 a controller's reports do not go back", constraint: "device_is_one_machine",
      sql: "UPDATE devices SET last_report = 4", setUp: device),
    Attack(
      testDescription: "L1 a locker has one controller that is not revoked", constraint: "devices.locker_id",
      sql: """
        INSERT INTO devices (kind, name, location_id, locker_id, public_key, key_id, enrolled_at_ms, last_report)
        SELECT 'controller', 'Controller', location_id, id, randomblob(32), 'first', 0, 0 FROM lockers LIMIT 1;
        INSERT INTO devices (kind, name, location_id, locker_id, public_key, key_id, enrolled_at_ms, last_report)
        SELECT 'controller', 'Controller', location_id, id, randomblob(32), 'second', 0, 0 FROM lockers LIMIT 1
        """),
    Attack(
      testDescription: "S3 an enrolment code is used once", constraint: "enrollment_code_is_used_once",
      sql: "UPDATE enrollment_codes SET used_by_device_id = NULL", setUp: device),
    Attack(
      testDescription: "S3 a revoked API key stays revoked", constraint: "revoked_api_key_stays_revoked",
      sql: "UPDATE api_keys SET revoked_at_ms = NULL", setUp: device),
    Attack(
      testDescription: "C7 an agreement's text stays", constraint: "agreement_text_stays",
      sql: "UPDATE agreements SET text = 'other'", setUp: device),
    Attack(
      testDescription: "C7 what was accepted stays", constraint: "acceptance_stays",
      sql: "DELETE FROM acceptances", setUp: device),
    Attack(
      testDescription: "C7 when it was accepted stays", constraint: "acceptance_stays",
      sql: "UPDATE acceptances SET accepted_at_ms = 0", setUp: device),
    Attack(
      testDescription: "a work order with a key is not deleted", constraint: "FOREIGN KEY",
      sql: "DELETE FROM work_orders"),
    Attack(
      testDescription: "a dealer's own numbers are unique in a location", constraint: "work_orders.number",
      sql: """
        INSERT INTO work_orders (location_id, number, local_date, local_time, status, plate, brand, model)
        SELECT location_id, number, local_date, local_time, status, plate, brand, model FROM work_orders
        """),
  ]
}

extension EnrollmentCode {
  fileprivate func used(by device: Device.ID) -> EnrollmentCode {
    var code = self
    code.usedBy = device
    return code
  }
}

extension APIKey {
  fileprivate func revoked(at moment: Instant) -> APIKey {
    var key = self
    key.revokedAt = moment
    return key
  }
}
