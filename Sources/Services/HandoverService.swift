public import API
import Core
import Domain
public import RPC

/// Keys out of a locker and back by QR (H1–H5). The contract is `Protos/latchkey/v1/handover.proto`.
public struct HandoverService: Sendable {
  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  public func requestHandover(
    _ request: ProtoRequestHandoverRequest, _ context: CallContext
  ) async throws -> ProtoRequestHandoverResponse {
    guard let direction = Handover.Direction(request.direction) else {
      throw Failure.invalid("direction", "take out or put back")
    }
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let (workOrder, location) = try decision.tx.workOrder(request.workOrderID, for: caller)
      let handover =
        switch direction {
        case .takeOut: try decision.requestTakeOut(of: workOrder, at: location, by: caller)
        case .putBack:
          try decision.requestPutBack(of: workOrder, into: request.lockerID, at: location, by: caller)
        }
      try decision.record(decision.event(.handoverRequested, of: handover))
      try decision.giveTurn(at: handover.locker)
      return .accepted(try .with { $0.handover = try decision.proto(handover.id) })
    }
  }

  public func redeemHandover(
    _ request: ProtoRedeemHandoverRequest, _ context: CallContext
  ) async throws -> ProtoRedeemHandoverResponse {
    // Decisions run one at a time, so the signature is looked at before.
    let claims = context.connection.caller.device.flatMap {
      HandoverToken.claims(in: request.token, for: $0, environment.secrets.signing.publicKey)
    }
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let (handover, _) = try decision.tx.handover(request.handoverID, for: caller)
      if let refusal = try decision.redeem(request.token, claims, of: handover, by: caller) {
        try decision.record(
          Event(
            .handoverRefused, at: decision.now, location: handover.location, workOrder: handover.workOrder,
            key: handover.key, locker: handover.locker, handover: handover.id, by: caller,
            reason: refusal.reason.rawValue))
        return .refused(refusal)
      }
      return .accepted(try .with { $0.handover = try decision.proto(handover.id) })
    }
  }

  public func cancelHandover(
    _ request: ProtoCancelHandoverRequest, _ context: CallContext
  ) async throws -> ProtoCancelHandoverResponse {
    let caller = context.connection.caller
    return try await environment.decide(at: environment.clock.now) { decision in
      let (handover, _) = try decision.tx.handover(request.handoverID, for: caller)
      guard handover.tablet == caller.device else { throw Failure.notFound("hand-over") }
      if handover.state != .cancelled { _ = try decision.apply(.cancelled, to: handover) }
      return try .with { $0.handover = try decision.proto(handover.id) }
    }
  }

  public func watchHandover(
    _ request: ProtoWatchHandoverRequest, _ context: CallContext
  ) -> TopicWatch<ProtoWatchHandoverResponse> {
    let caller = context.connection.caller
    let id = Handover.ID(rawValue: request.handoverID)
    return TopicWatch(environment.signals, .handover(id), after: request.afterRevision) { revision, stream in
      let (handover, isOver) = try environment.readNow { snapshot in
        let (handover, _) = try snapshot.handover(request.handoverID, for: caller)
        return (try ProtoHandover(handover, in: snapshot), handover.state.isOver)
      }
      if handover.revision > revision { try await stream.send(.with { $0.handover = handover }) }
      return isOver ? nil : max(revision, handover.revision)
    }
  }
}

extension Decision {
  func proto(_ id: Handover.ID) throws -> ProtoHandover {
    try ProtoHandover(try expect(try tx.handover(id), "hand-over"), in: tx)
  }

  /// H1: the key says which locker and box.
  func requestTakeOut(of workOrder: WorkOrder, at location: Location, by caller: Caller) throws -> Handover {
    let boxed = try tx.keys(of: workOrder.id).compactMap { key -> (Key, Compartment.ID)? in
      guard case .compartment(let id) = key.custody.holder else { return nil }
      return (key, id)
    }
    guard let (key, id) = try boxed.first(where: { try tx.activeHandover(of: $0.0.id) == nil }) else {
      if boxed.isEmpty {
        throw Failure.precondition(.noKeyInLocker, "No key of this work order is in a locker.")
      }
      throw Failure.precondition(.handoverInProgress, "Another tablet is taking this key out.")
    }
    let box = try expect(try tx.compartment(id), "compartment")
    if let quarantine = box.quarantine { throw Self.quarantined(box, quarantine) }
    let locker = try expect(try tx.locker(box.locker), "locker")
    try requireConnected(locker)
    return try insert(.takeOut, of: key, workOrder, at: location, locker, box, by: caller)
  }

  /// H5: a free box of the locker that the caller names.
  func requestPutBack(
    of workOrder: WorkOrder, into lockerID: Int64, at location: Location, by caller: Caller
  ) throws -> Handover {
    let (locker, _) = try tx.locker(lockerID, for: caller)
    guard locker.location == location.id else { throw Failure.notFound("locker") }
    guard locker.isActive else {
      throw Failure.precondition(
        .lockerInactive, "'\(locker.name)' is out of service; choose another locker.")
    }
    let held = try tx.keys(of: workOrder.id).filter(\.isInHouse)
    guard let key = try held.first(where: { try tx.activeHandover(of: $0.id) == nil }) else {
      if held.isEmpty {
        throw Failure.precondition(.noKeyWithStaff, "No key of this work order is with staff or at the desk.")
      }
      throw Failure.precondition(.handoverInProgress, "Another tablet is putting this key back.")
    }
    try requireConnected(locker)
    // Reserved in the hand-over's name, so the hand-over has to be there first.
    guard var box = try tx.freeCompartment(of: locker.id) else { throw Self.noFreeCompartment(at: locker) }
    let handover = try insert(.putBack, of: key, workOrder, at: location, locker, box, by: caller)
    box.reservation = .handover(handover.id)
    try tx.update(box)
    return handover
  }

  private func insert(
    _ direction: Handover.Direction, of key: Key, _ workOrder: WorkOrder, at location: Location,
    _ locker: Locker,
    _ box: Compartment, by caller: Caller
  ) throws -> Handover {
    guard let tablet = caller.device, let staff = caller.staff else { throw Failure.notFound("tablet") }
    return try tx.insert(
      Handover(
        location: location.id, workOrder: workOrder.id, key: key.id, locker: locker.id, compartment: box.id,
        direction: direction, tablet: tablet, staff: staff, requestedAt: now))
  }

  private func requireConnected(_ locker: Locker) throws {
    guard environment.sessions.isConnected(locker.id) else {
      throw Failure(
        .unavailable, reason: .lockerOffline,
        "The locks of '\(locker.name)' do not answer; check the controller.")
    }
  }

  private static func quarantined(_ box: Compartment, _ quarantine: Quarantine) -> Failure {
    .precondition(
      .compartmentQuarantined,
      "Compartment \(box.number) is out of service (\(quarantine.rawValue)); the desk has to look at it.")
  }

  /// H2, H3: redeems a token. Returns the refusal, which is logged; `nil` when the box is about to open.
  ///
  /// - Parameter claims: what the token says to this tablet; `nil` when it is none for it.
  func redeem(
    _ token: String, _ claims: HandoverClaims?, of handover: Handover, by caller: Caller
  ) throws -> Failure? {
    guard let tablet = caller.device else { throw Failure.notFound("tablet") }
    guard handover.state != .queued else { return Failure(Handover.Refusal.notShown) }
    guard let claims else {
      let key = environment.secrets.signing.publicKey
      let isAnotherTablets =
        tablet != handover.tablet && HandoverToken.claims(in: token, for: handover.tablet, key) != nil
      return isAnotherTablets
        ? .precondition(
          .qrOtherTablet, "This QR is for the tablet that asked for it; ask for one of your own.")
        : .precondition(.qrNotValid, "This is no QR of this hand-over; scan the one on the locker's screen.")
    }
    let box = try expect(try tx.compartment(handover.compartment), "compartment")
    guard claims.handover == handover.id.rawValue, claims.locker == handover.locker.rawValue,
      claims.compartment == box.number, claims.exp == handover.expiresAt?.milliseconds
    else {
      return .precondition(.qrNotValid, "This QR belongs to another hand-over; scan the one on the screen.")
    }
    // The key goes to the one who asked: whoever signed in on the tablet since then asks anew.
    guard caller.staff == handover.staff else {
      return .precondition(
        .qrNotValid, "Somebody else asked for this QR on this tablet; ask for one of your own.")
    }
    // The state machine has the last word; ask it before asking the locker, so that "redeemed already" and
    // "expired" are said even while the locker is busy.
    do {
      var trial = handover
      environment.onTransition?(.handover(handover.state, .redeemed))
      _ = try trial.apply(.redeemed, at: now)
    } catch {
      return Failure(error)
    }
    if let quarantine = box.quarantine { return Self.quarantined(box, quarantine) }
    // Since it was shown, its door may have been forced: who opens it now would answer for an empty box.
    guard try isKeyStillThere(for: handover) else {
      return .precondition(.noKeyInLocker, "Nobody knows where this key is any more; the desk has to look.")
    }
    let locker = try expect(try tx.locker(handover.locker), "locker")
    // A command that nobody takes would end unknown, and the box in quarantine; the QR can be shown anew.
    try requireConnected(locker)
    if let refusal = try reasonNotToOpen(at: locker) { throw refusal }
    try record(event(.handoverRedeemed, of: handover))
    _ = try apply(.redeemed, to: handover)
    return nil
  }
}
