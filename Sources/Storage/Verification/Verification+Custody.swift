import Domain
import GRDB
import Services

/// Where each key is, against what the log says happened to it.
extension Verification {
  /// What an event says of a key's whereabouts.
  private enum Whereabouts: Hashable {
    case customer
    case box(Locker.ID, Int)
    case staff(Staff.ID)
    case desk
    case uncertain
    /// With some staff member: a correction names who corrected, not who holds.
    case anyStaff

    func admits(_ holder: Whereabouts) -> Bool {
      if case (.anyStaff, .staff) = (self, holder) { return true }
      return self == holder
    }
  }

  private static let moves = """
    'KEY_DROPPED', 'KEY_COLLECTED', 'KEY_PUT_BACK', 'KEY_RETURNED', 'CUSTODY_UNCERTAIN', 'CUSTODY_CORRECTED'
    """

  /// Replays the log: a key without an event is with its customer.
  mutating func checkCustody() throws {
    let snapshot = SQLSnapshot(db)
    var whereabouts: [Key.ID: Whereabouts] = [:]
    let events = try db.makeStatement(
      sql: "SELECT \(Event.columns) FROM events WHERE kind IN (\(Self.moves)) ORDER BY location_id, number")
    try events.forEachRow(in: db) { columns in
      guard let event = try? Event(&columns) else { return true }
      let place = "location \(event.location), event \(event.number)"
      guard let key = event.key, let next = Self.whereabouts(after: event) else {
        report(.custody, at: place, "says that a key moved, but not which or where to")
        return true
      }
      whereabouts[key] = next
      return true
    }
    let keys = try snapshot.all(
      """
      SELECT keys.id, holder, staff_id, locker_id, number FROM keys
      LEFT JOIN compartments ON compartments.id = keys.compartment_id ORDER BY keys.id
      """
    ) { row in
      try (
        id: row.next(Key.ID.self),
        holder: Self.whereabouts(
          of: row.next(), staff: row.optional(), locker: row.optional(), box: row.optional())
      )
    }
    for (id, holder) in keys {
      let expected = whereabouts.removeValue(forKey: id) ?? .customer
      guard let holder, expected.admits(holder) else {
        report(.custody, at: "key \(id)", "is \(Self.text(holder)), and by the log \(Self.text(expected))")
        continue
      }
    }
    for (id, _) in whereabouts.sorted(by: { $0.key < $1.key }) {
      report(.custody, at: "key \(id)", "is in the log, and not in the database")
    }
  }

  private static func whereabouts(after event: Event) -> Whereabouts? {
    let box = event.locker.flatMap { locker in event.compartment.map { Whereabouts.box(locker, $0) } }
    switch event.kind {
    case .keyDropped, .keyPutBack: return box
    case .keyCollected: return event.staff.map(Whereabouts.staff)
    case .keyReturned: return .customer
    case .custodyUncertain: return .uncertain
    case .custodyCorrected:
      switch event.reason {
      case "CUSTOMER": return .customer
      case "COMPARTMENT": return box
      case "STAFF": return .anyStaff
      case "DESK": return .desk
      case "UNCERTAIN": return .uncertain
      default: return nil
      }
    default: return nil
    }
  }

  private static func whereabouts(
    of holder: String, staff: Staff.ID?, locker: Locker.ID?, box: Int?
  ) -> Whereabouts? {
    switch holder {
    case "customer": .customer
    case "compartment": locker.flatMap { locker in box.map { .box(locker, $0) } }
    case "staff": staff.map(Whereabouts.staff)
    case "desk": .desk
    case "uncertain": .uncertain
    default: nil
    }
  }

  private static func text(_ whereabouts: Whereabouts?) -> String {
    switch whereabouts {
    case .customer: "with its customer"
    case .box(let locker, let number): "in compartment \(number) of locker \(locker)"
    case .staff(let staff): "with staff member \(staff)"
    case .anyStaff: "with a staff member"
    case .desk: "at the desk"
    case .uncertain: "uncertain"
    case nil: "nowhere"
    }
  }
}
