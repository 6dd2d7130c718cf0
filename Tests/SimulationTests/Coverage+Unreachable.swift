import Domain

extension Coverage {
  /// The pairs that no call, report or timer can bring about, each with its reason.
  static let unreachable: [Pair: String] = {
    var reasons: [Pair: String] = [:]
    func add(_ machine: Machine, _ states: [String], _ events: [String], _ reason: String) {
      for state in states {
        for event in events { reasons[Pair(machine: machine, state: state, event: event)] = reason }
      }
    }
    let outcomes = CommandOutcome.allCases.map(\.rawValue)
    let touches = [
      "identified", "admitted", "chose", "savedContact", "validated", "confirmed", "reopened", "aborted",
      "touched",
    ]
    let beforeBox = ["authenticating", "choosing", "contact", "validating"]
    let withBox = ["opening", "door_open", "door_closed", "return_opening", "return_open"]
    let over = ["done", "aborted", "timed_out", "failed"]

    // Visits
    add(
      .visit, beforeBox, ["doorOpened", "noOtherCompartment"] + outcomes,
      "before the box opens the visit has no command")
    add(
      .visit, Array(beforeBox.dropFirst()) + withBox, ["identified", "admitted"],
      "PINs and numbers are looked at in the first step only; the service refuses them before it asks the visit"
    )
    add(.visit, over, touches, "a touch is for the visit under way; the service refuses others itself")
    add(
      .visit, ["done", "aborted", "failed"], ["doorOpened"] + outcomes,
      "its command ended before the visit did")
    add(
      .visit, ["timed_out"], ["doorOpened"],
      "only a door that is open or was closed again times out: its opening was told")
    add(
      .visit, ["door_open", "return_open", "timed_out"], ["jammed", "refused", "expired"],
      "after an open door these contradict what was reported; they are judged unknown")
    add(.visit, ["door_open", "return_open", "door_closed"], ["doorOpened"], "a command's door opens once")
    add(.visit, ["door_closed"], outcomes, "its command has ended")
    add(
      .visit, ["opening", "return_opening"], ["opened_and_closed"],
      "reports come in order: the opening was told before, or the outcome is judged unknown")
    add(
      .visit, ["opening", "return_opening"], ["tick"],
      "such a visit wakes up by its command's outcome, not by time")
    add(
      .visit, ["door_open", "door_closed", "return_opening", "return_open"] + over, ["noOtherCompartment"],
      "another box is looked for when one jams on opening only")

    // Hand-overs
    let endings = ["completed", "key_not_moved", "expired", "cancelled", "jammed", "failed", "unknown"]
    add(
      .handover, ["shown", "opening", "open"] + endings, ["turnCame"],
      "a turn is given to the one that waits longest, and only where none is shown or under way")
    add(
      .handover, ["queued", "shown"], ["doorOpened"] + outcomes, "before it is redeemed it has no command")
    add(.handover, endings, ["doorOpened"] + outcomes, "its command ended before it did, or it never had one")
    add(.handover, ["queued"], ["redeemed"], "the service refuses it before it asks the hand-over")
    add(.handover, ["cancelled"], ["cancelled"], "the service answers the repeat itself")
    add(
      .handover, ["opening"], ["opened_and_closed"],
      "reports come in order: the opening was told before, or the outcome is judged unknown")
    add(.handover, ["open"], ["doorOpened"], "a command's door opens once")
    add(
      .handover, ["open"], ["jammed", "refused", "expired"],
      "after an open door these contradict what was reported; they are judged unknown")
    add(.handover, ["opening", "open"] + endings, ["tick"], "it has no wake-up there")

    // Custody
    let inMotion = "nobody else moves a key in motion"
    add(
      .custody, ["compartment", "staff", "desk", "uncertain"], ["KEY_DROPPED"],
      "a visit takes what its customer has, and \(inMotion)")
    add(
      .custody, ["customer", "staff", "desk", "uncertain"], ["KEY_RETURNED"],
      "a visit gives back what lies in a box; what was lost sight of stays so")
    add(
      .custody, ["customer", "staff", "desk", "uncertain"], ["KEY_COLLECTED"],
      "a hand-over takes out what lies in a box; what was lost sight of stays so")
    add(
      .custody, ["customer", "compartment", "uncertain"], ["KEY_PUT_BACK"],
      "a hand-over puts back what is in the house, and \(inMotion)")

    add(.custody, ["uncertain"], ["CUSTODY_UNCERTAIN"], "what was lost sight of is not lost again")

    // Locks
    add(
      .lock, ["cooling", "pulsing", "waiting"], ["unlock"],
      "a second command is given when the first has ended; one that is given up early has its door open")
    return reasons
  }()
}
