import API
import Core
import Domain
import Services
import Storage
import TestSupport

/// One of the customers' cars, and its key.
struct Car {
  enum Whereabouts: Equatable {
    case customer
    /// In a box: the cabinet knows which.
    case box
    case staff
    case desk
  }

  let number: String
  let plate: String
  let mobile: String
  var workOrder: Int64 = 0
  var key: Int64 = 0
  /// Where the key truly is.
  var whereabouts = Whereabouts.customer
  /// All that the customer was ever given, oldest first.
  var dropPins: [String] = []
  var pickUpPins: [String] = []
}

/// A locker with its devices.
final class Place {
  let locker: Locker.ID
  let cabinet: Cabinet
  var controller: Controller
  let screens: [Screen]
  /// Box PINs that were given, with their box.
  var boxPins: [String] = []

  init(_ locker: Locker.ID, _ cabinet: Cabinet, _ controller: Controller, _ screens: [Screen]) {
    self.locker = locker
    self.cabinet = cabinet
    self.controller = controller
    self.screens = screens
  }
}

/// The workshop: a location, its lockers, its staff, its customers.
final class Site {
  unowned let simulation: Simulation
  let location: Location.ID
  let timing: LockTiming
  let hasItemSensors: Bool
  private(set) var places: [Place] = []
  var cars: [Car] = []
  private(set) var mechanics: [Mechanic] = []
  private(set) var desk: Desk!
  private(set) var integration: Integration!
  private(set) var weather: Weather!
  private var visitors: [Customer] = []
  private var lastRequest = 0
  /// What is on its way to them finds them still.
  private var retired: [Controller] = []

  /// A new id for each request.
  var requestID: String {
    lastRequest += 1
    return "request-\(lastRequest)"
  }

  init(_ simulation: Simulation, _ secrets: ServerSecrets) throws {
    self.simulation = simulation
    var dice = Dice(seed: simulation.plan.seed, stream: 2)
    hasItemSensors = dice.chance(60)
    let furniture = try Furniture(
      in: simulation.database, secrets, hasItemSensors: hasItemSensors, simulation.theme,
      now: simulation.clock.now, &dice)
    location = furniture.location
    timing = furniture.timing
    for locker in furniture.lockers { places.append(place(locker, furniture)) }
    cars = furniture.cars
    mechanics = furniture.tablets.map { Mechanic(self, Peer(simulation, "tablet", $0.credential), $0.staff) }
    desk = Desk(
      self, counter: Peer(simulation, "operator", .local),
      tablet: Peer(simulation, "desk tablet", furniture.deskTablet))
    integration = Integration(self, Peer(simulation, "program", .apiKey(furniture.apiKey)))
    weather = Weather(self)
    if simulation.plan.sabotage == .oneTimeCheckForgotten { try simulation.database.forgetTriggers() }
  }

  private func place(_ locker: Furniture.Locker, _ furniture: Furniture) -> Place {
    let cabinet = Cabinet(simulation, boxes: locker.boxes, hasItemSensors: hasItemSensors)
    let controller = Controller(
      simulation, Peer(simulation, "controller", locker.controller), cabinet,
      firesFirst: simulation.plan.sabotage == .controllerFiresBeforeRemembering)
    cabinet.controller = controller
    let screens = locker.screens.map { Screen(simulation, Peer(simulation, "screen", $0)) }
    return Place(locker.id, cabinet, controller, screens)
  }

  func locker(of cabinet: Cabinet) -> Locker.ID {
    guard let place = places.first(where: { $0.cabinet === cabinet }) else {
      preconditionFailure("no locker")
    }
    return place.locker
  }

  func place(of locker: Int64) -> Place? { places.first { $0.locker.rawValue == locker } }

  /// The box in which a car's key lies.
  func box(of car: Int) -> (place: Place, number: Int)? {
    for place in places {
      if let number = (1...place.cabinet.boxes.count).first(where: { place.cabinet[$0].key == car }) {
        return (place, number)
      }
    }
    return nil
  }

  /// Another controller is screwed to the cabinet, with an empty journal.
  func replaceController(of place: Place, _ credential: Peer.Credential) {
    place.controller.discard()
    let controller = Controller(
      simulation, Peer(simulation, "controller", credential), place.cabinet,
      firesFirst: place.controller.firesFirst)
    retired.append(place.controller)
    place.controller = controller
    place.cabinet.controller = controller
    controller.switchOn()
  }

  /// Who sees no light at the locker may try a door.
  func lostPower(_ controller: Controller) {
    guard simulation.dice.chance(25), let place = places.first(where: { $0.controller === controller }),
      simulation.occurs(.forcedDoor, perMille: 1000)
    else { return }
    weather.force(simulation.dice.int(1...place.cabinet.boxes.count), at: place)
  }

  // MARK: The day

  func open() {
    for place in places {
      place.controller.switchOn()
      for screen in place.screens { screen.peer.connect() }
    }
    for mechanic in mechanics { mechanic.begin() }
    desk.begin()
    integration.begin()
    weather.begin()
    arrive()
  }

  /// Somebody comes to a free screen.
  private func arrive() {
    simulation.at(simulation.whenPeopleAct(after: Int64(simulation.dice.int(500...9_000))), "arrival") {
      [unowned self] in
      guard !simulation.isHealed else { return false }
      arrive()
      visitors.removeAll { $0.hasLeft }
      let free = places.flatMap { place in place.screens.map { (place, $0) } }.filter { _, screen in
        !visitors.contains { $0.screen === screen }
      }
      guard let (place, screen) = simulation.dice.pick(free) else { return false }
      let visitor = Customer(self, place, screen)
      visitors.append(visitor)
      visitor.begin()
      return true
    }
  }

  /// Everybody goes home, doors are closed, everything has power.
  func heal() {
    for place in places {
      for number in 1...place.cabinet.boxes.count {
        place.cabinet.close(number)
        place.cabinet.release(number)
      }
      place.cabinet.setBoard(down: false)
      place.controller.switchOn()
    }
    closeDoorsAgain(10)
  }

  /// A door that springs open late is closed, too.
  private func closeDoorsAgain(_ times: Int) {
    guard times > 0 else { return }
    simulation.after(10_000, "caretaker") { [unowned self] in
      for place in places { for number in place.cabinet.openBoxes { place.cabinet.close(number) } }
      closeDoorsAgain(times - 1)
      return true
    }
  }

  func recheck() {
    for place in places { for screen in place.screens { screen.peer.recheckAll() } }
    for mechanic in mechanics { mechanic.tablet.recheckAll() }
    desk.recheckAll()
    integration.peer.recheckAll()
  }
}

/// A kiosk's screen: what it shows, and how its touches go out.
final class Screen {
  let peer: Peer
  /// The newest view that has come.
  private(set) var view: ProtoKioskView?

  init(_ simulation: Simulation, _ peer: Peer) {
    self.peer = peer
    peer.onReady = { [unowned self] in
      let request = ProtoWatchKioskRequest.with { $0.afterRevision = view?.revision ?? 0 }
      self.peer.watch("KioskService/WatchKiosk", request) {
        [unowned self] (message: ProtoWatchKioskResponse) in
        show(message.view)
      }
    }
  }

  func show(_ newer: ProtoKioskView) {
    if newer.revision >= view?.revision ?? 0 { view = newer }
  }

  /// After another server has begun or another device: what was known counts no more.
  func forget() { view = nil }
}
