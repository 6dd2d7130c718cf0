public import API
import Core
public import Domain
public import RPC
public import Services

/// One touch of a kiosk's screen.
public enum KioskTouch: Hashable, Sendable {
  case pin(String, plate: String = "")
  case number(String)
  case choose(ProtoWorkOrder)
  case contact(String = "")
  case validate(agreed: [Int64] = [], accepted: [Int64] = [], name: String = "Driver", remark: String = "")
  case confirm
  case reopen
  case abort
  case extend
}

/// How far a customer has come with dropping off a key.
public enum DropStage: Sendable, CaseIterable {
  case authenticate
  case choose
  case contact
  case validate
  case opening
  case doorOpen
  case doorClosed
  /// The visit was given up: the door is about to open,
  case givingBack
  /// and is open.
  case givingBackOpen
  case done
}

// MARK: Touches

extension Workshop {
  /// Touches the screen.
  ///
  /// - Parameters:
  ///   - visit: the visit on the screen, as the view names it.
  ///   - requestID: an earlier one, to repeat a touch; a new one where there is none.
  @discardableResult
  public func touch(
    _ touch: KioskTouch, _ visit: Int64, requestID: String? = nil
  ) async throws -> ProtoKioskView {
    let id = requestID ?? world.requestID
    let kiosk = world.kiosk
    let context = screen.context
    switch touch {
    case .pin(let pin, let plate):
      return try await kiosk.enterPin(
        .with { ($0.requestID, $0.visitID, $0.pin, $0.plate) = (id, visit, pin, plate) }, context
      ).view
    case .number(let number):
      return try await kiosk.enterNumber(
        .with { ($0.requestID, $0.visitID, $0.number) = (id, visit, number) }, context
      ).view
    case .choose(let workOrder):
      return try await kiosk.chooseAppointment(
        .with { ($0.requestID, $0.visitID, $0.workOrderID) = (id, visit, workOrder.workOrderID) }, context
      ).view
    case .contact(let phone):
      return try await kiosk.saveContact(
        .with { ($0.requestID, $0.visitID, $0.additionalPhone) = (id, visit, phone) }, context
      ).view
    case .validate(let agreed, let accepted, let name, let remark):
      return try await kiosk.validateAppointment(
        .with {
          ($0.requestID, $0.visitID, $0.name, $0.remark) = (id, visit, name, remark)
          ($0.agreedInterventionIds, $0.acceptedAgreementIds) = (agreed, accepted)
        }, context
      ).view
    case .confirm:
      return try await kiosk.confirmDrop(.with { ($0.requestID, $0.visitID) = (id, visit) }, context).view
    case .reopen:
      return try await kiosk.reopenCompartment(.with { ($0.requestID, $0.visitID) = (id, visit) }, context)
        .view
    case .abort:
      return try await kiosk.abortVisit(.with { ($0.requestID, $0.visitID) = (id, visit) }, context).view
    case .extend:
      return try await kiosk.extendVisit(.with { ($0.requestID, $0.visitID) = (id, visit) }, context).view
    }
  }

  /// Touches the screen as it is.
  @discardableResult
  public func touch(_ touch: KioskTouch) async throws -> ProtoKioskView {
    try await self.touch(touch, try await view().lower.visitID)
  }

  /// Why a call is refused; `nil` when it is not. Any other error passes through.
  public func refusal<Answer>(_ call: () async throws -> Answer) async throws -> Failure? {
    do {
      _ = try await call()
      return nil
    } catch let failure as Failure {
      return failure
    }
  }

  /// Starts a visit and enters a PIN.
  @discardableResult
  public func identify(
    _ pin: String, plate: String = "", for purpose: ProtoVisitPurpose = .dropOff
  ) async throws -> ProtoKioskView {
    try await enter(pin: pin, plate: plate, in: try await start(purpose))
  }

  /// Goes from the welcome screen to a stage, with a PIN of the work order; to `choose` with its plate, which
  /// another work order of today must have too. The locker asks no PIN to drop, so that both are possible.
  public func walk(_ workOrder: ProtoWorkOrder, to stage: DropStage) async throws -> ProtoKioskView {
    let first = try await start()
    if stage == .authenticate { return first }
    if stage == .choose { return try await touch(.number(workOrder.vehicle.plate)) }
    try await touch(.pin(try await pin(for: workOrder)))
    if stage == .contact { return try await view() }
    try await touch(.contact())
    if stage == .validate { return try await view() }
    try await touch(.validate())
    if stage == .opening { return try await view() }
    if stage == .givingBack { return try await touch(.abort) }
    try await lock.openDoor()
    if stage == .doorOpen { return try await view() }
    if stage == .givingBackOpen { return try await touch(.abort) }
    try await lock.closeDoor(item: .unspecified)
    if stage == .doorClosed { return try await view() }
    return try await touch(.confirm)
  }
}

// MARK: What is stored

extension Workshop {
  public var lockerID: Locker.ID { Locker.ID(rawValue: locker.lockerID) }
  public var locationID: Location.ID { Location.ID(rawValue: location.locationID) }

  /// A compartment as it is stored.
  public func box(_ number: Int32) async throws -> Domain.Compartment? {
    try await world.store.read { [lockerID] in try $0.compartment(Int(number), of: lockerID) }
  }

  /// How many commands to open the locker was ever given.
  public func commandCount() async throws -> Int64 {
    try await world.store.read { [lockerID] in try $0.locker(lockerID)?.lastCommandSequence ?? 0 }
  }

  /// The state of the newest PIN with these digits; `nil` when none was ever given here.
  public func state(ofPin digits: String) async throws -> IssuedPin.State? {
    let digest = PIN(digits: digits)?.digest(
      key: world.environment.secrets.pins, location: location.locationID)
    return try await world.store.read { [locationID] snapshot in
      try digest.flatMap { digest in try snapshot.pins(digest: digest.bytes, at: locationID).first?.state }
    }
  }

  /// Wrong PINs in a row at this kiosk.
  public func wrongPins() async throws -> Int {
    try await world.store.read { [lockerID] in try $0.guessing(.kiosk(lockerID)).wrongInARow }
  }

  /// The events of the location, of one kind or all.
  public func log(_ kind: Event.Kind? = nil) async throws -> [Event] {
    let limit = 10_000
    let all = try await world.store.read { [locationID] in
      try $0.events(at: locationID, after: 0, limit: limit)
    }
    return all.filter { kind == nil || $0.kind == kind }
  }

  /// A work order as the desk sees it now.
  public func current(_ workOrder: ProtoWorkOrder) async throws -> ProtoWorkOrder {
    try await world.workOrders.getWorkOrder(
      .with { $0.workOrderID = workOrder.workOrderID }, world.operatorContext
    ).workOrder
  }
}

// MARK: At the desk

extension Workshop {
  /// A PIN that opens one box (H6).
  public func boxPin(_ box: Int32) async throws -> String {
    try await world.admin.issueBoxPin(
      .with {
        $0.requestID = world.requestID
        $0.lockerID = locker.lockerID
        $0.compartment = box
        $0.reason = "Look inside"
      }, world.operatorContext
    ).pin
  }

  @discardableResult
  public func addAgreement(_ title: String, isMandatory: Bool) async throws -> Int64 {
    try await world.admin.createAgreement(
      .with {
        $0.requestID = world.requestID
        $0.locationID = location.locationID
        $0.title = title
        $0.text = "What \(title) says."
        $0.mandatory = isMandatory
      }, world.operatorContext
    ).agreementID
  }

  @discardableResult
  public func cancel(_ workOrder: ProtoWorkOrder) async throws -> ProtoWorkOrder {
    try await world.workOrders.cancelWorkOrder(
      .with {
        $0.requestID = world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.reason = .customer
      }, world.operatorContext
    ).workOrder
  }

  /// Stores a work order as a dealer's own program sends it.
  @discardableResult
  public func store(
    _ workOrder: ProtoWorkOrder, _ change: (inout ProtoWorkOrder) -> Void = { _ in }
  ) async throws -> ProtoWorkOrder {
    var changed = workOrder
    change(&changed)
    return try await world.workOrders.upsertWorkOrder(
      .with {
        $0.requestID = world.requestID
        $0.workOrder = changed
      }, world.operatorContext
    ).workOrder
  }
}

// MARK: The locker

extension Workshop {
  /// The command that waits ends without having been fired.
  public func refuseCommand(_ refusal: ProtoCommandRefusal = .board) async throws {
    guard let command = try await lock.nextCommand() else { throw SimulatedLocker.NoCommand() }
    let number = try await world.store.read { try $0.compartment(command.compartment)?.number ?? 0 }
    try await lock.report(
      .with {
        $0.compartment = Int32(number)
        $0.commandSequence = command.sequence
        $0.outcome = .refused
        $0.refusal = refusal
      })
  }
}

extension World {
  /// A device on a new connection, to a server that may be another one over the same database.
  public func reconnect(_ peer: EnrolledPeer, to environment: Environment) async throws -> EnrolledPeer {
    let again = EnrolledPeer(id: peer.id, key: peer.key, connection: stranger())
    let auth = AuthService(environment)
    let challenge = try auth.challenge(.init(), again.context)
    _ = try await auth.authenticate(
      .with { $0.assertion = again.assertion(challenge, at: clock.now) }, again.context)
    return again
  }
}
