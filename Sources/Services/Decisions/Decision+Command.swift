import Core
import Domain
import RPC

/// Commands to open, and what lockers say of them (L2, L3).
extension Decision {
  /// How long a silent controller is given beyond the longest time that its work can take.
  static let reportGrace: Duration = .seconds(5)

  /// Why the locker cannot open a door now; `nil` when it can (S6: one door open per locker).
  func reasonNotToOpen(at locker: Locker) throws -> Failure? {
    // First what people can do something about: the command of a door left open is pending, too.
    if let open = try tx.compartments(of: locker.id).first(where: \.blocksLocker) {
      return .precondition(
        .doorLeftOpen,
        "Compartment \(open.number) of '\(locker.name)' stands open; close it, or let the desk override.")
    }
    if try tx.pendingCommand(at: locker.id) != nil {
      return Failure(
        .unavailable, reason: .lockerBusy,
        "'\(locker.name)' is opening another compartment; try again when it is closed.",
        retryDelay: .seconds(2))
    }
    return nil
  }

  /// Issues the command to open a compartment. Only ever called with the cause that is under way.
  func open(_ id: Compartment.ID?, cause: Command.Cause, person: Command.Person) throws {
    let compartment = try expect(try id.flatMap(tx.compartment), "compartment")
    var locker = try expect(try tx.locker(compartment.locker), "locker")
    if let refusal = try reasonNotToOpen(at: locker) { throw refusal }
    locker.lastCommandSequence += 1
    try tx.update(locker)
    let expiresAt = now + Command.lifetime
    let command = try tx.insert(
      Command(
        locker: locker.id, sequence: locker.lastCommandSequence, compartment: compartment.id, cause: cause,
        person: person, issuedAt: now, expiresAt: expiresAt, judgeAt: expiresAt + Self.reportGrace))
    try record(event(.commandIssued, of: command, at: locker, compartment))
    tx.touch(.commands(locker.id))
    try changed(locker.id)
  }

  /// Takes a command's final outcome, once, and tells its cause.
  ///
  /// - Parameter item: what the item sensor says as the command ends.
  func end(
    _ command: Command, _ outcome: CommandOutcome, refusal: CommandRefusal? = nil, item: ItemState
  ) throws {
    var command = command
    command.outcome = outcome
    command.refusal = outcome == .refused ? (refusal ?? .busy) : nil
    command.endedAt = now
    command.judgeAt = nil
    try tx.update(command)
    let compartment = try expect(try tx.compartment(command.compartment), "compartment")
    let locker = try expect(try tx.locker(command.locker), "locker")
    try record(
      event(.commandEnded, of: command, at: locker, compartment, reason: outcome.rawValue.uppercased()))
    try tell(command.cause, .ended(outcome, item))
    try changed(locker.id)
  }

  /// What a command's cause is told.
  enum News {
    case doorOpened
    case ended(CommandOutcome, ItemState)
  }

  func tell(_ cause: Command.Cause, _ news: News) throws {
    switch cause {
    case .visit(let id):
      let visit = try expect(try tx.visit(id), "visit")
      switch news {
      case .doorOpened: _ = try apply(.doorOpened, to: visit)
      case .ended(let outcome, let item): _ = try apply(.commandEnded(outcome, item: item), to: visit)
      }
    case .handover(let id):
      let handover = try expect(try tx.handover(id), "hand-over")
      switch news {
      case .doorOpened: _ = try apply(.doorOpened, to: handover)
      case .ended(let outcome, let item): _ = try apply(.commandEnded(outcome, item: item), to: handover)
      }
    }
  }

  /// An event about a command, with its cause and person.
  func event(
    _ kind: Event.Kind, of command: Command, at locker: Locker, _ compartment: Compartment,
    reason: String = ""
  ) throws -> Event {
    var event = Event(
      kind, at: now, location: locker.location, locker: locker.id, compartment: compartment.number,
      commandSequence: command.sequence, reason: reason)
    switch command.cause {
    case .visit(let id):
      let visit = try expect(try tx.visit(id), "visit")
      event.visit = id
      event.workOrder = visit.workOrder
      event.key = visit.key
    case .handover(let id):
      let handover = try expect(try tx.handover(id), "hand-over")
      event.handover = id
      event.workOrder = handover.workOrder
      event.key = handover.key
      event.device = handover.tablet
    }
    if case .staff(let staff) = command.person { event.staff = staff }
    return event
  }
}
