extension Visit {
  /// What a visit is told.
  public enum Input: Hashable, Sendable {
    /// Authenticated for these appointments of today (drop-off).
    case identified(appointments: [WorkOrder.ID])
    /// Authenticated for the box that the visit now names (pick-up, open box).
    case admitted
    case chose(WorkOrder.ID)
    case savedContact
    case validated
    case doorOpened
    case commandEnded(CommandOutcome, item: ItemState)
    /// D7: no other compartment could be had in place of a jammed one.
    case noOtherCompartment
    /// With what the item sensor says now.
    case confirmed(item: ItemState)
    case reopened
    case aborted(item: ItemState)
    case touched
    /// Time has passed; `item` as above.
    case tick(item: ItemState)
  }

  /// What has to be done, in the same transaction, in this order.
  public enum Effect: Hashable, Sendable {
    /// Open the visit's compartment.
    case open
    /// D7: reserve another compartment and open it; where there is none, tell the visit.
    case openAnother
    case quarantine(Quarantine)
    /// The key is in the visit's compartment now.
    case keyDropped(isVerifiedBySensor: Bool)
    /// The key is with the customer now.
    case keyReturned
    /// Nobody knows where the key is.
    case keyUncertain
    case boxOpened
    /// The PIN is used up.
    case usePin
    /// The visit is over: free what it holds, tell who waits.
    case end
  }

  public enum Refusal: String, Error, Hashable, Sendable {
    case visitOver = "VISIT_OVER"
    case wrongStep = "WRONG_STEP"
    case keyNotDetected = "KEY_NOT_DETECTED"
    case doorStillOpen = "DOOR_STILL_OPEN"
    case noMatch = "NO_MATCH"
  }

  /// When the screen warns that the visit is about to end (D8); `nil` where it waits for a door.
  public var warnAt: Instant? { waitsForPerson ? lastTouch + warningAfter : nil }

  /// When the visit wants `tick` next.
  public var wakeUp: Instant? {
    if let endedAt { return isFarewellShown ? endedAt + Self.farewell : nil }
    return waitsForPerson ? lastTouch + endAfter : nil
  }

  /// A command to open ends by its own outcome, so only the other states time out.
  private var waitsForPerson: Bool {
    switch state {
    case .authenticating, .choosing, .contact, .validating, .doorOpen, .doorClosed, .returnOpen: true
    case .opening, .returnOpening, .done, .aborted, .timedOut, .failed: false
    }
  }

  /// Applies one input. A refusal changes nothing.
  public mutating func apply(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    let before = state
    let effects =
      switch state {
      case .authenticating: try applyAuthenticating(input, at: now)
      case .choosing: try applyChoosing(input, at: now)
      case .contact: try applyContact(input, at: now)
      case .validating: try applyValidating(input, at: now)
      case .opening: try applyOpening(input, at: now)
      case .doorOpen: try applyDoorOpen(input, at: now)
      case .doorClosed: try applyDoorClosed(input, at: now)
      case .returnOpening: try applyReturnOpening(input, at: now)
      case .returnOpen: try applyReturnOpen(input, at: now)
      case .done, .aborted, .timedOut, .failed: try applyOver(input, at: now)
      }
    switch input {
    case .tick, .noOtherCompartment: break
    case .doorOpened, .commandEnded:
      // A late report that changes nothing is no sign of a person.
      if state != before { lastTouch = max(lastTouch, now) }
    case .identified, .admitted, .chose, .savedContact, .validated, .confirmed, .reopened, .aborted, .touched:
      lastTouch = max(lastTouch, now)
    }
    return effects
  }

  // MARK: Before a box opens

  private mutating func applyAuthenticating(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .identified(let appointments):
      guard purpose == .dropOff, let first = appointments.first else { throw .noMatch }
      if appointments.count > 1 {
        choices = appointments
        return go(to: .choosing)
      }
      workOrder = first
      return go(to: isPinVerified ? .contact : .validating)
    case .admitted:
      guard purpose != .dropOff else { throw .wrongStep }
      return go(to: .opening, [.open])
    case .aborted: return end(.aborted, at: now)
    case .touched: return []
    case .tick: return timeOut(at: now)
    case .chose, .savedContact, .validated, .confirmed, .reopened: throw .wrongStep
    case .doorOpened, .commandEnded, .noOtherCompartment: return []
    }
  }

  private mutating func applyChoosing(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .chose(let choice):
      guard choices.contains(choice) else { throw .noMatch }
      workOrder = choice
      choices = []
      return go(to: isPinVerified ? .contact : .validating)
    case .aborted: return end(.aborted, at: now)
    case .touched: return []
    case .tick: return timeOut(at: now)
    case .identified, .admitted, .savedContact, .validated, .confirmed, .reopened: throw .wrongStep
    case .doorOpened, .commandEnded, .noOtherCompartment: return []
    }
  }

  private mutating func applyContact(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .savedContact: return go(to: .validating)
    case .aborted: return end(.aborted, at: now)
    case .touched: return []
    case .tick: return timeOut(at: now)
    case .identified, .admitted, .chose, .validated, .confirmed, .reopened: throw .wrongStep
    case .doorOpened, .commandEnded, .noOtherCompartment: return []
    }
  }

  private mutating func applyValidating(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .validated: return go(to: .opening, [.open])
    case .aborted: return end(.aborted, at: now)
    case .touched: return []
    case .tick: return timeOut(at: now)
    case .identified, .admitted, .chose, .savedContact, .confirmed, .reopened: throw .wrongStep
    case .doorOpened, .commandEnded, .noOtherCompartment: return []
    }
  }

  // MARK: With a box

  private mutating func applyOpening(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .doorOpened:
      keyMayBeInside = keyMayBeInside || purpose == .dropOff
      return go(to: .doorOpen)
    case .commandEnded(.openedAndClosed, let item):
      // The report that the door opened was lost on the way; it did open, and close.
      keyMayBeInside = keyMayBeInside || purpose == .dropOff
      return closed(item: item, at: now)
    case .commandEnded(.jammed, let item): return jammed(item: item, at: now)
    case .commandEnded(.refused, let item), .commandEnded(.expired, let item):
      return notFired(item: item, at: now)
    case .commandEnded(.unknown, _): return lost(at: now)
    case .noOtherCompartment: return end(.failed, notice: .noFreeCompartment, at: now)
    case .aborted:
      guard purpose == .dropOff else { throw .doorStillOpen }
      return go(to: .returnOpening)
    case .touched, .tick: return []
    case .confirmed: throw .doorStillOpen
    case .identified, .admitted, .chose, .savedContact, .validated, .reopened: throw .wrongStep
    }
  }

  private mutating func applyDoorOpen(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .commandEnded(.openedAndClosed, let item): return closed(item: item, at: now)
    case .commandEnded(.unknown, _), .commandEnded(.jammed, _), .commandEnded(.refused, _),
      .commandEnded(.expired, _):
      // After an open door only "opened and closed" makes sense; anything else is no knowledge.
      return lost(at: now)
    case .aborted:
      guard purpose == .dropOff else { throw .doorStillOpen }
      return go(to: .returnOpen)
    case .confirmed, .reopened: throw .doorStillOpen
    case .touched, .doorOpened, .noOtherCompartment: return []
    case .tick: return leaveBehind(at: now)
    case .identified, .admitted, .chose, .savedContact, .validated: throw .wrongStep
    }
  }

  private mutating func applyDoorClosed(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .confirmed(let item):
      guard purpose == .dropOff else { throw .wrongStep }
      if item == .absent { throw .keyNotDetected }
      return [.keyDropped(isVerifiedBySensor: item == .present), .usePin] + end(.done, at: now)
    case .reopened: return go(to: .opening, [.open])
    case .aborted(let item):
      if purpose == .dropOff && item != .absent { return go(to: .returnOpening, [.open]) }
      return end(.aborted, at: now)
    case .touched, .doorOpened, .commandEnded, .noOtherCompartment: return []
    case .tick(let item):
      guard isDue(at: now) else { return [] }
      if purpose == .dropOff && item != .absent { return leaveBehind(at: now) }
      return end(.timedOut, at: now)
    case .identified, .admitted, .chose, .savedContact, .validated: throw .wrongStep
    }
  }

  private mutating func applyReturnOpening(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .doorOpened:
      keyMayBeInside = true
      return go(to: .returnOpen)
    case .commandEnded(.openedAndClosed, let item): return returned(item: item, at: now)
    case .commandEnded(.jammed, let item):
      if mayHoldKey(item) { return lost(notice: .doorJammed, quarantine: .jammed, at: now) }
      return [.quarantine(.jammed)] + end(.aborted, at: now)
    case .commandEnded(.refused, let item), .commandEnded(.expired, let item):
      if mayHoldKey(item) {
        return lost(notice: .lockerNotAnswering, quarantine: .keyMayBeInside, at: now)
      }
      return end(.aborted, at: now)
    case .commandEnded(.unknown, _): return lost(at: now)
    case .touched, .tick, .noOtherCompartment, .aborted: return []
    case .confirmed, .reopened: throw .doorStillOpen
    case .identified, .admitted, .chose, .savedContact, .validated: throw .wrongStep
    }
  }

  private mutating func applyReturnOpen(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .commandEnded(.openedAndClosed, let item): return returned(item: item, at: now)
    case .commandEnded(.unknown, _), .commandEnded(.jammed, _), .commandEnded(.refused, _),
      .commandEnded(.expired, _):
      return lost(at: now)
    case .touched, .doorOpened, .noOtherCompartment, .aborted: return []
    case .tick: return leaveBehind(at: now)
    case .confirmed, .reopened: throw .doorStillOpen
    case .identified, .admitted, .chose, .savedContact, .validated: throw .wrongStep
    }
  }

  private mutating func applyOver(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .tick:
      if let endedAt, isFarewellShown, now >= endedAt + Self.farewell { isFarewellShown = false }
      return []
    case .doorOpened, .commandEnded, .noOtherCompartment: return []
    case .identified, .admitted, .chose, .savedContact, .validated, .confirmed, .reopened, .aborted, .touched:
      throw .visitOver
    }
  }

  // MARK: What several states do

  private mutating func go(to next: State, _ effects: [Effect] = []) -> [Effect] {
    state = next
    notice = nil
    return effects
  }

  private mutating func end(_ last: State, notice: Notice? = nil, at now: Instant) -> [Effect] {
    state = last
    self.notice = notice
    endedAt = now
    isFarewellShown = true
    return [.end]
  }

  private func isDue(at now: Instant) -> Bool { now >= lastTouch + endAfter }

  private mutating func timeOut(at now: Instant) -> [Effect] {
    isDue(at: now) ? end(.timedOut, at: now) : []
  }

  /// The customer's key may lie in the box, as far as door and item sensor tell.
  private func mayHoldKey(_ item: ItemState) -> Bool { keyMayBeInside && item != .absent }

  /// The door of the visit's box has closed again.
  private mutating func closed(item: ItemState, at now: Instant) -> [Effect] {
    switch purpose {
    case .dropOff:
      _ = go(to: .doorClosed)
      notice = item == .absent ? .keyNotDetected : nil
      return []
    case .pickUp:
      if item == .present {
        _ = go(to: .doorClosed)
        notice = .keyStillInside
        return []
      }
      return [.keyReturned, .usePin] + end(.done, at: now)
    case .openBox:
      return [.boxOpened, .usePin] + end(.done, at: now)
    }
  }

  /// D7: another box opens by itself, unless the key may already lie in this one. P1: never another box.
  private mutating func jammed(item: ItemState, at now: Instant) -> [Effect] {
    if purpose == .dropOff {
      if mayHoldKey(item) { return lost(notice: .doorJammed, quarantine: .jammed, at: now) }
      keyMayBeInside = false
      notice = .doorJammed
      return [.quarantine(.jammed), .openAnother]
    }
    return [.quarantine(.jammed)] + end(.failed, notice: .doorJammed, at: now)
  }

  /// The locker refused, or did not answer in time: no coil was energised.
  private mutating func notFired(item: ItemState, at now: Instant) -> [Effect] {
    if purpose == .dropOff && mayHoldKey(item) {
      return lost(notice: .lockerNotAnswering, quarantine: .keyMayBeInside, at: now)
    }
    return end(.failed, notice: .lockerNotAnswering, at: now)
  }

  /// Nobody can say where the key is: the box stays locked and a person has to look.
  private mutating func lost(
    notice: Notice = .outcomeUnknown, quarantine: Quarantine = .outcomeUnknown, at now: Instant
  ) -> [Effect] {
    [.quarantine(quarantine), .keyUncertain] + spentPin + end(.failed, notice: notice, at: now)
  }

  /// H6: a box PIN opens its box once, so one that may have done so is not given back.
  private var spentPin: [Effect] { purpose == .openBox ? [.usePin] : [] }

  /// D8: the customer has gone, with a key perhaps inside. A time-out never opens a door.
  private mutating func leaveBehind(at now: Instant) -> [Effect] {
    guard isDue(at: now) else { return [] }
    return [.quarantine(.keyMayBeInside), .keyUncertain] + spentPin
      + end(.timedOut, notice: .keyMayBeInside, at: now)
  }

  /// D8: the box was opened to give the key back, and has closed.
  private mutating func returned(item: ItemState, at now: Instant) -> [Effect] {
    if item == .present {
      return [.quarantine(.keyMayBeInside), .keyUncertain] + end(.aborted, notice: .keyLeftInside, at: now)
    }
    return end(.aborted, at: now)
  }
}
