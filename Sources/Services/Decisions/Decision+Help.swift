import Domain
import RPC

/// Calls for help: telling the machine, and those who watch (E1, E2).
extension Decision {
  /// Somebody at a kiosk asks for help. It is a touch, too.
  func callForHelp(at id: Locker.ID) throws {
    if let visit = try tx.activeVisit(at: id) { _ = try apply(.touched, to: visit) }
    let locker = try expect(try tx.locker(id), "locker")
    let location = try expect(try tx.location(locker.location), "location")
    let isAttended = try isAttended(location)
    if let open = try tx.openHelpCall(at: id) {
      // What has run out just now is another call.
      let current = try apply(.tick, to: open)
      if !current.state.isOver {
        let after = try apply(.called(isAttended: isAttended), to: current)
        if after.state != current.state { try recordCall(after) }
        return
      }
    }
    let (screen, compartment) = try shownScreen(of: id)
    let call = try tx.insert(
      HelpCall(
        location: location.id, locker: id, isAttended: isAttended, screen: screen, compartment: compartment,
        calledAt: now, revision: try tx.helpRevision(at: location.id) + 1))
    try recordCall(call)
    try announce(call)
  }

  /// Whether somebody can be told. Where there is no number to show instead, the desk is told at any time.
  private func isAttended(_ location: Location) throws -> Bool {
    guard location.emergencyPhone != nil else { return true }
    return try tx.openingHours(of: location.id).isOpen(at: now, in: location.zone)
  }

  /// What the lower screen shows, and the box that it is about.
  private func shownScreen(of locker: Locker.ID) throws -> (HelpCall.Screen, Int?) {
    let lower = try view(of: locker).lower
    let compartment = lower.compartment == 0 ? nil : Int(lower.compartment)
    switch lower.step {
    case .closeDoor: return (.closeDoor, compartment)
    case .outOfService: return (.outOfService, compartment)
    default:
      guard let visit = try tx.visit(Visit.ID(rawValue: lower.visitID)) else {
        return (.welcome, compartment)
      }
      return (.visit(visit.state), compartment)
    }
  }

  private func recordCall(_ call: HelpCall) throws {
    try record(
      Event(
        .helpCalled, at: now, location: call.location, locker: call.locker, compartment: call.compartment,
        visit: try tx.activeVisit(at: call.locker)?.id,
        reason: call.state == .outsideHours ? "OUTSIDE_HOURS" : ""))
  }

  /// A visit that ended as its customer wanted needs no help any more.
  func endHelp(after visit: Visit) throws {
    guard visit.state == .done || visit.state == .aborted, let call = try tx.openHelpCall(at: visit.locker)
    else { return }
    _ = try apply(.visitEnded, to: call)
  }

  /// Tells a call for help what happened. Returns it as it is afterwards.
  func apply(_ input: HelpCall.Input, to call: HelpCall) throws -> HelpCall {
    var after = call
    do {
      try after.apply(input, at: now)
    } catch {
      throw Failure(error)
    }
    guard after != call else { return call }
    after.revision = try tx.helpRevision(at: call.location) + 1
    try tx.update(after)
    try announce(after)
    if after.state.isOver {
      try record(
        Event(
          .helpEnded, at: now, location: after.location, locker: after.locker,
          reason: input == .visitEnded ? "VISIT_ENDED" : "EXPIRED"))
    }
    return after
  }

  /// Kiosk and desks show something else now.
  func announce(_ call: HelpCall) throws {
    try changed(call.locker)
    tx.touch(.help(call.location))
  }

  func helpCall(_ id: Int64, for caller: Caller) throws -> HelpCall {
    try tx.seen(tx.helpCall(HelpCall.ID(rawValue: id)), "call for help", at: \.location, by: caller).0
  }
}

extension Failure {
  init(_ refusal: HelpCall.Refusal) {
    let message =
      switch refusal {
      case .handled: "A colleague is on the way already."
      case .over: "This call for help is over."
      }
    self = .precondition(Reason(rawValue: refusal.rawValue), message)
  }
}
