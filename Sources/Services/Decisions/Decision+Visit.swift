import Domain
import RPC

/// Visits: telling the machine, doing what it asks for.
extension Decision {
  /// Tells a visit what happened and does, in this transaction, all that follows from it.
  func apply(_ input: Visit.Input, to visit: Visit) throws -> Visit {
    var visit = visit
    let before = visit
    environment.onTransition?(.visit(visit.state, input))
    let effects: [Visit.Effect]
    do {
      effects = try visit.apply(input, at: now)
    } catch {
      throw Failure(error)
    }
    if visit != before {
      try tx.update(visit)
      try changed(visit.locker)
    }
    for effect in effects { visit = try perform(effect, of: visit) }
    return visit
  }

  /// Does one effect. Returns the visit as it is afterwards.
  private func perform(_ effect: Visit.Effect, of visit: Visit) throws -> Visit {
    switch effect {
    case .open:
      try open(visit.compartment, cause: .visit(visit.id), person: try person(of: visit))
    case .openAnother:
      return try openAnother(for: visit)
    case .quarantine(let reason):
      try quarantine(visit.compartment, reason)
    case .keyDropped(let isVerifiedBySensor):
      try drop(of: visit, isVerifiedBySensor: isVerifiedBySensor)
    case .keyReturned:
      let key = try expect(try visit.key.flatMap(tx.key), "key")
      // What was lost sight of on the way stays so until a person has looked.
      guard key.isInLocker else { break }
      try move(key, to: .customer, Move(kind: .keyReturned, visit: visit.id))
      try followKeys(of: visit.workOrder)
    case .keyUncertain:
      try loseSight(of: try keyAtStake(in: visit), reason: visit.notice?.rawValue ?? "", visit: visit.id)
    case .boxOpened:
      try boxOpened(by: visit)
    case .usePin:
      try endPin(visit.pin, as: .used)
      try forgiveGuesses(before: visit)
    case .end:
      return try end(visit)
    }
    return visit
  }

  /// D7: another compartment in place of the one that did not open.
  private func openAnother(for visit: Visit) throws -> Visit {
    var visit = visit
    try release(visit.compartment, from: .visit(visit.id))
    let locker = try expect(try tx.locker(visit.locker), "locker")
    guard try reasonNotToOpen(at: locker) == nil,
      let other = try reserve(at: visit.locker, for: .visit(visit.id))
    else {
      return try apply(.noOtherCompartment, to: visit)
    }
    visit.compartment = other.id
    try tx.update(visit)
    try open(other.id, cause: .visit(visit.id), person: .customer)
    return visit
  }

  /// D9: the key is in, the car is in the shop.
  private func drop(of visit: Visit, isVerifiedBySensor: Bool) throws {
    let key = try expect(try visit.key.flatMap(tx.key), "key")
    let compartment = try expect(visit.compartment, "compartment")
    try enterShop(try expect(try visit.workOrder.flatMap(tx.workOrder), "work order"), visit: visit.id)
    try move(
      key, to: .compartment(compartment), isVerifiedBySensor: isVerifiedBySensor,
      Move(
        kind: .keyDropped, visit: visit.id,
        reason: isVerifiedBySensor ? "VERIFIED_BY_SENSOR" : "NOT_VERIFIED_BY_SENSOR"))
  }

  /// The key that the visit is about: for a box PIN, what lies in the box.
  private func keyAtStake(in visit: Visit) throws -> Key? {
    if let key = try visit.key.flatMap(tx.key) { return key }
    return try visit.compartment.flatMap(tx.key(in:))
  }

  /// Who answers for the doors that a visit opens.
  private func person(of visit: Visit) throws -> Command.Person {
    guard visit.purpose == .openBox else { return .customer }
    return try visit.pin.flatMap(tx.pin)?.issuedBy.map(Command.Person.staff) ?? .operator
  }

  /// H6: the box was opened by an admin's PIN. Whoever had it open may have taken the key.
  private func boxOpened(by visit: Visit) throws {
    let box = try expect(try visit.compartment.flatMap(tx.compartment), "compartment")
    let locker = try expect(try tx.locker(box.locker), "locker")
    let key = try tx.key(in: box.id)
    try record(
      Event(
        .boxOpened, at: now, location: locker.location, workOrder: key?.workOrder, key: key?.id,
        locker: locker.id, compartment: box.number, visit: visit.id,
        staff: try visit.pin.flatMap(tx.pin)?.issuedBy))
    if box.item != .present { try loseSight(of: key, reason: "BOX_OPENED", visit: visit.id) }
  }

  private func end(_ visit: Visit) throws -> Visit {
    try release(visit.compartment, from: .visit(visit.id))
    try releasePin(visit.pin)
    let locker = try expect(try tx.locker(visit.locker), "locker")
    try record(
      Event(
        .visitEnded, at: now, location: locker.location, workOrder: visit.workOrder, key: visit.key,
        locker: visit.locker, visit: visit.id,
        reason: visit.notice?.rawValue ?? visit.state.rawValue.uppercased()))
    try endHelp(after: visit)
    try giveTurn(at: visit.locker)
    return visit
  }
}

extension Failure {
  init(_ refusal: Visit.Refusal) {
    let message =
      switch refusal {
      case .visitOver: "This visit is over; start again."
      case .wrongStep: "This does not belong to the step on the screen; draw the newest view."
      case .keyNotDetected: "The sensor sees no key; reopen, lay it in and close the door."
      case .doorStillOpen: "The door is not closed yet; close it first."
      case .noMatch: "No appointment of today matches; check it, or ask the desk."
      }
    self = .precondition(Reason(rawValue: refusal.rawValue), message)
  }
}
