import Domain
import RPC

/// Hand-overs: telling the machine, doing what it asks for, giving turns.
extension Decision {
  /// Tells a hand-over what happened and does, in this transaction, all that follows from it.
  func apply(_ input: Handover.Input, to handover: Handover) throws -> Handover {
    var handover = handover
    let before = handover
    environment.onTransition?(.handover(handover.state, input))
    let effects: [Handover.Effect]
    do {
      effects = try handover.apply(input, at: now)
    } catch {
      throw Failure(error)
    }
    if handover != before {
      try tx.update(handover)
      try changed(handover.locker)
      tx.touch(.handover(handover.id))
    }
    for effect in effects { try perform(effect, of: handover) }
    return handover
  }

  private func perform(_ effect: Handover.Effect, of handover: Handover) throws {
    switch effect {
    case .open:
      try open(handover.compartment, cause: .handover(handover.id), person: .staff(handover.staff))
    case .quarantine(let reason):
      try quarantine(handover.compartment, reason)
    case .keyTaken:
      // What was lost sight of on the way stays so until a person has looked.
      guard try isKeyStillThere(for: handover) else { break }
      let key = try expect(try tx.key(handover.key), "key")
      try move(key, to: .staff(handover.staff), Self.move(.keyCollected, by: handover))
      try supersedePins(for: handover.workOrder, purpose: .pickUp)
    case .keyPutBack(let isVerifiedBySensor):
      let key = try expect(try tx.key(handover.key), "key")
      try move(
        key, to: .compartment(handover.compartment), isVerifiedBySensor: isVerifiedBySensor,
        Self.move(.keyPutBack, by: handover))
      try sendPickUpPin(for: key, at: handover.location)
    case .keyUncertain:
      try loseSight(of: try tx.key(handover.key), reason: "OUTCOME_UNKNOWN", handover: handover.id)
    case .end:
      try release(handover.compartment, from: .handover(handover.id))
      try record(event(.handoverEnded, of: handover, reason: handover.state.rawValue.uppercased()))
      try giveTurn(at: handover.locker)
    }
  }

  private static func move(_ kind: Event.Kind, by handover: Handover) -> Move {
    Move(kind: kind, handover: handover.id, staff: handover.staff, device: handover.tablet)
  }

  func event(_ kind: Event.Kind, of handover: Handover, reason: String = "") throws -> Event {
    Event(
      kind, at: now, location: handover.location, workOrder: handover.workOrder, key: handover.key,
      locker: handover.locker, compartment: try tx.compartment(handover.compartment)?.number,
      handover: handover.id, staff: handover.staff, device: handover.tablet, reason: reason)
  }

  /// H1, H4: a customer's visit goes first, then one tablet after the other. While a door stands open none could
  /// be redeemed, so none is shown.
  func giveTurn(at locker: Locker.ID) throws {
    guard try tx.activeVisit(at: locker) == nil, try tx.activeHandover(at: locker) == nil,
      try !tx.compartments(of: locker).contains(where: \.blocksLocker),
      let next = try tx.nextQueuedHandover(at: locker)
    else { return }
    guard try isKeyStillThere(for: next) else {
      // The customer has collected the key while the tablet waited, or it was corrected by hand. Ending this
      // gives the next one its turn.
      _ = try apply(.cancelled, to: next)
      return
    }
    let limits = try expect(try tx.location(next.location), "location").limits
    let shown = try apply(.turnCame(lifetime: limits.qr), to: next)
    try record(event(.handoverShown, of: shown))
  }

  /// Whether the key is where the hand-over is to move it from.
  func isKeyStillThere(for handover: Handover) throws -> Bool {
    let key = try expect(try tx.key(handover.key), "key")
    return switch handover.direction {
    case .takeOut: key.custody.holder == .compartment(handover.compartment)
    case .putBack: key.isInHouse
    }
  }
}

extension Failure {
  init(_ refusal: Handover.Refusal) {
    let message =
      switch refusal {
      case .notShown: "The QR of this hand-over is not shown yet; wait for its turn."
      case .expired: "The QR has expired; ask for a new one."
      case .alreadyRedeemed: "This QR was redeemed already; ask for a new one."
      case .over: "This hand-over is over; ask for a new one."
      }
    self = .precondition(Reason(rawValue: refusal.rawValue), message)
  }
}
