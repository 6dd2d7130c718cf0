import GRDB

/// S6, as queries that find nothing.
extension Verification {
  /// A query whose rows, a text each, are places where the invariant does not hold.
  struct Invariant: Sendable {
    let problem: String
    let sql: String
  }

  mutating func checkInvariants() throws {
    for invariant in Self.invariants {
      let places = try String.fetchAll(db, sql: "\(invariant.sql) LIMIT \(Self.maximumFindings)")
      for place in places { report(.invariant, at: place, invariant.problem) }
    }
  }

  static let invariants = keys + commands + visitsAndHandovers + pins

  private static let keys = [
    Invariant(
      problem: "is not in exactly one place",
      sql: """
        SELECT 'key ' || id FROM keys
        WHERE (holder = 'compartment') <> (compartment_id IS NOT NULL)
          OR (holder = 'staff') <> (staff_id IS NOT NULL)
          OR holder NOT IN ('customer', 'compartment', 'staff', 'desk', 'uncertain')
        """),
    Invariant(
      problem: "holds more than one key",
      sql: """
        SELECT 'compartment ' || compartment_id FROM keys WHERE compartment_id IS NOT NULL
        GROUP BY compartment_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "lies in a locker of another location",
      sql: """
        SELECT 'key ' || keys.id FROM keys
        JOIN compartments ON compartments.id = keys.compartment_id
        JOIN lockers ON lockers.id = compartments.locker_id
        WHERE lockers.location_id <> keys.location_id
        """),
    Invariant(
      problem: "moved a key more than once",
      sql: """
        SELECT 'visit ' || visit_id FROM events
        WHERE visit_id IS NOT NULL AND kind IN ('KEY_DROPPED', 'KEY_RETURNED', 'CUSTODY_UNCERTAIN')
        GROUP BY visit_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "moved a key more than once",
      sql: """
        SELECT 'hand-over ' || handover_id FROM events
        WHERE handover_id IS NOT NULL AND kind IN ('KEY_COLLECTED', 'KEY_PUT_BACK', 'CUSTODY_UNCERTAIN')
        GROUP BY handover_id HAVING count(*) > 1
        """),
  ]

  private static let commands = [
    Invariant(
      problem: "has more than one command without an outcome: two doors may open",
      sql: """
        SELECT 'locker ' || locker_id FROM commands WHERE outcome IS NULL
        GROUP BY locker_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "does not have one cause and one person",
      sql: """
        SELECT 'command ' || id FROM commands
        WHERE (visit_id IS NULL) = (handover_id IS NULL) OR (person = 'staff') <> (staff_id IS NOT NULL)
        """),
    Invariant(
      problem: "opens a compartment of another locker than its cause is at",
      sql: """
        SELECT 'command ' || commands.id FROM commands
        JOIN compartments ON compartments.id = commands.compartment_id
        LEFT JOIN visits ON visits.id = commands.visit_id
        LEFT JOIN handovers ON handovers.id = commands.handover_id
        WHERE compartments.locker_id <> commands.locker_id
          OR coalesce(visits.locker_id, handovers.locker_id) <> commands.locker_id
        """),
    Invariant(
      problem: "opens another compartment than the hand-over is for",
      sql: """
        SELECT 'command ' || commands.id FROM commands JOIN handovers ON handovers.id = commands.handover_id
        WHERE handovers.compartment_id <> commands.compartment_id
          OR handovers.staff_id IS NOT commands.staff_id
        """),
    Invariant(
      problem: "has an outcome without an end, or an end without an outcome",
      sql: "SELECT 'command ' || id FROM commands WHERE (outcome IS NULL) <> (ended_at_ms IS NULL)"),
    Invariant(
      problem: "has given out a command number twice, or one that is not the newest",
      sql: """
        SELECT 'locker ' || commands.locker_id FROM commands JOIN lockers ON lockers.id = commands.locker_id
        GROUP BY commands.locker_id
        HAVING count(DISTINCT sequence) <> count(*) OR max(sequence) > max(last_command_sequence)
        """),
    Invariant(
      problem: "was opened more often than commands say",
      sql: """
        SELECT 'compartment ' || compartments.id FROM compartments
        WHERE openings > (SELECT count(*) FROM commands WHERE commands.compartment_id = compartments.id)
        """),
    Invariant(
      problem: "tells of a command that does not exist",
      sql: """
        SELECT 'location ' || events.location_id || ', event ' || events.number FROM events
        LEFT JOIN commands
          ON commands.locker_id = events.locker_id AND commands.sequence = events.command_sequence
        WHERE events.kind IN ('COMMAND_ISSUED', 'COMMAND_ENDED') AND commands.id IS NULL
        """),
  ]

  private static let visitsAndHandovers = [
    Invariant(
      problem: "has more than one visit under way",
      sql: """
        SELECT 'locker ' || locker_id FROM visits WHERE ended_at_ms IS NULL
        GROUP BY locker_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "has more than one hand-over under way",
      sql: """
        SELECT 'locker ' || locker_id FROM handovers WHERE state IN ('shown', 'opening', 'open')
        GROUP BY locker_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "has more than one hand-over that is not over",
      sql: """
        SELECT 'key ' || key_id FROM handovers WHERE ended_at_ms IS NULL GROUP BY key_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "is reserved for a visit that is over, or at another locker",
      sql: """
        SELECT 'compartment ' || compartments.id FROM compartments JOIN visits ON visits.id = visit_id
        WHERE visits.ended_at_ms IS NOT NULL OR visits.locker_id <> compartments.locker_id
        """),
    Invariant(
      problem: "is reserved for a hand-over that is over, or at another locker",
      sql: """
        SELECT 'compartment ' || compartments.id FROM compartments
        JOIN handovers ON handovers.id = compartments.handover_id
        WHERE handovers.ended_at_ms IS NOT NULL OR handovers.locker_id <> compartments.locker_id
        """),
  ]

  private static let pins = [
    Invariant(
      problem: "has two live PINs with the same digits",
      sql: """
        SELECT 'location ' || location_id FROM pins WHERE state IN ('live', 'claimed')
        GROUP BY location_id, digest HAVING count(*) > 1
        """),
    Invariant(
      problem: "moved a key more than once",
      sql: """
        SELECT 'PIN ' || visits.pin_id FROM visits JOIN events ON events.visit_id = visits.id
        WHERE visits.pin_id IS NOT NULL AND events.visit_id IS NOT NULL
          AND events.kind IN ('KEY_DROPPED', 'KEY_RETURNED')
        GROUP BY visits.pin_id HAVING count(*) > 1
        """),
    Invariant(
      problem: "is claimed, and no visit under way has it",
      sql: """
        SELECT 'PIN ' || id FROM pins WHERE state = 'claimed' AND NOT EXISTS (
          SELECT 1 FROM visits WHERE visits.ended_at_ms IS NULL AND visits.pin_id = pins.id)
        """),
    Invariant(
      problem: "moved a key, and is not used up",
      sql: """
        SELECT 'PIN ' || pins.id FROM pins
        JOIN visits ON visits.pin_id = pins.id
        JOIN events ON events.visit_id = visits.id
        WHERE events.visit_id IS NOT NULL AND events.kind IN ('KEY_DROPPED', 'KEY_RETURNED')
          AND pins.state <> 'used'
        """),
  ]
}
