@testable import Storage

extension VerificationTests {
  private static let copyOfCommand = """
    INSERT INTO commands (locker_id, sequence, compartment_id, visit_id, handover_id, person, staff_id,
      issued_at_ms, expires_at_ms, progress)
    SELECT locker_id, sequence + 100, compartment_id, visit_id, handover_id, person, staff_id, 0, 1, 0
    FROM commands WHERE sequence = 1
    """

  private static func invariant(_ problem: String, _ sql: String) -> Tampering {
    Tampering(
      testDescription: "S6 what \(problem)", sql: sql, check: .invariant, problem: problem)
  }

  static let invariantTampering = [
    invariant(
      "is not in exactly one place",
      "UPDATE keys SET compartment_id = 1, holder = 'desk'"),
    invariant(
      "holds more than one key",
      """
      UPDATE keys SET holder = 'compartment', compartment_id = 1;
      INSERT INTO keys (location_id, label, holder, compartment_id, since_ms, is_verified_by_sensor)
      VALUES (1, 'other', 'compartment', 1, 0, 0)
      """),
    invariant(
      "lies in a locker of another location",
      """
      INSERT INTO locations (dealer_id, name, zone, country, languages, qr_ms, warning_ms, end_ms)
      SELECT dealer_id, 'Other', zone, country, languages, qr_ms, warning_ms, end_ms FROM locations;
      UPDATE keys SET location_id = 2, holder = 'compartment', compartment_id = 1
      """),
    invariant("moved a key more than once", "UPDATE events SET visit_id = 1 WHERE kind LIKE 'KEY_%'"),
    invariant(
      "has more than one command without an outcome: two doors may open",
      "\(copyOfCommand); UPDATE commands SET outcome = NULL, ended_at_ms = NULL"),
    invariant(
      "does not have one cause and one person",
      "UPDATE commands SET visit_id = 1, handover_id = 1"),
    invariant(
      "opens a compartment of another locker than its cause is at",
      """
      INSERT INTO lockers SELECT 2, location_id, 'Other', is_active, asks_pin_to_drop, has_item_sensors, pulse_ms,
        cool_down_ms, open_window_ms, left_open_ms, debounce_ms, revision, last_command_sequence,
        controller_version FROM lockers;
      UPDATE compartments SET locker_id = 2 WHERE id = 1;
      UPDATE commands SET locker_id = 2 WHERE compartment_id = 1
      """),
    invariant(
      "opens another compartment than the hand-over is for",
      "UPDATE commands SET compartment_id = 2 WHERE handover_id IS NOT NULL"),
    invariant(
      "has an outcome without an end, or an end without an outcome",
      "UPDATE commands SET ended_at_ms = NULL"),
    invariant(
      "has given out a command number twice, or one that is not the newest",
      "UPDATE lockers SET last_command_sequence = 1"),
    invariant(
      "was opened more often than commands say", "UPDATE compartments SET openings = 99 WHERE id = 1"),
    invariant("tells of a command that does not exist", "DELETE FROM commands WHERE sequence = 1"),
    invariant(
      "has more than one visit under way",
      "UPDATE visits SET state = 'opening', ended_at_ms = NULL, is_farewell_shown = 0"),
    invariant(
      "has more than one hand-over under way",
      "UPDATE handovers SET state = 'open', ended_at_ms = NULL"),
    invariant(
      "has more than one hand-over that is not over",
      "UPDATE handovers SET state = 'open', ended_at_ms = NULL"),
    invariant(
      "is reserved for a visit that is over, or at another locker",
      "UPDATE compartments SET visit_id = 1 WHERE id = 2"),
    invariant(
      "is reserved for a hand-over that is over, or at another locker",
      "UPDATE compartments SET handover_id = 1 WHERE id = 2"),
    invariant(
      "has two live PINs with the same digits", "UPDATE pins SET state = 'live', digest = zeroblob(32)"),
    invariant("is claimed, and no visit under way has it", "UPDATE pins SET state = 'claimed'"),
    invariant("moved a key, and is not used up", "UPDATE pins SET state = 'expired'"),
  ]
}
