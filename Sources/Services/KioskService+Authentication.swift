public import API
import Core
import Domain
public import RPC

/// D2, D4, D11, P1, S2: who stands at the kiosk.
extension KioskService {
  public func enterPin(_ request: ProtoEnterPinRequest, _ context: CallContext) async throws
    -> ProtoEnterPinResponse
  {
    guard let pin = PIN(digits: request.pin) else { throw Failure.invalid("pin", "4 to 10 digits") }
    return try await enter(request, request.requestID, request.visitID, context) {
      decision, visit, location in
      guard visit.state == .authenticating else { throw Failure(Visit.Refusal.wrongStep) }
      if let refusal = try decision.authenticate(pin, plate: request.plate, visit: visit, at: location) {
        _ = try decision.apply(.touched, to: visit)
        return .refused(refusal)
      }
      return .accepted(try .with { $0.view = try decision.view(of: visit.locker) })
    }
  }

  public func enterNumber(
    _ request: ProtoEnterNumberRequest, _ context: CallContext
  ) async throws -> ProtoEnterNumberResponse {
    guard (1...32).contains(request.number.count) else {
      throw Failure.invalid("number", "1 to 32 characters")
    }
    return try await enter(request, request.requestID, request.visitID, context) {
      decision, visit, location in
      guard visit.state == .authenticating else { throw Failure(Visit.Refusal.wrongStep) }
      let locker = try decision.expect(try decision.tx.locker(visit.locker), "locker")
      guard visit.purpose == .dropOff, !locker.asksPinToDrop else {
        throw Failure.precondition(.pinRequired, "This needs a PIN; the desk can give you one.")
      }
      try decision.refuseBlocked(.number(locker.id))
      let found = try decision.appointmentsToday(matching: request.number, at: location)
      guard !found.isEmpty else {
        try decision.countWrong(.number(locker.id), limit: Guessing.kioskLimit)
        _ = try decision.apply(.touched, to: visit)
        try decision.changed(locker.id)
        return .refused(Failure(Visit.Refusal.noMatch))
      }
      try decision.admitToDrop(visit, for: found.map(\.id), pin: nil)
      return .accepted(try .with { $0.view = try decision.view(of: visit.locker) })
    }
  }
}

extension Decision {
  /// Lets a PIN in. Returns the refusal of a wrong one, which is counted; throws all other refusals.
  func authenticate(_ pin: PIN, plate: String, visit: Visit, at location: Location) throws -> Failure? {
    let kiosk = GuessScope.kiosk(visit.locker)
    let here = GuessScope.location(location.id)
    try refuseBlocked(kiosk)
    try refuseBlocked(here)
    // A box PIN is about no car, so no registration can go with it.
    let asksPlate =
      try visit.purpose != .openBox
      && (tx.guessing(kiosk).requiresPlate(limit: Guessing.kioskLimit)
        || tx.guessing(here).requiresPlate(limit: Guessing.locationLimit))
    guard !asksPlate || !plate.isEmpty else {
      throw Failure.precondition(.plateRequired, "Enter the registration of your car as well.")
    }
    let digest = pin.digest(key: environment.secrets.pins, location: location.id.rawValue)
    let known = try tx.pins(digest: digest.bytes, at: location.id).filter { $0.purpose.fits(visit.purpose) }
    switch try judge(known, plate: asksPlate ? plate : nil) {
    case .right(let issued):
      try admit(visit, with: issued)
      return nil
    case .claimed:
      throw Failure.precondition(.pinInUse, "This PIN is being used at another kiosk.")
    case .pastItsDay:
      throw Failure.precondition(.notToday, "Your appointment was on another day; please ask the desk.")
    case .superseded:
      return Self.wrongPin
    case .wrong:
      try countWrong(kiosk, limit: Guessing.kioskLimit)
      try countWrong(here, limit: Guessing.locationLimit)
      try record(Event(.pinRefused, at: now, location: location.id, locker: visit.locker, visit: visit.id))
      try changed(visit.locker)
      return Self.wrongPin
    }
  }

  private static let wrongPin = Failure(
    .permissionDenied, reason: .wrongPin, "This PIN is not valid here; check it, or ask the desk.")

  private enum Judgement {
    case right(IssuedPin)
    case claimed
    case superseded
    case pastItsDay
    case wrong
  }

  /// - Parameter known: PINs with these digits for this purpose, newest first.
  private func judge(_ known: [IssuedPin], plate: String?) throws -> Judgement {
    guard let newest = known.first else { return .wrong }
    if let plate {
      let typed = Plate(parsing: plate)
      let expected = try newest.workOrder.flatMap(tx.workOrder)?.plate
      guard typed != nil, typed == expected else { return .wrong }
    }
    switch newest.state {
    case .live where now < newest.expiresAt: return .right(newest)
    case .live, .expired: return newest.purpose == .dropOff ? .pastItsDay : .wrong
    case .claimed: return .claimed
    case .superseded: return .superseded
    case .used, .revoked: return .wrong
    }
  }

  /// Gives the visit what the PIN is for.
  private func admit(_ visit: Visit, with issued: IssuedPin) throws {
    switch issued.purpose {
    case .dropOff:
      let workOrder = try expect(try issued.workOrder.flatMap(tx.workOrder), "work order")
      try admitToDrop(visit, for: [workOrder.id], pin: issued)
    case .pickUp:
      let key = try expect(try issued.key.flatMap(tx.key), "key")
      guard case .compartment(let id) = key.custody.holder else {
        throw Failure.precondition(.noKeyInLocker, "Your key is not in the locker; please ask the desk.")
      }
      try admit(visit, to: id, key: key, pin: issued)
    case .box:
      try admit(visit, to: try expect(issued.compartment, "compartment"), key: nil, pin: issued)
    }
  }

  /// Pick-up and box PIN: straight to the box.
  private func admit(_ visit: Visit, to compartment: Compartment.ID, key: Key?, pin: IssuedPin) throws {
    let box = try expect(try tx.compartment(compartment), "compartment")
    guard box.locker == visit.locker else {
      let name = try tx.locker(box.locker)?.name ?? ""
      throw Failure.precondition(.keyElsewhere, "This PIN is for '\(name)'.")
    }
    guard visit.purpose == .openBox || box.quarantine == nil else {
      throw Failure.precondition(
        .compartmentQuarantined, "The compartment with your key is out of order; please ask the desk.")
    }
    var visit = visit
    visit.workOrder = key?.workOrder
    visit.key = key?.id
    visit.compartment = box.id
    try claim(pin, for: &visit)
    _ = try apply(.admitted, to: visit)
  }

  /// D7: a compartment is reserved since identification.
  func admitToDrop(_ visit: Visit, for workOrders: [WorkOrder.ID], pin: IssuedPin?) throws {
    var visit = visit
    if let only = workOrders.first, workOrders.count == 1 {
      visit.key = try keyToHandIn(of: only)
    }
    let locker = try expect(try tx.locker(visit.locker), "locker")
    guard let box = try reserve(at: locker.id, for: .visit(visit.id)) else {
      throw Self.noFreeCompartment(at: locker)
    }
    visit.compartment = box.id
    if let pin { try claim(pin, for: &visit) }
    let after = try apply(.identified(appointments: workOrders), to: visit)
    try record(
      Event(
        .visitIdentified, at: now, location: locker.location, workOrder: after.workOrder, key: after.key,
        locker: locker.id, compartment: box.number, visit: visit.id, reason: pin == nil ? "NUMBER" : "PIN"))
  }

  /// What changes in the visit is stored with its next step.
  private func claim(_ pin: IssuedPin, for visit: inout Visit) throws {
    visit.pin = pin.id
    visit.isPinVerified = true
    try end(pin, as: .claimed)
  }

  /// D11: the appointments of today that a registration or a driver's mobile matches, whose key can be dropped.
  func appointmentsToday(matching number: String, at location: Location) throws -> [WorkOrder] {
    let today = LocalDate(now, in: location.zone)
    var found: [WorkOrder] = []
    if let plate = Plate(parsing: number) {
      found = try tx.workOrders(at: location.id, on: today, plate: plate)
    }
    if found.isEmpty, let phone = Phone(parsing: number, country: location.country) {
      found = try tx.workOrders(at: location.id, on: today, driverMobile: phone)
    }
    return try found.filter { try keyToDrop(of: $0.id) != nil }
  }
}

extension IssuedPin.Purpose {
  func fits(_ purpose: Visit.Purpose) -> Bool {
    switch (self, purpose) {
    case (.dropOff, .dropOff), (.pickUp, .pickUp), (.box, .openBox): true
    case (.dropOff, .pickUp), (.dropOff, .openBox), (.pickUp, .dropOff), (.pickUp, .openBox),
      (.box, .dropOff),
      (.box, .pickUp):
      false
    }
  }
}
