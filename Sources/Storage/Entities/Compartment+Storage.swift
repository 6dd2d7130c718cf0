import Domain
import GRDB

extension Compartment {
  static let columns = """
    id, locker_id, number, quarantine, visit_id, handover_id, door, is_door_overridden, item, openings, mirror
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), locker: row.next(), number: row.next(), quarantine: row.optional(),
      reservation: Reservation(visit: row.optional(), handover: row.optional()), door: row.next(),
      isDoorOverridden: row.next(), item: row.next(), openings: row.next(), mirror: row.next())
  }
}

extension Compartment.Reservation {
  init?(visit: Visit.ID?, handover: Handover.ID?) {
    if let visit {
      self = .visit(visit)
    } else if let handover {
      self = .handover(handover)
    } else {
      return nil
    }
  }

  var visit: Visit.ID? { if case .visit(let id) = self { id } else { nil } }
  var handover: Handover.ID? { if case .handover(let id) = self { id } else { nil } }
}

extension Compartment {
  fileprivate var changing: [StoredColumn] {
    [
      .init("quarantine", quarantine.stored), .init("visit_id", (reservation?.visit).stored),
      .init("handover_id", (reservation?.handover).stored), .init("door", door.stored),
      .init("is_door_overridden", isDoorOverridden.stored), .init("item", item.stored),
      .init("openings", openings.stored), .init("mirror", mirror.stored),
    ]
  }
}

extension SQLSnapshot {
  func compartment(_ id: Compartment.ID) throws -> Compartment? {
    try first("SELECT \(Compartment.columns) FROM compartments WHERE id = ?", id.stored) {
      try Compartment(&$0)
    }
  }

  func compartment(_ number: Int, of locker: Locker.ID) throws -> Compartment? {
    try first(
      "SELECT \(Compartment.columns) FROM compartments WHERE locker_id = ? AND number = ?", locker.stored,
      number.stored
    ) { try Compartment(&$0) }
  }

  func compartments(of locker: Locker.ID) throws -> [Compartment] {
    try all(
      "SELECT \(Compartment.columns) FROM compartments WHERE locker_id = ? ORDER BY id", locker.stored
    ) { try Compartment(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ compartment: Compartment) throws -> Compartment {
    try run(
      """
      INSERT INTO compartments (
        locker_id, number, quarantine, visit_id, handover_id, door, is_door_overridden, item, openings, mirror
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      compartment.locker.stored, compartment.number.stored, compartment.quarantine.stored,
      (compartment.reservation?.visit).stored, (compartment.reservation?.handover).stored,
      compartment.door.stored, compartment.isDoorOverridden.stored, compartment.item.stored,
      compartment.openings.stored, compartment.mirror.stored)
    var compartment = compartment
    compartment.id = newID()
    return compartment
  }

  func update(_ compartment: Compartment) throws {
    guard let before = try self.compartment(compartment.id) else {
      preconditionFailure("update of a compartment that is not stored")
    }
    try update("compartments", compartment.id.stored, from: before.changing, to: compartment.changing)
  }
}
