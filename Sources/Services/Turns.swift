import Domain

/// W4: who acts next at a locker and at its compartments, from what is stored.
struct Turns {
  private let snapshot: any Snapshot
  private let visit: Visit?
  private let handover: Handover?

  init(at locker: Locker.ID, in snapshot: any Snapshot) throws {
    self.snapshot = snapshot
    visit = try snapshot.activeVisit(at: locker)
    handover = try snapshot.activeHandover(at: locker)
  }

  func next(at locker: Locker, _ boxes: [Compartment], isConnected: Bool) -> Turn {
    let use = visit.map { Turn.Use.visit($0.purpose) } ?? handover.map { _ in .handover }
    return Turn(at: locker, boxes, isConnected: isConnected, use: use)
  }

  func next(at box: Compartment, holding key: Key.ID?) throws -> Turn {
    Turn(at: box, use: use(of: box), content: try content(of: box, key))
  }

  /// A put-back reserves its box while it waits its turn; what takes a key out reserves none.
  private func use(of box: Compartment) -> Turn.Use? {
    if let visit, visit.compartment == box.id { return .visit(visit.purpose) }
    if let handover, handover.compartment == box.id { return .handover }
    guard case .handover = box.reservation else { return nil }
    return .handover
  }

  /// A key that staff put back, or that a pick-up PIN was given for, waits for its customer.
  private func content(of box: Compartment, _ id: Key.ID?) throws -> Turn.Content {
    guard let id, let key = try snapshot.key(id) else { return .nothing }
    let pins = try key.workOrder.map { try snapshot.openPins(for: $0, purpose: .pickUp) } ?? []
    if pins.contains(where: { $0.key == id }) { return .forCustomer(hasPin: true) }
    guard case .handover(let handover) = try snapshot.latestCommand(of: box.id)?.cause,
      try snapshot.handover(handover)?.direction == .putBack
    else { return .droppedOff }
    return .forCustomer(hasPin: false)
  }
}
