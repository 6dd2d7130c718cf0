import API
import Domain
import RPC
import Services

/// Looks, after each step, whether an invariant is broken (S6), from the log, the stored state and the board.
final class Watchdog {
  struct Violation: Error, CustomStringConvertible {
    let step: Int
    let what: String

    var description: String { "step \(step): \(what)" }
  }

  unowned let simulation: Simulation
  private(set) var violation: Violation?
  private var audit = Audit()
  /// Events that somebody was sent: they must stay.
  private var sent: [Int64: [UInt8]] = [:]
  private(set) var nextWakeUp: Int64?

  init(_ simulation: Simulation) {
    self.simulation = simulation
  }

  func bark(_ what: String) {
    simulation.note("VIOLATION: \(what)")
    if violation == nil { violation = Violation(step: simulation.steps, what: what) }
  }

  func command(_ sequence: Int64, at locker: Locker.ID) -> Audit.Command? {
    audit.commands[.init(locker: locker, sequence: sequence)]
  }

  /// How the log says that a key is held.
  func holder(_ key: Key.ID) -> Audit.Holder { audit.holders[key] ?? .customer }

  // MARK: What is stored

  /// Reads what the last decisions wrote.
  ///
  /// - Parameter isTimer: only time has passed.
  func look(isTimer: Bool) {
    let location = simulation.site.location
    let after = audit.lastNumber
    do {
      try simulation.database.readHere { snapshot in
        audit.pins = { visit in try snapshot.visit(visit)?.pin }
        for event in try snapshot.events(at: location, after: after, limit: 100_000) {
          simulation.note(
            "event \(event.number): \(event.kind.rawValue) \(event.reason) key \(event.key.map { "\($0)" } ?? "-")"
              + " box \(event.compartment ?? 0) command \(event.commandSequence ?? 0)"
              + " visit \(event.visit.map { "\($0)" } ?? "-") hand-over \(event.handover.map { "\($0)" } ?? "-")"
          )
          try audit.read(event, isTimer: isTimer)
        }
        audit.pins = nil
        try audit.compare(custody: try snapshot.keysInCustody(at: location))
        nextWakeUp = try snapshot.nextWakeUp()?.milliseconds
      }
    } catch {
      bark("the database cannot be read: \(error)")
    }
    for broken in audit.broken { bark(broken) }
  }

  /// The server lives again: everything is looked at anew.
  func lookAtRestart() {
    audit = Audit()
    look(isTimer: false)
  }

  /// Somebody was sent an event.
  func wasSent(_ event: ProtoEvent) {
    guard let bytes = try? event.wireBytes() else { return }
    if let known = sent.updateValue(bytes, forKey: event.number), known != bytes {
      bark("event \(event.number) was sent with another content before")
    }
  }

  /// At the end, when everything has worked for long enough.
  func lookAtEnd() {
    for left in audit.underWay { bark("\(left) is under way for ever") }
    for (id, command) in audit.commands where !command.isEnded {
      bark("command \(id.sequence) has no outcome")
    }
    for place in simulation.site.places {
      if !place.controller.isOn { bark("a controller is without power") }
      if !place.controller.hasNothingToSay { bark("a controller was not heard to the end") }
    }
    if simulation.site.hasItemSensors { compareWithTruth() }
  }

  /// Where item sensors see, custody is the truth, unless it says that it does not know.
  private func compareWithTruth() {
    let site = simulation.site!
    for (index, car) in site.cars.enumerated() where car.key != 0 {
      let key = Key.ID(rawValue: car.key)
      if audit.byHand.contains(key) { continue }
      let truth = site.box(of: index).map { Audit.Holder.box($0.place.locker, $0.number) }
      switch holder(key) {
      case .box(let locker, let number):
        if truth != .box(locker, number) { bark("key \(key) is said to lie in box \(number), and does not") }
      case .customer, .house:
        if let truth { bark("key \(key) is said to be with people, and lies in \(truth)") }
      case .uncertain: break
      }
    }
  }

  // MARK: Answers

  /// An acknowledged request was made again: it must get its first answer.
  func compare(_ known: Acknowledged, _ ending: Peer.Ending, _ name: String) {
    switch ending {
    case .answer(let bytes):
      if bytes != known.answer {
        bark("\(name): \(known.procedure) was acknowledged, and is answered otherwise")
      }
    case .failure(let failure):
      heard(failure, of: known.procedure)
      let isElsewhere: Set<Failure.Reason> = [
        "ALREADY_DONE", "NOT_SIGNED_IN", "CALLER_NOT_ADMITTED", "DEVICE_REVOKED", "CREDENTIAL_REFUSED",
      ]
      if !isElsewhere.contains(failure.reason) {
        bark("\(name): \(known.procedure) was acknowledged, and is refused now: \(failure)")
      }
    case .lost: break
    }
  }

  func heard(_ failure: Failure, of procedure: String) {
    if failure.code == .internal || failure.code == .unknown { bark("\(procedure) failed: \(failure)") }
  }

  // MARK: The board

  /// S6: a door opens only for a command; each once, in time, and one at a time.
  func saw(_ pulse: Cabinet.Pulse, at cabinet: Cabinet) {
    let locker = simulation.site.locker(of: cabinet)
    let name = "a pulse for command \(pulse.sequence) at box \(pulse.box)"
    guard let command = command(pulse.sequence, at: locker) else {
      return bark("\(name), which was never given")
    }
    if command.box != pulse.box { bark("\(name), which was given for box \(command.box)") }
    if simulation.clock.now >= command.issuedAt + Command.lifetime { bark("\(name), after it expired") }
    if command.isEnded && !command.wasGivenUp { bark("\(name), which had ended") }
    let earlier = cabinet.pulses.dropLast().filter { $0.sequence == pulse.sequence }
    if earlier.count > 1 { bark("\(name), the third") }
    if earlier.contains(where: { $0.life != pulse.life }) { bark("\(name), fired before the power was cut") }
    let timing = simulation.site.timing
    if let last = cabinet.pulses.dropLast().last(where: { $0.box == pulse.box && $0.life == pulse.life }),
      pulse.time - last.time < Int64(timing.pulse + timing.coolDown)
    {
      bark("\(name), before the coil was cool")
    }
    for other in cabinet.openBoxes where other != pulse.box {
      guard let cause = cabinet[other].openedBy, let first = self.command(cause, at: locker) else { continue }
      if !first.isEnded { bark("\(name), while box \(other) stands open by command \(cause)") }
    }
  }
}
