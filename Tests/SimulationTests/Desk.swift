import API
import Core
import Domain
import Services
import TestSupport

/// The desk: gives PINs, looks into boxes and puts right what is stored, revokes and enrols.
final class Desk {
  unowned let site: Site
  /// The operator's own link, and an admin's tablet.
  private let counter: Peer
  private let tablet: Peer
  /// New devices on their way to be enrolled.
  private var newcomers: [Peer] = []

  private var simulation: Simulation { site.simulation }
  private var peer: Peer { simulation.dice.chance(50) ? counter : tablet }

  init(_ site: Site, counter: Peer, tablet: Peer) {
    self.site = site
    self.counter = counter
    self.tablet = tablet
  }

  func begin() {
    counter.connect()
    tablet.connect()
    think()
  }

  func recheckAll() {
    counter.recheckAll()
    tablet.recheckAll()
  }

  private func think() {
    simulation.at(simulation.whenPeopleAct(after: Int64(simulation.dice.int(1_500...9_000))), "desk") {
      [unowned self] in
      guard !simulation.isHealed else { return false }
      think()
      act()
      return true
    }
  }

  private func act() {
    let car = simulation.dice.int(0...site.cars.count - 1)
    guard let place = simulation.dice.pick(site.places) else { return }
    switch simulation.dice.int(1...100) {
    case 1...6: givePin(car)
    case 7...22: giveBoxPin(place)
    case 23...64: inspect(place)
    case 65...71: cancel(car)
    case 72...75: restore(car)
    case 76...90: correct(car)
    case 91...92: changeLocker(place)
    case 93...94: changeLimits()
    case 95...97: signInAgain()
    default: replaceDevice(place)
    }
  }

  // MARK: PINs

  /// For what the customer can do next.
  func givePin(_ car: Int, _ then: @escaping () -> Void = {}) {
    guard site.cars[car].workOrder != 0 else { return then() }
    let isInside = site.cars[car].whereabouts == .box
    let request = ProtoIssuePinRequest.with {
      $0.requestID = site.requestID
      $0.workOrderID = site.cars[car].workOrder
      $0.purpose = isInside ? .pickUp : .dropOff
    }
    peer.mutate("WorkOrderService/IssuePin", request) { [unowned self] ending in
      defer { then() }
      guard case .answer(let bytes) = ending, let answer = try? ProtoIssuePinResponse(wireBytes: bytes) else {
        return
      }
      if isInside {
        site.cars[car].pickUpPins.append(answer.pin)
      } else {
        site.cars[car].dropPins.append(answer.pin)
      }
    }
  }

  private func giveBoxPin(_ place: Place, _ box: Int? = nil) {
    let request = ProtoIssueBoxPinRequest.with {
      ($0.requestID, $0.lockerID, $0.reason) = (site.requestID, place.locker.rawValue, "To look inside")
      $0.compartment = Int32(box ?? simulation.dice.int(1...place.cabinet.boxes.count))
    }
    peer.mutate("AdminService/IssueBoxPin", request) { ending in
      guard case .answer(let bytes) = ending, let answer = try? ProtoIssueBoxPinResponse(wireBytes: bytes)
      else {
        return
      }
      place.boxPins.append(answer.pin)
    }
  }

  // MARK: Lockers

  /// Looks at a locker: doors that stand open are overridden, boxes out of service are emptied and put back.
  private func inspect(_ place: Place) {
    let request = ProtoListLockersRequest.with { $0.locationID = site.location.rawValue }
    peer.call("AdminService/ListLockers", request) { [unowned self] ending in
      guard case .answer(let bytes) = ending, let answer = try? ProtoListLockersResponse(wireBytes: bytes),
        let locker = answer.lockers.first(where: { $0.lockerID == place.locker.rawValue })
      else { return }
      for box in locker.compartments where box.door == .open && simulation.dice.chance(25) {
        override(Int(box.number), at: place)
      }
      for box in locker.compartments where !box.inService { putRight(Int(box.number), at: place) }
      if simulation.dice.chance(8), let box = simulation.dice.pick(locker.compartments) {
        setService(Int(box.number), false, at: place)
      }
    }
  }

  private func override(_ box: Int, at place: Place) {
    let request = ProtoOverrideDoorRequest.with {
      ($0.requestID, $0.lockerID, $0.compartment) = (site.requestID, place.locker.rawValue, Int32(box))
      $0.reason = "Stands open"
    }
    peer.mutate("AdminService/OverrideDoor", request) { [unowned self] ending in
      // Somebody goes and looks.
      if case .answer = ending, simulation.dice.chance(60) { giveBoxPin(place, box) }
    }
  }

  private func setService(_ box: Int, _ isInService: Bool, at place: Place) {
    let request = ProtoSetCompartmentServiceRequest.with {
      ($0.requestID, $0.lockerID, $0.compartment) = (site.requestID, place.locker.rawValue, Int32(box))
      ($0.inService, $0.reason) = (isInService, "Looked at")
    }
    peer.mutate("AdminService/SetCompartmentService", request)
  }

  /// Opens a box with the mechanical key, takes out what lies there, says so, and puts the box back in service.
  private func putRight(_ box: Int, at place: Place) {
    let found = place.cabinet[box].key
    if found != nil {
      place.cabinet.open(box, by: nil)
      site.take(from: box, at: place, to: .desk)
      place.cabinet.close(box)
    }
    if let found { correct(found) }
    setService(box, true, at: place)
  }

  private func changeLocker(_ place: Place) {
    let request = ProtoUpdateLockerRequest.with {
      ($0.requestID, $0.lockerID) = (site.requestID, place.locker.rawValue)
      $0.pinToDrop = simulation.dice.chance(50)
    }
    peer.mutate("AdminService/UpdateLocker", request)
  }

  private func changeLimits() {
    let request = ProtoUpdateLimitsRequest.with {
      ($0.requestID, $0.locationID) = (site.requestID, site.location.rawValue)
      $0.limits.qrSeconds = Int32(simulation.dice.int(8...60))
      $0.limits.warningSeconds = 10
      $0.limits.endSeconds = Int32(simulation.dice.int(15...60))
    }
    peer.mutate("AdminService/UpdateLimits", request)
  }

  // MARK: Work orders and keys

  private func cancel(_ car: Int) {
    let request = ProtoCancelWorkOrderRequest.with {
      ($0.requestID, $0.workOrderID, $0.reason) = (site.requestID, site.cars[car].workOrder, .customer)
    }
    peer.mutate("WorkOrderService/CancelWorkOrder", request) { [unowned self] _ in
      simulation.after(5_000, "restore") { [unowned self] in
        restore(car)
        return true
      }
    }
  }

  private func restore(_ car: Int) {
    let request = ProtoRestoreWorkOrderRequest.with {
      ($0.requestID, $0.workOrderID) = (site.requestID, site.cars[car].workOrder)
    }
    peer.mutate("WorkOrderService/RestoreWorkOrder", request)
  }

  /// Says where a key truly is, as far as the desk can see; now and then that nobody knows.
  private func correct(_ car: Int) {
    guard site.cars[car].key != 0 else { return }
    if site.cars[car].whereabouts == .desk, simulation.dice.chance(60) { site.hand(car, to: .customer) }
    var request = ProtoCorrectCustodyRequest()
    request.requestID = site.requestID
    request.keyID = site.cars[car].key
    request.reason = "Seen"
    switch site.cars[car].whereabouts {
    case .customer: request.holder = .customer
    case .desk: request.holder = .desk
    case .staff:
      request.holder = simulation.dice.chance(50) ? .desk : .staff
      request.staffID = 1
    case .box:
      guard let (place, number) = site.box(of: car) else { return }
      request.holder = .compartment
      request.lockerID = place.locker.rawValue
      request.compartment = Int32(number)
    }
    if simulation.dice.chance(6) { request.holder = .uncertain }
    peer.mutate("AdminService/CorrectCustody", request)
  }

  // MARK: Devices

  private func signInAgain() {
    guard simulation.dice.chance(30) else { return }
    let request = ProtoSignInRequest.with { ($0.userName, $0.password) = ("carla", Furniture.password) }
    tablet.call("AuthService/SignIn", request) { _ in }
  }

  /// A device is stolen: it is revoked, and another takes its place.
  private func replaceDevice(_ place: Place) {
    guard simulation.dice.chance(35) else { return }
    let isController = simulation.dice.chance(40)
    let old = isController ? place.controller.peer : place.screens[0].peer
    guard case .device(let id, _) = old.credential, !newcomers.contains(where: { $0 === old }) else { return }
    newcomers.append(old)
    let request = ProtoRevokeDeviceRequest.with {
      ($0.requestID, $0.deviceID) = (site.requestID, id.rawValue)
    }
    // Until it is known: who was revoked and is given up is never heard again.
    counter.mutate("AdminService/RevokeDevice", request, tries: .max) { [unowned self] ending in
      guard case .answer = ending else { return newcomers.removeAll { $0 === old } }
      makeCode(isController ? .controller : .screen, place, old)
    }
  }

  private func makeCode(_ kind: ProtoDeviceKind, _ place: Place, _ old: Peer) {
    let request = ProtoCreateEnrollmentCodeRequest.with {
      ($0.requestID, $0.kind, $0.name) = (site.requestID, kind, "new")
      $0.lockerID = place.locker.rawValue
    }
    counter.mutate("AdminService/CreateEnrollmentCode", request, tries: 30) { [unowned self] ending in
      guard case .answer(let bytes) = ending,
        let answer = try? ProtoCreateEnrollmentCodeResponse(wireBytes: bytes)
      else {
        // The code was in an answer that was lost.
        return makeCode(kind, place, old)
      }
      enroll(answer.code, kind, place, old)
    }
  }

  private func enroll(_ code: String, _ kind: ProtoDeviceKind, _ place: Place, _ old: Peer) {
    guard let key = SigningKey(seed: simulation.dice.keySeed()) else { return }
    let newcomer = Peer(simulation, "newcomer", .none)
    newcomers.append(newcomer)
    newcomer.connect()
    let request = ProtoEnrollRequest.with {
      ($0.requestID, $0.code) = (site.requestID, code)
      $0.publicKey = .init(key.publicKey.bytes)
    }
    newcomer.mutate("AuthService/Enroll", request, tries: 60) { [unowned self] ending in
      guard case .answer(let bytes) = ending, let answer = try? ProtoEnrollResponse(wireBytes: bytes) else {
        return makeCode(kind, place, old)
      }
      newcomer.switchOff()
      newcomers.removeAll { $0 === old }
      let credential = Peer.Credential.device(Device.ID(rawValue: answer.deviceID), key)
      if kind == .controller { site.replaceController(of: place, credential) } else { old.become(credential) }
    }
  }
}
