public import Domain

/// A new epoch: what a restored database becomes before anybody is served from it (S8).
///
/// After the backup the server that made it went on: it gave PINs, opened boxes and moved keys, and nobody here knows of
/// it. So whatever was under way ends, nothing is given or done a second time, and people look where the keys are. What
/// becomes of each table stands in `EpochTests`.
extension Decision {
  func startEpoch(_ reason: Epoch.Reason) throws -> Epoch {
    let locations = try tx.locations(of: nil).map(\.id)
    let given = try locations.flatMap(tx.lockers(at:)).map(\.lastCommandSequence).max() ?? 0
    let epoch = Epoch(after: try tx.latestEpoch(), at: now, reason, given: given)
    try tx.begin(epoch)
    for location in locations {
      try record(Event(.epochStarted, at: now, location: location, reason: reason.rawValue.uppercased()))
      try endSignIns(at: location)
      for locker in try tx.lockers(at: location) { try begin(epoch, at: locker.id) }
    }
    // Last, because ending visits gives PINs back.
    for pin in try tx.overduePins(at: Instant(milliseconds: .max), limit: .max) { try end(pin, as: .revoked) }
    try tx.forgetEpoch(at: now)
    for location in locations { try askForStockTaking(at: location) }
    tx.touch(.rights)
    return epoch
  }

  /// Who was signed in signs in anew: who may have changed since.
  private func endSignIns(at location: Location.ID) throws {
    for var device in try tx.devices(at: location) where device.signedIn != nil {
      device.signedIn = nil
      try tx.update(device)
    }
  }

  /// Ends what is under way at a locker, and lets its commands go on far beyond all numbers of before.
  private func begin(_ epoch: Epoch, at id: Locker.ID) throws {
    // Those who wait first, so that none has its turn.
    while let queued = try tx.nextQueuedHandover(at: id) { _ = try apply(.cancelled, to: queued) }
    // Ends its visit or hand-over, too.
    if let command = try tx.pendingCommand(at: id) { try judgeSilence(of: command) }
    if let shown = try tx.activeHandover(at: id) { _ = try apply(.cancelled, to: shown) }
    if var visit = try tx.activeVisit(at: id) {
      // As if nobody had touched the screen for long: that never opens a door (D8).
      visit.lastTouch = now - visit.endAfter
      _ = try apply(.tick(item: try item(of: visit)), to: visit)
    }
    if let call = try tx.openHelpCall(at: id) { _ = try apply(.visitEnded, to: call) }
    var locker = try expect(try tx.locker(id), "locker")
    locker.lastCommandSequence = epoch.lastCommandSequence
    // Screens and desks that knew the lost server know none as high.
    locker.revision = max(locker.revision, epoch.startedAt.milliseconds)
    try tx.update(locker)
    try changed(id)
  }

  /// Keys stay where they were last known to be, and are to be looked for there. A box without one may hold one by
  /// now: it is given out when somebody has looked (S6).
  private func askForStockTaking(at location: Location.ID) throws {
    try record(Event(.stockTakingNeeded, at: now, location: location))
    for key in try tx.keysInCustody(at: location) {
      try record(
        Event(.stockTakingNeeded, at: now, location: location, workOrder: key.workOrder, key: key.id))
    }
    for locker in try tx.lockers(at: location) {
      let occupied = try tx.occupied(in: locker.id)
      for box in try tx.compartments(of: locker.id) where occupied[box.id] == nil {
        try quarantine(box.id, .keyMayBeInside)
      }
    }
  }
}

extension Environment {
  /// Starts a new epoch, in one transaction. Before anybody is served.
  public func startEpoch(_ reason: Epoch.Reason) async throws -> Epoch {
    try await decide(at: clock.now) { try $0.startEpoch(reason) }
  }
}
