public import API
import Core
public import Domain
public import RPC

/// A customer at the kiosk (D1–D9, P1). The contract is `Protos/latchkey/v1/kiosk.proto`.
public struct KioskService: Sendable {
  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  public func watchKiosk(
    _ request: ProtoWatchKioskRequest, _ context: CallContext
  ) throws -> TopicWatch<ProtoWatchKioskResponse> {
    let locker = try Self.locker(of: context)
    return TopicWatch(environment.signals, .kiosk(locker), after: request.afterRevision) { revision, stream in
      let view = try currentView(of: locker)
      guard view.revision > revision else { return revision }
      try await stream.send(.with { $0.view = view })
      return view.revision
    }
  }

  /// What the screens of a locker show now, the hand-over's token included: for those screens only.
  public func currentView(of locker: Locker.ID) throws -> ProtoKioskView {
    try environment.readNow { try KioskView(of: locker, in: $0, environment).withToken() }
  }

  public func startVisit(
    _ request: ProtoStartVisitRequest, _ context: CallContext
  ) async throws -> ProtoStartVisitResponse {
    let id = try Self.locker(of: context)
    guard let purpose = Visit.Purpose(request.purpose) else {
      throw Failure.invalid("purpose", "drop off, pick up or open box")
    }
    return try await environment.mutate(request, id: request.requestID, context) { decision, _ in
      let locker = try decision.expect(try decision.tx.locker(id), "locker")
      if let refusal = try decision.reasonNotToStart(purpose, at: locker) { throw refusal }
      let limits = try decision.expect(try decision.tx.location(locker.location), "location").limits
      let visit = try decision.tx.insert(
        Visit(
          locker: id, purpose: purpose, startedAt: decision.now, warningAfter: limits.warning,
          endAfter: limits.end))
      try decision.record(
        Event(
          .visitStarted, at: decision.now, location: locker.location, locker: id, visit: visit.id,
          reason: purpose.rawValue.uppercased()))
      try decision.changed(id)
      return .accepted(try .with { $0.view = try decision.view(of: id) })
    }
  }

  public func chooseAppointment(
    _ request: ProtoChooseAppointmentRequest, _ context: CallContext
  ) async throws -> ProtoChooseAppointmentResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, _ in
      let choice = WorkOrder.ID(rawValue: request.workOrderID)
      var chosen = try decision.apply(.chose(choice), to: visit)
      // Since the choices were shown, the work order may have been cancelled or its key handed in elsewhere.
      guard try decision.tx.workOrder(choice)?.status != .cancelled else {
        throw Failure(Visit.Refusal.noMatch)
      }
      chosen.key = try decision.keyToHandIn(of: choice)
      try decision.tx.update(chosen)
      return chosen
    } response: { view in
      .with { $0.view = view }
    }
  }

  public func saveContact(
    _ request: ProtoSaveContactRequest, _ context: CallContext
  ) async throws -> ProtoSaveContactResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, location in
      let after = try decision.apply(.savedContact, to: visit)
      var workOrder = try decision.expect(try visit.workOrder.flatMap(decision.tx.workOrder), "work order")
      let typed = request.additionalPhone
      guard !typed.isEmpty || workOrder.additionalPhone != nil else { return after }
      let phone = Phone(parsing: typed, country: location.country)
      if phone == nil && !typed.isEmpty {
        throw Failure(
          .invalidArgument, reason: .invalidPhone, "This is no phone number; check it, or leave it empty.",
          violations: [.init(field: "additional_phone", description: "a phone number, in any notation")])
      }
      workOrder.additionalPhone = phone
      try decision.tx.update(workOrder)
      try decision.record(
        Event(
          .contactChanged, at: decision.now, location: location.id, workOrder: workOrder.id, visit: visit.id,
          reason: phone == nil ? "PHONE_REMOVED" : "PHONE_ADDED"),
        text: phone?.e164)
      return after
    } response: { view in
      .with { $0.view = view }
    }
  }

  public func validateAppointment(
    _ request: ProtoValidateAppointmentRequest, _ context: CallContext
  ) async throws -> ProtoValidateAppointmentResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, location in
      guard visit.state == .validating else { return try decision.apply(.validated, to: visit) }
      try decision.validate(request, visit: visit, at: location)
      return try decision.apply(.validated, to: visit)
    } response: { view in
      .with { $0.view = view }
    }
  }

  public func confirmDrop(
    _ request: ProtoConfirmDropRequest, _ context: CallContext
  ) async throws -> ProtoConfirmDropResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, _ in
      try decision.apply(.confirmed(item: try decision.item(of: visit)), to: visit)
    } response: { view in
      .with { $0.view = view }
    }
  }

  public func reopenCompartment(
    _ request: ProtoReopenCompartmentRequest, _ context: CallContext
  ) async throws -> ProtoReopenCompartmentResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, _ in
      try decision.apply(.reopened, to: visit)
    } response: { view in
      .with { $0.view = view }
    }
  }

  public func abortVisit(
    _ request: ProtoAbortVisitRequest, _ context: CallContext
  ) async throws -> ProtoAbortVisitResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, _ in
      try decision.apply(.aborted(item: try decision.item(of: visit)), to: visit)
    } response: { view in
      .with { $0.view = view }
    }
  }

  public func extendVisit(
    _ request: ProtoExtendVisitRequest, _ context: CallContext
  ) async throws -> ProtoExtendVisitResponse {
    try await touch(request, request.requestID, request.visitID, context) { decision, visit, _ in
      try decision.apply(.touched, to: visit)
    } response: { view in
      .with { $0.view = view }
    }
  }

  // MARK: What all touches share

  /// Controller and screens belong to one locker.
  static func locker(of context: CallContext) throws -> Locker.ID {
    guard let locker = context.connection.caller.locker else { throw Failure.notFound("locker") }
    return locker
  }

  /// One touch of the visit under way: decided, stored, answered with the view that follows.
  func touch<Request: WireMessage, Response: WireMessage>(
    _ request: Request, _ requestID: String, _ visitID: Int64, _ context: CallContext,
    _ body: @escaping @Sendable (Decision, Visit, Location) throws -> Visit,
    response: @escaping @Sendable (ProtoKioskView) -> Response
  ) async throws -> Response {
    try await enter(request, requestID, visitID, context) { decision, visit, location in
      _ = try body(decision, visit, location)
      return .accepted(response(try decision.view(of: visit.locker)))
    }
  }

  /// The same for touches that may be refused with something to remember.
  func enter<Request: WireMessage, Response: WireMessage>(
    _ request: Request, _ requestID: String, _ visitID: Int64, _ context: CallContext,
    _ body: @escaping @Sendable (Decision, Visit, Location) throws -> Answer<Response>
  ) async throws -> Response {
    let locker = try Self.locker(of: context)
    return try await environment.mutate(request, id: requestID, context) { decision, _ in
      guard let visit = try decision.tx.activeVisit(at: locker), visit.id.rawValue == visitID else {
        throw Failure(Visit.Refusal.visitOver)
      }
      let place = try decision.expect(try decision.tx.locker(locker), "locker")
      let location = try decision.expect(try decision.tx.location(place.location), "location")
      return try body(decision, visit, location)
    }
  }
}

extension Decision {
  /// What both screens show once this decision is stored. Never holds a hand-over's token.
  func view(of locker: Locker.ID) throws -> ProtoKioskView {
    try KioskView(of: locker, in: tx, environment, at: now).view
  }

  /// What the item sensor of the visit's box says.
  func item(of visit: Visit) throws -> ItemState {
    try visit.compartment.flatMap(tx.compartment)?.item ?? .unknown
  }

  /// D1, D7: why no visit can start now; `nil` when one can.
  func reasonNotToStart(_ purpose: Visit.Purpose, at locker: Locker) throws -> Failure? {
    guard locker.isActive else {
      return .precondition(.lockerInactive, "'\(locker.name)' is out of service; please use the desk.")
    }
    guard environment.sessions.isConnected(locker.id) else {
      return Failure(
        .unavailable, reason: .lockerOffline,
        "The locks of '\(locker.name)' do not answer; please use the desk.")
    }
    guard try tx.activeVisit(at: locker.id) == nil else {
      return .precondition(.visitInProgress, "Somebody is being served at '\(locker.name)'.")
    }
    guard try tx.activeHandover(at: locker.id) == nil else {
      return .precondition(.handoverInProgress, "A colleague is at '\(locker.name)'; it takes a minute.")
    }
    if let refusal = try reasonNotToOpen(at: locker) { return refusal }
    if try purpose == .dropOff && tx.freeCompartment(of: locker.id) == nil {
      return Self.noFreeCompartment(at: locker)
    }
    return nil
  }

  /// The key of a work order that its customer can drop: the first that is not in custody.
  func keyToDrop(of workOrder: WorkOrder.ID) throws -> Key.ID? {
    try tx.keys(of: workOrder).first { $0.custody.holder == .customer }?.id
  }

  /// S6: the same, for a visit that takes it: another visit must not be about it.
  func keyToHandIn(of workOrder: WorkOrder.ID) throws -> Key.ID {
    let keys = try tx.keys(of: workOrder).filter { $0.custody.holder == .customer }
    guard let key = try keys.first(where: { try !isInMotion($0) }) ?? keys.first else {
      throw Failure.precondition(.keyAlreadyDropped, "The key of this appointment was handed in already.")
    }
    try requireNotInMotion(key)
    return key.id
  }

  /// D6: stores what the customer agrees with.
  func validate(_ request: ProtoValidateAppointmentRequest, visit: Visit, at location: Location) throws {
    let workOrder = try expect(visit.workOrder, "work order")
    let name = request.name.trimmed
    if let fault = name.fault(maximum: WorkOrderDraft.maximumNameCharacters, isRequired: true) {
      throw Failure(
        .invalidArgument, reason: .nameRequired, "Enter your name.",
        violations: [.init(field: "name", description: fault)])
    }
    let remark = request.remark.trimmed
    if let fault = remark.fault(maximum: WorkOrderDraft.maximumRemarkCharacters, mayHaveLines: true) {
      throw Failure.invalid("remark", fault)
    }
    let agreements = try tx.agreements(at: location.id, shownIn: .kiosk)
    let accepted = Set(request.acceptedAgreementIds)
    guard accepted.isSubset(of: agreements.map(\.id.rawValue)) else {
      throw Failure.precondition(
        .unknownAgreement, "An agreement that is not on the screen; draw the newest view.")
    }
    if let missing = agreements.first(where: { $0.isMandatory && !accepted.contains($0.id.rawValue) }) {
      throw Failure.precondition(.agreementRequired, "'\(missing.title)' has to be accepted to go on.")
    }
    let interventions = try tx.interventions(of: workOrder)
    let agreed = Set(request.agreedInterventionIds)
    guard agreed.isSubset(of: interventions.map(\.id.rawValue)) else {
      throw Failure.precondition(
        .unknownIntervention, "Work that is not on the screen; draw the newest view.")
    }
    for var planned in interventions
    where planned.intervention.isAgreed != agreed.contains(planned.id.rawValue) {
      planned.intervention.isAgreed.toggle()
      try tx.update(planned)
    }
    func event(_ kind: Event.Kind) -> Event {
      Event(kind, at: now, location: location.id, workOrder: workOrder, visit: visit.id)
    }
    for agreement in agreements where accepted.contains(agreement.id.rawValue) {
      try tx.accept(agreement.id, for: workOrder, visit: visit.id, at: now)
      try record(event(.agreementAccepted), text: agreement.title)
    }
    try record(event(.appointmentValidated), text: name)
    if !remark.isEmpty { try record(event(.remarkAdded), text: remark) }
  }
}
