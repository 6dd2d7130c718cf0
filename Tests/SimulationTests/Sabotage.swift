import Domain
import Services

/// A fault of the server, planted to see that the simulation finds it.
enum Sabotage: String, Sendable, CaseIterable {
  /// A PIN is not remembered as used.
  case oneTimeCheckForgotten
  /// The controller energises the coil before its journal knows of the command.
  case controllerFiresBeforeRemembering
  /// Answers leave before their decision is on disk.
  case replyBeforeCommit
  /// A key counts as collected as soon as its QR is redeemed.
  case custodyMovesAtRedeem
  /// A visit that times out opens its door.
  case timeOutOpensDoor

  /// Spoils a decision, where this is a fault of the rules.
  func spoil(_ tx: any Transaction) throws {
    switch self {
    case .oneTimeCheckForgotten, .custodyMovesAtRedeem, .timeOutOpensDoor:
      for location in try tx.locations(of: nil) {
        for locker in try tx.lockers(at: location.id) { try spoil(tx, at: locker) }
      }
    case .controllerFiresBeforeRemembering, .replyBeforeCommit: break
    }
  }

  private func spoil(_ tx: any Transaction, at locker: Locker) throws {
    switch self {
    case .oneTimeCheckForgotten:
      guard var pin = try tx.latestVisit(at: locker.id)?.pin.flatMap(tx.pin), pin.state == .used else {
        return
      }
      pin.state = .live
      try tx.update(pin)
    case .custodyMovesAtRedeem:
      guard let handover = try tx.activeHandover(at: locker.id), handover.state == .opening,
        handover.direction == .takeOut, var key = try tx.key(handover.key),
        key.custody.holder == .compartment(handover.compartment)
      else { return }
      key.custody = Custody(holder: .staff(handover.staff), since: key.custody.since)
      try tx.update(key)
    case .timeOutOpensDoor:
      guard let visit = try tx.latestVisit(at: locker.id), visit.state == .timedOut, visit.isFarewellShown,
        let box = visit.compartment, let endedAt = visit.endedAt, try tx.pendingCommand(at: locker.id) == nil,
        try tx.latestCommand(of: box).map({ $0.issuedAt < endedAt }) ?? true
      else { return }
      var locker = locker
      locker.lastCommandSequence += 1
      try tx.update(locker)
      _ = try tx.insert(
        Command(
          locker: locker.id, sequence: locker.lastCommandSequence, compartment: box, cause: .visit(visit.id),
          person: .customer, issuedAt: endedAt, expiresAt: endedAt + Command.lifetime,
          judgeAt: endedAt + Command.lifetime + .seconds(5)))
      tx.touch(.commands(locker.id))
    case .controllerFiresBeforeRemembering, .replyBeforeCommit: break
    }
  }
}
