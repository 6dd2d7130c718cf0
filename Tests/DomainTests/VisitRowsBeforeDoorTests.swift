import Domain

/// The rows of a visit before a box opens, and after it is over (D1–D6, D8, D11).
extension VisitRow {
  private static let waiting: [Visit.State] = [.authenticating, .choosing, .contact, .validating]
  private static let offered = VisitInputKind.offered

  static let beforeTheDoor: [VisitRow] = [
    // D2, D4: the PIN or the number says who it is; D11: several appointments are to choose from.
    VisitRow([.authenticating], [.identifiedNone], .refused(.noMatch)),
    // D5: the contact step is there where a PIN was given, D4: and skipped where not.
    VisitRow([.authenticating], [.identifiedOne], for: [.dropOff], pin: true, .goes(.contact)) {
      $0.workOrder = offered[0]
    },
    VisitRow([.authenticating], [.identifiedOne], for: [.dropOff], pin: false, .goes(.validating)) {
      $0.workOrder = offered[0]
    },
    VisitRow([.authenticating], [.identifiedSeveral], for: [.dropOff], .goes(.choosing)) {
      $0.choices = offered
    },
    // P1, H6: a pick-up and a box need their own PIN, always.
    VisitRow(
      [.authenticating], [.identifiedOne, .identifiedSeveral], for: [.pickUp, .openBox], .refused(.noMatch)),
    VisitRow([.authenticating], [.admitted], for: [.dropOff], .refused(.wrongStep)),
    VisitRow([.authenticating], [.admitted], for: [.pickUp, .openBox], .goes(.opening, [.open])),
    VisitRow(
      [.authenticating], [.choseOffered, .choseOther, .savedContact, .validated, .confirmed, .reopened],
      .refused(.wrongStep)),

    // D11: the customer picks by time, among what was offered only.
    VisitRow([.choosing], [.choseOffered], pin: true, .goes(.contact)) {
      $0.workOrder = offered[1]
      $0.choices = []
    },
    VisitRow([.choosing], [.choseOffered], pin: false, .goes(.validating)) {
      $0.workOrder = offered[1]
      $0.choices = []
    },
    VisitRow([.choosing], [.choseOther], .refused(.noMatch)),
    VisitRow(
      [.choosing],
      [
        .identifiedNone, .identifiedOne, .identifiedSeveral, .admitted, .savedContact, .validated, .confirmed,
        .reopened,
      ], .refused(.wrongStep)),

    // D5, D6, and D7: a compartment opens after validating.
    VisitRow([.contact], [.savedContact], .goes(.validating)),
    VisitRow([.validating], [.validated], .goes(.opening, [.open])),
    VisitRow([.contact], [.validated], .refused(.wrongStep)),
    VisitRow([.validating], [.savedContact], .refused(.wrongStep)),
    VisitRow(
      [.contact, .validating],
      [
        .identifiedNone, .identifiedOne, .identifiedSeveral, .admitted, .choseOffered, .choseOther,
        .confirmed,
        .reopened,
      ], .refused(.wrongStep)),

    // D8: ✕ ends the visit, a touch extends, idleness ends it; nothing is inside yet.
    VisitRow(waiting, [.aborted], .goes(.aborted, [.end])),
    VisitRow(waiting, [.touched], .stays),
    VisitRow(waiting, [.tickEarly], .ignored),
    VisitRow(waiting, [.tickDue, .tickLate], .goes(.timedOut, [.end])),
    // No command is under way: a late report is nobody's touch.
    VisitRow(waiting, [.doorOpened, .noOtherCompartment] + VisitInputKind.commandOutcomes, .ignored),
  ]

  /// Ended is ended: only the last screen goes, by time.
  static let over: [VisitRow] = [
    VisitRow(Visit.State.allCases.filter(\.isOver), [.tickEarly], .ignored),
    VisitRow(Visit.State.allCases.filter(\.isOver), [.tickDue, .tickLate], .fades),
    VisitRow(
      Visit.State.allCases.filter(\.isOver),
      [.doorOpened, .noOtherCompartment] + VisitInputKind.commandOutcomes,
      .ignored),
    VisitRow(
      Visit.State.allCases.filter(\.isOver),
      [
        .identifiedNone, .identifiedOne, .identifiedSeveral, .admitted, .choseOffered, .choseOther,
        .savedContact, .validated, .confirmed, .reopened, .aborted, .touched,
      ], .refused(.visitOver)),
  ]
}
