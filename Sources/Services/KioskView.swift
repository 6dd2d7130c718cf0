import API
import Core
import Domain
import RPC

/// What both screens of a locker show, read from one state of the database (D1–D9, H1).
struct KioskView {
  let view: ProtoKioskView
  private let handover: (Handover, compartment: Int)?
  private let environment: Environment

  init(of id: Locker.ID, in snapshot: any Snapshot, _ environment: Environment, at moment: Instant? = nil)
    throws
  {
    let now = moment ?? environment.clock.now
    guard let locker = try snapshot.locker(id), let location = try snapshot.location(locker.location) else {
      throw Failure.notFound("locker")
    }
    let compartments = try snapshot.compartments(of: id)
    let active = try snapshot.activeHandover(at: id)
    let box = active.flatMap { active in compartments.first { $0.id == active.compartment }?.number } ?? 0
    self.environment = environment
    handover = active.map { ($0, box) }
    let isConnected = environment.sessions.isConnected(id)
    view = try .with { view in
      view.revision = locker.revision
      view.lockerID = id.rawValue
      view.lockerName = locker.name
      view.pinToDrop = locker.asksPinToDrop
      let reason = try Self.reasonNotToDrop(locker, compartments, isConnected: isConnected, in: snapshot)
      view.dropAvailable = reason == nil
      view.unavailableReason = reason?.rawValue ?? ""
      view.lower = try Self.lower(
        locker, location, compartments, isConnected: isConnected, hasHandover: active != nil, in: snapshot,
        at: now)
      view.upper = try active.map { try Self.upper($0, box: box, in: snapshot) } ?? .init()
      if let call = try snapshot.openHelpCall(at: id) {
        view.help = try Self.help(call, location, in: snapshot)
      }
    }
  }

  /// The view with the token on the upper screen: for that locker's own screens, and nobody else.
  func withToken() throws -> ProtoKioskView {
    guard let (handover, compartment) = handover, handover.state == .shown else { return view }
    var view = view
    view.upper.handoverToken = try HandoverToken.make(
      handover, compartment: compartment, environment.secrets.signing)
    return view
  }

  private static func reasonNotToDrop(
    _ locker: Locker, _ compartments: [Compartment], isConnected: Bool, in snapshot: any Snapshot
  ) throws -> Failure.Reason? {
    if !locker.isActive { return .lockerInactive }
    if !isConnected { return .lockerOffline }
    if compartments.contains(where: \.blocksLocker) { return .doorLeftOpen }
    let occupied = Set(try snapshot.occupied(in: locker.id).keys)
    return Compartment.choose(from: compartments, occupied: occupied) == nil ? .noFreeCompartment : nil
  }

  private static func upper(_ handover: Handover, box: Int, in snapshot: any Snapshot) throws
    -> ProtoUpperScreen
  {
    try .with { upper in
      upper.tabletName = try snapshot.device(handover.tablet)?.name ?? ""
      if handover.state == .shown, let expiresAt = handover.expiresAt {
        upper.handoverExpireTime = .init(milliseconds: expiresAt.milliseconds)
      } else {
        upper.handoverCompartment = Int32(box)
      }
    }
  }

  /// E1, E2: that somebody was called, who comes, or whom to call.
  private static func help(
    _ call: HelpCall, _ location: Location, in snapshot: any Snapshot
  ) throws -> ProtoKioskHelp {
    try .with { help in
      help.state = ProtoHelpState(call.state)
      switch call.state {
      case .calling, .over: break
      case .coming: help.helperName = try call.handledBy.flatMap(snapshot.staff)?.displayName ?? ""
      case .outsideHours:
        help.emergencyPhone = location.emergencyPhone?.formatted(in: location.country) ?? ""
      }
    }
  }

  private static func lower(
    _ locker: Locker, _ location: Location, _ compartments: [Compartment], isConnected: Bool,
    hasHandover: Bool,
    in snapshot: any Snapshot, at now: Instant
  ) throws -> ProtoLowerScreen {
    let latest = try snapshot.latestVisit(at: locker.id)
    // A door that nobody has in hand matters more than how the last visit ended.
    let neglected = hasHandover ? nil : compartments.first(where: \.blocksLocker)
    if let latest, !latest.state.isOver || (latest.isFarewellShown && neglected == nil) {
      return try lower(latest, locker, location, compartments, in: snapshot, at: now)
    }
    return .with { lower in
      if !locker.isActive || !isConnected {
        lower.step = .outOfService
      } else if let neglected {
        lower.step = .closeDoor
        lower.compartment = Int32(neglected.number)
      } else {
        lower.step = .welcome
      }
    }
  }

  private static func lower(
    _ visit: Visit, _ locker: Locker, _ location: Location, _ compartments: [Compartment],
    in snapshot: any Snapshot, at now: Instant
  ) throws -> ProtoLowerScreen {
    try .with { lower in
      lower.step = ProtoKioskStep(visit.state)
      lower.visitID = visit.id.rawValue
      lower.purpose = ProtoVisitPurpose(visit.purpose)
      lower.notice = visit.notice?.rawValue ?? ""
      lower.compartment = Int32(compartments.first { $0.id == visit.compartment }?.number ?? 0)
      if let warnAt = visit.warnAt { lower.warnTime = .init(milliseconds: warnAt.milliseconds) }
      if !visit.state.isOver, let wakeUp = visit.wakeUp {
        lower.expireTime = .init(milliseconds: wakeUp.milliseconds)
      }
      switch visit.state {
      case .authenticating: try authenticate(&lower, visit, locker, in: snapshot, at: now)
      case .choosing:
        lower.choices = try visit.choices.compactMap { id in
          guard let workOrder = try snapshot.workOrder(id) else { return nil }
          return .with {
            $0.workOrderID = id.rawValue
            $0.localTime = String(workOrder.localTime.description.suffix(5))
          }
        }
      case .contact: lower.contact = try contact(visit, location, in: snapshot)
      case .validating: lower.appointment = try appointment(visit, location, in: snapshot)
      case .opening, .doorOpen, .doorClosed, .returnOpening, .returnOpen, .done, .aborted, .timedOut, .failed:
        break
      }
    }
  }

  /// S2: what a try needs now. A box PIN is about no car: it is never asked with a registration.
  private static func authenticate(
    _ lower: inout ProtoLowerScreen, _ visit: Visit, _ locker: Locker, in snapshot: any Snapshot,
    at now: Instant
  ) throws {
    let kiosk = try snapshot.guessing(.kiosk(locker.id))
    let here = try snapshot.guessing(.location(locker.location))
    lower.plateRequired =
      visit.purpose != .openBox
      && (kiosk.requiresPlate(limit: Guessing.kioskLimit)
        || here.requiresPlate(limit: Guessing.locationLimit))
    let asksPin = visit.purpose != .dropOff || locker.asksPinToDrop
    let counted = asksPin ? [kiosk, here] : [try snapshot.guessing(.number(locker.id))]
    if let retryAt = counted.compactMap({ $0.refusal(at: now) }).max() {
      lower.retryTime = .init(milliseconds: retryAt.milliseconds)
    }
  }

  /// D5: only ever shown after a PIN.
  private static func contact(
    _ visit: Visit, _ location: Location, in snapshot: any Snapshot
  ) throws -> ProtoKioskContact {
    guard visit.isPinVerified, let id = visit.workOrder, let workOrder = try snapshot.workOrder(id) else {
      return .init()
    }
    let driver = try snapshot.contacts(of: id).first { $0.role == .driver }
    return .with {
      $0.name = driver?.name ?? ""
      $0.phone = (driver?.privateMobile ?? driver?.businessMobile)?.formatted(in: location.country) ?? ""
      $0.email = driver.map { $0.privateEmail.isEmpty ? $0.businessEmail : $0.privateEmail } ?? ""
      $0.additionalPhone = workOrder.additionalPhone?.formatted(in: location.country) ?? ""
    }
  }

  /// D6; D4: without a PIN no price or remark is shown.
  private static func appointment(
    _ visit: Visit, _ location: Location, in snapshot: any Snapshot
  ) throws -> ProtoKioskAppointment {
    guard let id = visit.workOrder, let workOrder = try snapshot.workOrder(id) else { return .init() }
    return try .with { appointment in
      appointment.localTime = workOrder.localTime.description
      appointment.registration = workOrder.plate.formatted(country: location.country)
      appointment.interventions = try snapshot.interventions(of: id).map { planned in
        .with {
          $0.interventionID = planned.id.rawValue
          $0.name = planned.intervention.name
          $0.agreed = planned.intervention.isAgreed
          $0.priceHidden = planned.intervention.isPriceHidden || !visit.isPinVerified
          if visit.isPinVerified { $0.remark = planned.intervention.remark }
          if !$0.priceHidden { $0.priceCents = planned.intervention.priceCents }
        }
      }
      appointment.agreements = try snapshot.agreements(at: location.id, shownIn: .kiosk).map { agreement in
        .with {
          $0.agreementID = agreement.id.rawValue
          $0.title = agreement.title
          $0.text = agreement.text
          $0.mandatory = agreement.isMandatory
          $0.version = Int32(agreement.version)
        }
      }
    }
  }
}
