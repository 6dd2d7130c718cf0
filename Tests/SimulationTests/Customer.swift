import API
import Domain
import Services

/// Somebody at a kiosk, with an errand, who does most things right.
final class Customer {
  enum Errand {
    case drop(Int)
    case pickUp(Int)
    /// A member of staff with a PIN for a box.
    case openBox(String)
    /// Somebody who tries PINs.
    case guess
  }

  unowned let site: Site
  let place: Place
  let screen: Screen
  let errand: Errand
  private(set) var hasLeft = false
  private var visit: Int64 = 0
  private var acts = 0
  private var hasFinished = false

  private var simulation: Simulation { site.simulation }

  init(_ site: Site, _ place: Place, _ screen: Screen) {
    self.site = site
    self.place = place
    self.screen = screen
    errand = Self.errand(at: site, place)
  }

  private static func errand(at site: Site, _ place: Place) -> Errand {
    let dice = site.simulation.dice.int(1...100)
    let withCustomer = site.cars.indices.filter { site.cars[$0].whereabouts == .customer }
    let inBox = site.cars.indices.filter { site.cars[$0].whereabouts == .box }
    if dice <= 45, let car = site.simulation.dice.pick(withCustomer) {
      // More of those whose plate is on two appointments.
      return .drop(site.simulation.dice.chance(30) ? withCustomer[0] : car)
    }
    if dice <= 75, let car = site.simulation.dice.pick(inBox) { return .pickUp(car) }
    if dice <= 88, let pin = place.boxPins.last { return .openBox(pin) }
    if dice <= 93 { return .pickUp(site.simulation.dice.int(0...site.cars.count - 1)) }
    if dice <= 96 { return .drop(site.simulation.dice.int(0...site.cars.count - 1)) }
    return .guess
  }

  /// Most have asked the desk for a PIN before they come.
  func begin() {
    switch errand {
    case .drop(let car), .pickUp(let car):
      if simulation.dice.chance(25) { site.readMail(of: car) }
      guard simulation.dice.chance(75) else { return think(100...1_500) }
      site.desk.givePin(car) { [unowned self] in think(100...1_500) }
    case .openBox, .guess: think(100...1_500)
    }
  }

  private func think(_ range: ClosedRange<Int> = 250...3_500) {
    simulation.at(simulation.whenPeopleAct(after: Int64(simulation.dice.int(range))), "customer") {
      [unowned self] in
      guard !hasLeft, !simulation.isHealed else { return false }
      act()
      return true
    }
  }

  private func leave() { hasLeft = true }

  private func act() {
    acts += 1
    guard acts < 50 else { return leave() }
    if simulation.occurs(.walkAway, perMille: 25) { return leave() }
    guard let view = screen.view, screen.peer.isReady else { return think(1_000...4_000) }
    let isChoosing = view.lower.step == .chooseAppointment
    if view.lower.visitID != 0, simulation.dice.chance(isChoosing ? 45 : 14) {
      touchAnything(view)
      return think()
    }
    look(at: view)
  }

  private func look(at view: ProtoKioskView) {
    let isMine = visit != 0 && view.lower.visitID == visit
    switch view.lower.step {
    case .welcome: visit == 0 ? start() : leave()
    case .done, .aborted, .timedOut, .failed:
      if visit == 0 { return start() }
      // Some come a second time, with the PIN that they have used.
      guard isMine, simulation.dice.chance(25), !hasFinished else { return leave() }
      hasFinished = true
      start()
    case .closeDoor:
      if simulation.dice.chance(70) { place.cabinet.close(Int(view.lower.compartment)) }
      think()
    case .outOfService, .unspecified, .UNRECOGNIZED: simulation.dice.chance(30) ? leave() : think()
    case .authenticate, .chooseAppointment, .contact, .validate, .opening, .doorOpen, .doorClosed,
      .givingBack:
      if !isMine {
        // Somebody else has left: wait, or go on in their place.
        guard simulation.dice.chance(25) else { return think(2_000...8_000) }
        visit = view.lower.visitID
      }
      walk(view)
    }
  }

  private func start() {
    let purpose: ProtoVisitPurpose
    switch errand {
    case .drop: purpose = .dropOff
    case .pickUp: purpose = .pickUp
    case .openBox: purpose = .openBox
    case .guess: purpose = simulation.dice.pick([.dropOff, .pickUp, .openBox]) ?? .pickUp
    }
    let request = ProtoStartVisitRequest.with {
      $0.requestID = site.requestID
      $0.purpose = purpose
    }
    screen.peer.mutate("KioskService/StartVisit", request, tries: 2) { [unowned self] ending in
      if case .answer(let bytes) = ending, let answer = try? ProtoStartVisitResponse(wireBytes: bytes) {
        visit = answer.view.lower.visitID
        screen.show(answer.view)
      } else if simulation.dice.chance(40) {
        return leave()
      }
      think()
    }
  }

  private func walk(_ view: ProtoKioskView) {
    let box = Int(view.lower.compartment)
    switch view.lower.step {
    case .authenticate: authenticate(view)
    case .chooseAppointment: choose(view)
    case .contact: touch(.contact(simulation.dice.chance(20) ? "0687654321" : ""))
    case .validate: touch(.validate(view.lower.appointment))
    case .opening: simulation.dice.chance(6) ? touch(.abort) : think(200...1_500)
    case .doorOpen: useOpenDoor(box, isGivenBack: false)
    case .givingBack: useOpenDoor(box, isGivenBack: true)
    case .doorClosed: decide(view)
    default: think()
    }
  }

  private func authenticate(_ view: ProtoKioskView) {
    if simulation.dice.chance(3) { return touch(.abort) }
    if simulation.dice.chance(4) { return touch(.extend) }
    switch errand {
    case .guess:
      simulation.dice.chance(75) ? touch(.pin(guess(), plate(view, 2))) : touch(.number("ZZ-9\(acts)-Q"))
    case .openBox(let pin): touch(.pin(pin, ""))
    case .drop(let car):
      if !view.pinToDrop, simulation.dice.chance(70) {
        let known = site.cars[car]
        return touch(.number(simulation.dice.chance(70) ? known.plate : known.mobile))
      }
      enter(site.cars[car].dropPins, car, view)
    case .pickUp(let car): enter(site.cars[car].pickUpPins, car, view)
    }
  }

  /// Mostly the newest PIN; sometimes one from before, or a wrong one.
  private func enter(_ pins: [String], _ car: Int, _ view: ProtoKioskView) {
    let newest = pins.last ?? guess()
    let pin = simulation.dice.chance(80) ? newest : simulation.dice.pick(pins + [guess()]) ?? newest
    touch(.pin(pin, plate(view, car)))
  }

  private func plate(_ view: ProtoKioskView, _ car: Int) -> String {
    view.lower.plateRequired && simulation.dice.chance(85) ? site.cars[car].plate : ""
  }

  private func guess() -> String { String(simulation.dice.int(100_000...999_999)) }

  private func choose(_ view: ProtoKioskView) {
    let choices = view.lower.choices.map(\.workOrderID)
    if simulation.dice.chance(12) { return leave() }
    if case .drop(let car) = errand, choices.contains(site.cars[car].workOrder) {
      return touch(.choose(site.cars[car].workOrder))
    }
    simulation.dice.chance(50) ? touch(.abort) : think()
  }

  // MARK: With a box

  private func useOpenDoor(_ box: Int, isGivenBack: Bool) {
    guard box > 0, place.cabinet[box].isOpen else { return think(300...1_500) }
    if !isGivenBack, simulation.dice.chance(8) { return touch(.abort) }
    moveKey(box, isGivenBack: isGivenBack)
    if simulation.occurs(.doorLeftOpen, perMille: isGivenBack ? 200 : 100) {
      return simulation.dice.chance(60) ? leave() : think(5_000...40_000)
    }
    simulation.after(Int64(simulation.dice.int(300...2_500)), "door is closed") { [unowned self] in
      place.cabinet.close(box)
      return true
    }
    think(2_600...5_000)
  }

  private func moveKey(_ box: Int, isGivenBack: Bool) {
    switch errand {
    case .drop(let car):
      if isGivenBack {
        if simulation.dice.chance(92) { site.take(from: box, at: place, to: .customer) }
      } else if site.isOwn(car, visit: visit), site.isOpen(box, at: place, visit: visit),
        simulation.dice.chance(88)
      {
        site.put(car, into: box, at: place, from: .customer)
      }
    case .pickUp: if simulation.dice.chance(85) { site.take(from: box, at: place, to: .customer) }
    case .openBox: if simulation.dice.chance(35) { site.take(from: box, at: place, to: .desk) }
    case .guess: if simulation.dice.chance(30) { site.take(from: box, at: place, to: .customer) }
    }
  }

  /// The door has closed: is all as it should be?
  private func decide(_ view: ProtoKioskView) {
    let roll = simulation.dice.int(1...100)
    switch errand {
    case .drop:
      if view.lower.notice == "KEY_NOT_DETECTED" {
        return roll <= 60 ? touch(.reopen) : roll <= 85 ? touch(.abort) : touch(.confirm)
      }
      if roll <= 72 { touch(.confirm) } else if roll <= 82 { touch(.reopen) } else { touch(.abort) }
    case .pickUp, .openBox, .guess:
      if roll <= 65 { touch(.reopen) } else if roll <= 90 { touch(.abort) } else { touch(.confirm) }
    }
  }

  // MARK: Touches

  private func touch(_ touch: Touch) {
    screen.send(touch, visit, site) { [unowned self] in think() }
  }

  /// A touch that need not fit the screen.
  private func touchAnything(_ view: ProtoKioskView) {
    let car = simulation.dice.pick(site.cars)
    let touches: [Touch] = [
      .pin(guess(), ""), .number(car?.plate ?? ""), .choose(car?.workOrder ?? 0), .contact(""),
      .validate(view.lower.appointment), .confirm, .reopen, .abort, .extend,
    ]
    guard let touch = simulation.dice.pick(touches) else { return }
    screen.send(touch, view.lower.visitID, site) {}
  }
}
