import Domain
import RPC

/// Where keys are (S6): every move of a key goes through here.
extension Decision {
  /// Why a key moves, for the log.
  struct Move {
    var kind: Event.Kind
    var visit: Visit.ID?
    var handover: Handover.ID?
    var staff: Staff.ID?
    var device: Device.ID?
    var reason = ""
  }

  /// Moves a key and writes it down. Moving it to where it is changes nothing.
  func move(
    _ key: Key, to holder: Custody.Holder, isVerifiedBySensor: Bool = false, _ move: Move, text: String? = nil
  )
    throws
  {
    environment.onTransition?(.custody(key.custody.holder, move.kind))
    guard key.custody.holder != holder else { return }
    var key = key
    let before = key.custody.holder
    key.custody = Custody(holder: holder, since: now, isVerifiedBySensor: isVerifiedBySensor)
    try tx.update(key)
    var event = Event(
      move.kind, at: now, location: key.location, workOrder: key.workOrder, key: key.id, visit: move.visit,
      handover: move.handover, staff: move.staff, device: move.device, reason: move.reason)
    // The box that the key comes from or goes to: a move touches one box at most, except by hand.
    if let box = try box(of: holder) ?? box(of: before) {
      event.compartment = box.number
      event.locker = box.locker
    }
    try record(event, text: text)
    for case .compartment(let id) in [before, holder] {
      guard let box = try tx.compartment(id) else { continue }
      // The key may still lie there: nobody else's is laid beside it (S6), until a person has looked.
      if holder == .uncertain && box.item != .absent { try quarantine(id, .keyMayBeInside) }
      try changed(box.locker)
    }
  }

  private func box(of holder: Custody.Holder) throws -> Compartment? {
    guard case .compartment(let id) = holder else { return nil }
    return try tx.compartment(id)
  }

  /// Nobody can say where the key is: a person has to look (D8, H6).
  func loseSight(of key: Key?, reason: String, visit: Visit.ID? = nil, handover: Handover.ID? = nil) throws {
    guard let key, key.custody.holder != .uncertain else { return }
    try move(
      key, to: .uncertain,
      Move(kind: .custodyUncertain, visit: visit, handover: handover, reason: reason))
  }

  /// A hand-over has it, or a visit is about it.
  func isInMotion(_ key: Key) throws -> Bool {
    if let handover = try tx.activeHandover(of: key.id), handover.state != .queued { return true }
    return try tx.activeVisit(of: key.id, at: key.location) != nil
  }

  func requireNotInMotion(_ key: Key) throws {
    guard try isInMotion(key) else { return }
    throw Failure.precondition(.keyInMotion, "A visit or hand-over has this key; wait until it is over.")
  }

  /// A work order's status follows its keys: the car is in the shop from the first key in the house until all
  /// are with the customer. What is cancelled stays so (C14), and its keys are given back all the same.
  func followKeys(of id: WorkOrder.ID?) throws {
    guard let id, var workOrder = try tx.workOrder(id) else { return }
    let holders = try tx.keys(of: id).map(\.custody.holder)
    switch workOrder.status {
    case .planned, .returned:
      if holders.contains(where: { $0 != .customer && $0 != .uncertain }) { try enterShop(workOrder) }
    case .inShop:
      guard holders.allSatisfy({ $0 == .customer }) else { return }
      workOrder.status = .returned
      try tx.update(workOrder)
    case .cancelled:
      break
    }
  }

  /// D9: the car is in the shop, if it was not before.
  func enterShop(_ workOrder: WorkOrder, visit: Visit.ID? = nil) throws {
    guard workOrder.status == .planned || workOrder.status == .returned else { return }
    var workOrder = workOrder
    workOrder.status = .inShop
    try tx.update(workOrder)
    try record(
      Event(.carInShop, at: now, location: workOrder.location, workOrder: workOrder.id, visit: visit))
  }
}
