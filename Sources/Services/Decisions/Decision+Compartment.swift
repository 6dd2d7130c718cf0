import Domain
import RPC

/// Boxes: reserving, quarantine, and what is in them.
extension Decision {
  /// Reserves the next compartment of a locker; `nil` when none is free.
  func reserve(at locker: Locker.ID, for reservation: Compartment.Reservation) throws -> Compartment? {
    guard var chosen = try tx.freeCompartment(of: locker) else { return nil }
    chosen.reservation = reservation
    try tx.update(chosen)
    return chosen
  }

  /// Frees a compartment, if it is this reservation that has it.
  func release(_ id: Compartment.ID?, from reservation: Compartment.Reservation) throws {
    guard let id, var compartment = try tx.compartment(id), compartment.reservation == reservation else {
      return
    }
    compartment.reservation = nil
    try tx.update(compartment)
  }

  /// Takes a compartment out of service until a person puts it back. The first reason stays.
  func quarantine(_ id: Compartment.ID?, _ reason: Quarantine) throws {
    guard let id, var compartment = try tx.compartment(id), compartment.quarantine == nil else { return }
    compartment.quarantine = reason
    try tx.update(compartment)
    let locker = try expect(try tx.locker(compartment.locker), "locker")
    try record(
      Event(
        .compartmentQuarantined, at: now, location: locker.location, key: try tx.key(in: id)?.id,
        locker: locker.id, compartment: compartment.number, reason: reason.rawValue.uppercased()))
    try changed(locker.id)
  }

  static func noFreeCompartment(at locker: Locker) -> Failure {
    Failure(
      .resourceExhausted, reason: .noFreeCompartment,
      "No compartment of '\(locker.name)' is free; please hand the key over at the desk.")
  }
}

extension Snapshot {
  /// The compartment that the next key goes into; `nil` when there is none.
  func freeCompartment(of locker: Locker.ID) throws -> Compartment? {
    Compartment.choose(from: try compartments(of: locker), occupied: Set(try occupied(in: locker).keys))
  }
}
