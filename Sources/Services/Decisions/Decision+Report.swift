import Core
import Domain
import RPC

/// What controllers report, judged by the same lock machine that they drive their locks with (L3).
extension Decision {
  /// Takes one line. Throws what the contract refuses as a whole.
  func take(_ report: LockReport, of locker: Locker.ID) throws {
    guard let compartment = try tx.compartment(report.compartment, of: locker) else {
      throw Failure(
        .permissionDenied, reason: .notYourCompartment,
        "This locker has no compartment \(report.compartment).")
    }
    var command: Command?
    if let sequence = report.command {
      command = try tx.command(sequence, at: locker)
      guard command?.compartment == compartment.id else {
        throw Failure(
          .permissionDenied, reason: .notYourCommand,
          "Command \(sequence) was not given for compartment \(report.compartment) of this locker.")
      }
    }
    switch report.content {
    case .event(let event): try take(event, at: compartment, command)
    case .outcome(let outcome, let refusal):
      guard let command else { return }
      try take(outcome, refusal, item: report.item, of: command, at: compartment)
    }
  }

  /// - Parameter command: the cause, perhaps one that has ended long ago.
  private func take(_ event: LockEvent, at compartment: Compartment, _ command: Command?) throws {
    let pending = command.flatMap { $0.outcome == nil ? $0 : nil }
    switch event {
    case .accepted:
      guard let pending, pending.progress < .accepted else { return }
      try advance(pending, to: .accepted)
      try mirror(
        .unlock(command: pending.sequence, expiresAt: pending.expiresAt + Self.reportGrace), at: compartment,
        pending)
    case .fired:
      guard let pending, pending.progress < .fired else { return }
      try advance(pending, to: .fired)
    case .doorOpened:
      try mirror(.door(isOpen: true), at: compartment, command)
    case .forced:
      // No command opened this door, whatever is under way.
      try mirror(.door(isOpen: true), at: compartment, nil)
    case .doorClosed, .foundClosed:
      try mirror(.door(isOpen: false), at: compartment, command)
    case .itemIn, .itemOut:
      try sensed(event == .itemIn ? .present : .absent, at: compartment, pending)
    case .leftOpen:
      try alarm(.doorLeftOpen, at: compartment)
    case .boardError:
      try alarm(.boardFailed, at: compartment)
      try loseReadings(of: compartment)
    }
  }

  /// A command goes forward. Silence is judged anew: the longest honest work, and grace.
  private func advance(_ command: Command, to progress: Command.Progress) throws {
    var command = command
    command.progress = progress
    if progress < .opened {
      let timing = try expect(try tx.locker(command.locker), "locker").timing
      let work: Duration = .milliseconds(2 * timing.openWindow + 2 * timing.coolDown + timing.debounce)
      command.judgeAt = now + work + Self.reportGrace
    } else {
      command.judgeAt = nil
    }
    try tx.update(command)
  }

  /// Feeds the compartment's mirror and does what it says: the mirror decides whether an open door is the
  /// command's, or forced.
  ///
  /// - Parameter command: what the controller names as the cause, perhaps ended long ago.
  private func mirror(_ input: Lock.Input, at compartment: Compartment, _ command: Command?) throws {
    let locker = try expect(try tx.locker(compartment.locker), "locker")
    var compartment = compartment
    var lock = Lock(saved: compartment.mirror) ?? Lock()
    let config = locker.timing.mirrored
    if case .unlock = input {
      // The controller took the command, so its own reading was a closed, cool lock.
      lock = Lock()
      _ = lock.apply(.door(isOpen: false), config: config, at: now)
    }
    let outputs = lock.apply(input, config: config, at: now)
    compartment.mirror = lock.saved
    if case .door(let isOpen) = input {
      compartment.door = isOpen ? .open : .closed
      if !isOpen { compartment.isDoorOverridden = false }
    }
    try tx.update(compartment)
    try changed(locker.id)
    for output in outputs { try obey(output, at: compartment, locker, command) }
    if input == .door(isOpen: false) { try giveTurn(at: locker.id) }
  }

  private func obey(
    _ output: Lock.Output, at compartment: Compartment, _ locker: Locker, _ command: Command?
  ) throws {
    switch output {
    case .event(.doorOpened, let sequence, _):
      // The mirror waits for a command that has ended, or that by its controller did not open this door.
      guard let command, command.sequence == sequence, command.outcome == nil else {
        return try opened(compartment, after: command)
      }
      var opened = compartment
      opened.openings += 1
      try tx.update(opened)
      try advance(command, to: .opened)
      try tell(command.cause, .doorOpened)
    case .event(.forced, _, _):
      try opened(compartment, after: command)
    case .event(.doorClosed, _, _):
      if var command, command.outcome == nil, command.progress == .opened {
        // Its outcome follows at once, or its controller is gone.
        command.judgeAt = now + Self.reportGrace
        try tx.update(command)
      }
      try record(
        Event(
          .doorClosed, at: now, location: locker.location, locker: locker.id, compartment: compartment.number,
          commandSequence: command?.sequence))
    case .event(.accepted, _, _), .event(.fired, _, _), .event(.itemIn, _, _), .event(.itemOut, _, _),
      .event(.leftOpen, _, _), .event(.boardError, _, _), .event(.foundClosed, _, _), .pulse, .outcome:
      // The mirror fires nothing, a door left open is its controller's alarm, and a command's outcome is what
      // its controller reports or silence makes it.
      break
    }
  }

  /// A door that no command under way opened: unless the sensor still sees the key, nobody knows where it is.
  private func opened(_ compartment: Compartment, after command: Command?) throws {
    // For a command that was given up as unknown, the news come late and are no alarm.
    let isLate =
      try command?.outcome == .unknown
      && tx.latestCommand(of: compartment.id)?.sequence == command?.sequence
    if !isLate { try alarm(.doorForced, at: compartment) }
    if compartment.item != .present {
      try loseSight(of: try tx.key(in: compartment.id), reason: "DOOR_FORCED")
    }
    // No sensor will say what is laid in now.
    if compartment.item == .unknown { try mayBeLaidIn(at: compartment) }
  }

  /// How long after a jam somebody may still stand before the door with the key. Long: one who has gone and a
  /// controller that could not report cannot be told apart, and a key that is looked for in vain is no harm.
  static let layInTime: Duration = .seconds(60 * 60)

  /// A door that jammed is open all the same: whoever stood there with a key to lay in may do so, though the command
  /// is over (D7, H3). Nobody can tell from here; a person has to look. A key that has moved since, perhaps into
  /// another box, is where it was last seen.
  private func mayBeLaidIn(at compartment: Compartment) throws {
    guard try tx.key(in: compartment.id) == nil, let command = try tx.latestCommand(of: compartment.id),
      command.outcome == .jammed, let endedAt = command.endedAt, now < endedAt + Self.layInTime,
      let key = try keyToLayIn(by: command), key.custody.since <= command.issuedAt, try !isInMotion(key)
    else { return }
    if case .compartment = key.custody.holder { return }
    try quarantine(compartment.id, .keyMayBeInside)
    try loseSight(of: key, reason: "OPENED_AFTER_JAM")
  }

  private func keyToLayIn(by command: Command) throws -> Key? {
    switch command.cause {
    case .visit(let id):
      guard let visit = try tx.visit(id), visit.purpose == .dropOff else { return nil }
      return try visit.key.flatMap(tx.key)
    case .handover(let id):
      guard let handover = try tx.handover(id), handover.direction == .putBack else { return nil }
      return try tx.key(handover.key)
    }
  }

  private func alarm(_ kind: Event.Kind, at compartment: Compartment) throws {
    let locker = try expect(try tx.locker(compartment.locker), "locker")
    try record(
      Event(
        kind, at: now, location: locker.location, key: try tx.key(in: compartment.id)?.id, locker: locker.id,
        compartment: compartment.number))
    try changed(locker.id)
  }

  /// Nobody reads the sensors any more, so nothing is known of them: such a box is not given out.
  private func loseReadings(of compartment: Compartment) throws {
    var compartment = compartment
    if compartment.door == .closed { compartment.door = .unread }
    compartment.item = .unknown
    try tx.update(compartment)
  }

  /// What an item sensor says. A key that leaves a box whose door no command has opened is gone: also while one
  /// is under way that has not opened it yet.
  private func sensed(_ item: ItemState, at compartment: Compartment, _ pending: Command?) throws {
    var compartment = compartment
    guard compartment.item != item else { return }
    compartment.item = item
    try tx.update(compartment)
    try changed(compartment.locker)
    guard pending?.progress != .opened else { return }
    switch item {
    case .absent: try loseSight(of: try tx.key(in: compartment.id), reason: "TAKEN_WITHOUT_COMMAND")
    case .present: try mayBeLaidIn(at: compartment)
    case .unknown: break
    }
  }

  /// A reported outcome, believed as far as it fits what was reported before.
  private func take(
    _ claimed: CommandOutcome, _ refusal: CommandRefusal?, item: ItemState, of command: Command,
    at compartment: Compartment
  ) throws {
    // The first outcome is the final one: a late report changes nothing (L2).
    guard command.outcome == nil else { return }
    if item != .unknown {
      var compartment = compartment
      compartment.item = item
      try tx.update(compartment)
    }
    let outcome = command.judge(claimed, door: compartment.door)
    try end(command, outcome, refusal: refusal, item: item)
  }

  /// L3: what stays silent ends unknown. Even a command that was never accepted may have been carried out by
  /// a controller that could not say so.
  func judgeSilence(of command: Command) throws {
    let compartment = try expect(try tx.compartment(command.compartment), "compartment")
    try end(command, .unknown, item: compartment.item)
  }
}

extension Command {
  /// What a claimed outcome is worth: one that contradicts what was reported before it is no knowledge.
  func judge(_ claimed: CommandOutcome, door: Compartment.Door) -> CommandOutcome {
    switch claimed {
    case .openedAndClosed: progress == .opened && door == .closed ? claimed : .unknown
    case .jammed: progress == .fired ? claimed : .unknown
    case .refused, .expired: progress < .fired ? claimed : .unknown
    case .unknown: .unknown
    }
  }
}

extension LockTiming {
  /// The mirror hears of things late, and sensors are debounced before they are reported.
  var mirrored: LockTiming {
    var timing = self
    timing.openWindow = 10_000
    timing.coolDown = max(coolDown, 500)
    timing.debounce = 0
    return timing
  }
}
