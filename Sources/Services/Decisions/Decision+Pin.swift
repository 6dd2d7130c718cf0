import Core
import Domain
import RPC

/// PINs: drawn, kept as digests, superseded, claimed and used (S1).
extension Decision {
  static let pinDigits = 6
  /// With a million combinations and a few hundred live PINs a location, one draw in thousands collides.
  static let maximumDraws = 32

  /// Draws a PIN that no live one of the location equals, and keeps its digest.
  func draw(
    at location: Location.ID, _ make: (_ digest: [UInt8]) -> IssuedPin
  ) throws -> (pin: PIN, issued: IssuedPin) {
    for _ in 0..<Self.maximumDraws {
      let pin = PIN.draw(digits: Self.pinDigits, seed: environment.entropy.bytes(PIN.seedByteCount))
      let digest = pin.digest(key: environment.secrets.pins, location: location.rawValue).bytes
      let isTaken = try tx.pins(digest: digest, at: location).contains {
        $0.state == .live || $0.state == .claimed
      }
      if !isTaken {
        let issued = try tx.insert(make(digest))
        try turnChanged(by: issued)
        return (pin, issued)
      }
    }
    throw Failure(
      .resourceExhausted, reason: .overloaded, "Too many PINs are live at this location; let some expire.")
  }

  /// Ends the live PINs of a work order and purpose: a newer one takes their place. A claimed one belongs
  /// to a visit under way and stays until that is over.
  func supersedePins(for workOrder: WorkOrder.ID, purpose: IssuedPin.Purpose) throws {
    for pin in try tx.openPins(for: workOrder, purpose: purpose) where pin.state == .live {
      try end(pin, as: .superseded)
    }
  }

  func endPin(_ id: IssuedPin.ID?, as state: IssuedPin.State) throws {
    guard let id, let pin = try tx.pin(id) else { return }
    try end(pin, as: state)
  }

  func end(_ pin: IssuedPin, as state: IssuedPin.State) throws {
    var pin = pin
    pin.state = state
    try tx.update(pin)
    try turnChanged(by: pin)
  }

  /// W4: the box with the key waits for its customer from now on, or no more.
  private func turnChanged(by pin: IssuedPin) throws {
    guard pin.purpose == .pickUp, let key = try pin.key.flatMap(tx.key),
      case .compartment(let id) = key.custody.holder, let box = try tx.compartment(id)
    else { return }
    try changed(box.locker)
  }

  /// Abort, jam and time-out give the PIN back, unless a newer one was given meanwhile.
  func releasePin(_ id: IssuedPin.ID?) throws {
    guard let id, let pin = try tx.pin(id), pin.state == .claimed else { return }
    let open = try pin.workOrder.map { try tx.openPins(for: $0, purpose: pin.purpose) } ?? []
    if open.contains(where: { $0.id.rawValue > id.rawValue }) {
      try end(pin, as: .superseded)
    } else {
      try end(pin, as: now >= pin.expiresAt ? .expired : .live)
    }
  }

  /// H5: the customer gets a PIN to pick the key up. The digits wait, sealed, for delivery.
  func sendPickUpPin(for key: Key, at location: Location.ID) throws {
    guard let workOrder = key.workOrder else { return }
    try supersedePins(for: workOrder, purpose: .pickUp)
    let expiresAt = now + IssuedPin.pickUpLifetime
    let (pin, _) = try draw(at: location) { digest in
      IssuedPin(
        location: location, digest: digest, purpose: .pickUp, workOrder: workOrder, key: key.id,
        issuedAt: now,
        expiresAt: expiresAt)
    }
    _ = try tx.insert(
      OutboxMessage(
        location: location, workOrder: workOrder, kind: "PICK_UP_PIN",
        sealedBody: Seal.seal(
          Array(pin.revealed.utf8), context: "outbox/PICK_UP_PIN/\(workOrder)",
          key: environment.secrets.outbox),
        createdAt: now, expiresAt: expiresAt))
    try record(
      Event(.pinIssued, at: now, location: location, workOrder: workOrder, key: key.id, reason: "PICK_UP"))
  }
}
