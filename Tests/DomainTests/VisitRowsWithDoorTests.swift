import Domain

/// The rows of a visit with a box (D7, D8, P1, H6, L2).
extension VisitRow {
  /// What belongs to the steps before.
  private static let earlier: [VisitInputKind] = [
    .identifiedNone, .identifiedOne, .identifiedSeveral, .admitted, .choseOffered, .choseOther, .savedContact,
    .validated,
  ]
  private static let notAbsent: [ItemState] = [.present, .unknown]
  /// L2: nobody can say what followed, so a person has to look.
  private static let lost = Answer.goes(
    .failed, [.quarantine(.outcomeUnknown), .keyUncertain, .end], .outcomeUnknown)
  /// D8: gone with a key perhaps inside: the box stays locked, custody is uncertain.
  private static let leftBehind = Answer.goes(
    .timedOut, [.quarantine(.keyMayBeInside), .keyUncertain, .end], .keyMayBeInside)
  /// H6: the same with a box PIN, which opens its box once and is not given back.
  private static let boxLost = Answer.goes(
    .failed, [.quarantine(.outcomeUnknown), .keyUncertain, .usePin, .end], .outcomeUnknown)
  private static let boxLeftBehind = Answer.goes(
    .timedOut, [.quarantine(.keyMayBeInside), .keyUncertain, .usePin, .end], .keyMayBeInside)

  static let withTheDoor: [VisitRow] = opening + doorOpen + doorClosed

  private static let opening: [VisitRow] = [
    VisitRow([.opening], [.doorOpened], for: [.dropOff], .goes(.doorOpen)) { $0.keyMayBeInside = true },
    VisitRow([.opening], [.doorOpened], for: [.pickUp, .openBox], .goes(.doorOpen)),
    // The report of the open door was lost on the way, yet it opened and closed.
    VisitRow([.opening], [.openedAndClosed], for: [.dropOff], item: notAbsent, .goes(.doorClosed)) {
      $0.keyMayBeInside = true
    },
    VisitRow(
      [.opening], [.openedAndClosed], for: [.dropOff], item: [.absent],
      .goes(.doorClosed, [], .keyNotDetected)
    ) { $0.keyMayBeInside = true },
    // D7: quarantined, and another opens by itself; not where the key may lie in the one that does not open.
    VisitRow(
      [.opening], [.jammed], for: [.dropOff], key: false,
      .goes(.opening, [.quarantine(.jammed), .openAnother], .doorJammed)),
    VisitRow(
      [.opening], [.jammed], for: [.dropOff], item: [.absent], key: true,
      .goes(.opening, [.quarantine(.jammed), .openAnother], .doorJammed)
    ) { $0.keyMayBeInside = false },
    VisitRow(
      [.opening], [.jammed], for: [.dropOff], item: notAbsent, key: true,
      .goes(.failed, [.quarantine(.jammed), .keyUncertain, .end], .doorJammed)),
    // P1, H6: never another box, and custody is unchanged.
    VisitRow(
      [.opening], [.jammed], for: [.pickUp, .openBox],
      .goes(.failed, [.quarantine(.jammed), .end], .doorJammed)),
    // No coil was energised: the door is as it was, with the key where it was.
    VisitRow(
      [.opening], [.refused, .expired], for: [.dropOff], key: false,
      .goes(.failed, [.end], .lockerNotAnswering)),
    VisitRow(
      [.opening], [.refused, .expired], for: [.dropOff], item: [.absent], key: true,
      .goes(.failed, [.end], .lockerNotAnswering)),
    VisitRow(
      [.opening], [.refused, .expired], for: [.dropOff], item: notAbsent, key: true,
      .goes(.failed, [.quarantine(.keyMayBeInside), .keyUncertain, .end], .lockerNotAnswering)),
    VisitRow(
      [.opening], [.refused, .expired], for: [.pickUp, .openBox],
      .goes(.failed, [.end], .lockerNotAnswering)),
    VisitRow([.opening], [.noOtherCompartment], .goes(.failed, [.end], .noFreeCompartment)),
    // D8: ✕ while the door is about to open: it opens for the key to be taken back.
    VisitRow([.opening], [.aborted], for: [.dropOff], .goes(.returnOpening)),
    VisitRow([.opening], [.aborted], for: [.pickUp, .openBox], .refused(.doorStillOpen)),
    VisitRow([.opening], [.confirmed], .refused(.doorStillOpen)),
    VisitRow([.opening], [.reopened], .refused(.wrongStep)),
    // The command ends by its own outcome.
    VisitRow([.opening], [.tickEarly, .tickDue, .tickLate], .ignored),
  ]

  private static let doorOpen: [VisitRow] = [
    VisitRow([.doorOpen], [.openedAndClosed], for: [.dropOff], item: notAbsent, .goes(.doorClosed)),
    VisitRow(
      [.doorOpen], [.openedAndClosed], for: [.dropOff], item: [.absent],
      .goes(.doorClosed, [], .keyNotDetected)),
    // P1: custody moves when the door has closed, unless the sensor sees the key.
    VisitRow(
      [.opening, .doorOpen], [.openedAndClosed], for: [.pickUp], item: [.absent, .unknown],
      .goes(.done, [.keyReturned, .usePin, .end])),
    VisitRow(
      [.opening, .doorOpen], [.openedAndClosed], for: [.pickUp], item: [.present],
      .goes(.doorClosed, [], .keyStillInside)),
    // H6.
    VisitRow(
      [.opening, .doorOpen], [.openedAndClosed], for: [.openBox], .goes(.done, [.boxOpened, .usePin, .end])),
    VisitRow([.opening, .doorOpen], [.outcomeUnknown], for: [.dropOff, .pickUp], lost),
    VisitRow([.opening, .doorOpen], [.outcomeUnknown], for: [.openBox], boxLost),
    // A door that was seen open has neither jammed nor been refused: that is no knowledge.
    VisitRow([.doorOpen], [.jammed, .refused, .expired], for: [.dropOff, .pickUp], lost),
    VisitRow([.doorOpen], [.jammed, .refused, .expired], for: [.openBox], boxLost),
    // D8: ✕ with the door open: the key is taken back through it.
    VisitRow([.doorOpen], [.aborted], for: [.dropOff], .goes(.returnOpen)),
    VisitRow([.doorOpen], [.aborted], for: [.pickUp, .openBox], .refused(.doorStillOpen)),
    VisitRow([.doorOpen], [.confirmed, .reopened], .refused(.doorStillOpen)),
    VisitRow([.doorOpen], [.doorOpened, .noOtherCompartment], .ignored),
    VisitRow([.doorOpen], [.tickEarly], .ignored),
    VisitRow([.doorOpen], [.tickDue, .tickLate], for: [.dropOff, .pickUp], leftBehind),
    VisitRow([.doorOpen], [.tickDue, .tickLate], for: [.openBox], boxLeftBehind),
    VisitRow([.opening, .doorOpen, .doorClosed], [.touched], .stays),
    VisitRow([.opening, .doorOpen, .doorClosed], earlier, .refused(.wrongStep)),
  ]

  private static let doorClosed: [VisitRow] = [
    // D7: Confirm; D10: not verified where no sensor sees the key.
    VisitRow(
      [.doorClosed], [.confirmed], for: [.dropOff], item: [.present],
      .goes(.done, [.keyDropped(isVerifiedBySensor: true), .usePin, .end])),
    VisitRow(
      [.doorClosed], [.confirmed], for: [.dropOff], item: [.unknown],
      .goes(.done, [.keyDropped(isVerifiedBySensor: false), .usePin, .end])),
    VisitRow([.doorClosed], [.confirmed], for: [.dropOff], item: [.absent], .refused(.keyNotDetected)),
    VisitRow([.doorClosed], [.confirmed], for: [.pickUp], .refused(.wrongStep)),
    VisitRow([.doorClosed], [.reopened], .goes(.opening, [.open])),
    // D8: a key that already lies inside is given back first.
    VisitRow([.doorClosed], [.aborted], for: [.dropOff], item: notAbsent, .goes(.returnOpening, [.open])),
    VisitRow([.doorClosed], [.aborted], for: [.dropOff], item: [.absent], .goes(.aborted, [.end])),
    // P1: the key to pick up stays where it is.
    VisitRow([.doorClosed], [.aborted], for: [.pickUp], .goes(.aborted, [.end])),
    VisitRow([.doorClosed], [.tickEarly], .ignored),
    VisitRow([.doorClosed], [.tickDue, .tickLate], for: [.dropOff], item: notAbsent, leftBehind),
    VisitRow(
      [.doorClosed], [.tickDue, .tickLate], for: [.dropOff], item: [.absent], .goes(.timedOut, [.end])),
    VisitRow([.doorClosed], [.tickDue, .tickLate], for: [.pickUp], .goes(.timedOut, [.end])),
    VisitRow([.doorClosed], [.doorOpened, .noOtherCompartment] + VisitInputKind.commandOutcomes, .ignored),
  ]

  /// D8: aborted, and the box opens or is open so that the key can be taken back.
  static let returning: [VisitRow] = [
    VisitRow([.returnOpening], [.doorOpened], .goes(.returnOpen)) { $0.keyMayBeInside = true },
    VisitRow(
      [.returnOpening, .returnOpen], [.openedAndClosed], item: [.absent, .unknown], .goes(.aborted, [.end])),
    VisitRow(
      [.returnOpening, .returnOpen], [.openedAndClosed], item: [.present],
      .goes(.aborted, [.quarantine(.keyMayBeInside), .keyUncertain, .end], .keyLeftInside)),
    // The door that should give the key back does not open: no other box can help.
    VisitRow([.returnOpening], [.jammed], key: false, .goes(.aborted, [.quarantine(.jammed), .end])),
    VisitRow(
      [.returnOpening], [.jammed], item: [.absent], key: true, .goes(.aborted, [.quarantine(.jammed), .end])),
    VisitRow(
      [.returnOpening], [.jammed], item: notAbsent, key: true,
      .goes(.failed, [.quarantine(.jammed), .keyUncertain, .end], .doorJammed)),
    VisitRow([.returnOpening], [.refused, .expired], key: false, .goes(.aborted, [.end])),
    VisitRow([.returnOpening], [.refused, .expired], item: [.absent], key: true, .goes(.aborted, [.end])),
    VisitRow(
      [.returnOpening], [.refused, .expired], item: notAbsent, key: true,
      .goes(.failed, [.quarantine(.keyMayBeInside), .keyUncertain, .end], .lockerNotAnswering)),
    VisitRow([.returnOpening, .returnOpen], [.outcomeUnknown], lost),
    VisitRow([.returnOpen], [.jammed, .refused, .expired], lost),
    VisitRow([.returnOpening, .returnOpen], [.aborted, .touched], .stays),
    VisitRow([.returnOpening, .returnOpen], [.confirmed, .reopened], .refused(.doorStillOpen)),
    VisitRow([.returnOpening, .returnOpen], earlier, .refused(.wrongStep)),
    VisitRow([.returnOpening, .returnOpen], [.noOtherCompartment], .ignored),
    VisitRow([.returnOpen], [.doorOpened], .ignored),
    VisitRow([.returnOpening], [.tickEarly, .tickDue, .tickLate], .ignored),
    VisitRow([.returnOpen], [.tickEarly], .ignored),
    VisitRow([.returnOpen], [.tickDue, .tickLate], leftBehind),
  ]
}
