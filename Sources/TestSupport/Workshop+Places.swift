import API
import Domain

/// More places than the one that a workshop begins with.
extension Workshop {
  /// The same workshop with another locker, connected, with a screen of its own.
  ///
  /// - Parameter staff: a new mechanic with a tablet; `nil` shares this workshop's tablet.
  public func addLocker(
    _ name: String = "Back door", boxes: Int32 = 4, pinToDrop: Bool = true, staff: String? = nil
  ) async throws -> Workshop {
    var tablet = tablet
    if let staff { tablet = try await world.newTablet(of: staff, at: location) }
    let shop = try await Workshop.furnish(
      location, of: world, locker: name, boxes: boxes, pinToDrop: pinToDrop, tablet: tablet)
    if let staff { try await shop.employ(staff) }
    return shop
  }

  /// Another location of the same dealer, with one locker.
  public func addLocation(
    _ name: String = "Harbour", timeZone: String = "Europe/Amsterdam", country: String = "NL",
    pinToDrop: Bool = true
  ) async throws -> Workshop {
    let place = try await world.addLocation(
      name, of: location.dealerName, timeZone: timeZone, country: country)
    return try await Workshop.furnish(
      place, of: world, locker: "Entrance", boxes: 4, pinToDrop: pinToDrop,
      tablet: try await world.newTablet(of: name, at: place))
  }

  /// Another workshop on the same server, of another dealer unless it is named the same.
  ///
  /// Its mechanic, signed in on its tablet, is `staff`.
  public func neighbour(
    dealer: String = "Other dealer", name: String = "Side street", boxes: Int32 = 2,
    staff: String = "neighbour"
  ) async throws -> Workshop {
    let place = try await world.addLocation(name, of: dealer)
    let shop = try await Workshop.furnish(
      place, of: world, locker: "Entrance of \(name)", boxes: boxes, pinToDrop: true,
      tablet: try await world.newTablet(of: staff, at: place))
    try await shop.employ(staff)
    return shop
  }

  private func employ(_ mechanic: String) async throws {
    try await hire(mechanic, .mechanic, usesKeyLocker: true)
    try await signIn(mechanic, on: tablet)
  }

  /// A locker with controller and screen, connected.
  static func furnish(
    _ location: ProtoLocation, of world: World, locker name: String, boxes: Int32, pinToDrop: Bool,
    itemSensors: Bool = false, tablet: EnrolledPeer
  ) async throws -> Workshop {
    let locker = try await world.admin.createLocker(
      .with {
        $0.requestID = world.requestID
        $0.locationID = location.locationID
        $0.name = name
        $0.compartmentCount = boxes
        $0.pinToDrop = pinToDrop
        $0.hasItemSensors_p = itemSensors
      }, world.operatorContext
    ).locker
    let controller = try await world.enroll(.controller, name: "Controller", locker: locker.lockerID)
    let screen = try await world.enroll(.screen, name: "Lower screen", locker: locker.lockerID)
    let shop = Workshop(
      world: world, location: location, locker: locker, controller: controller, screen: screen,
      tablet: tablet,
      lock: SimulatedLocker(
        world: world, controller: controller, locker: Locker.ID(rawValue: locker.lockerID)))
    try await shop.lock.connect(boxes: Int(boxes))
    return shop
  }
}

extension World {
  fileprivate func newTablet(of name: String, at location: ProtoLocation) async throws -> EnrolledPeer {
    try await enroll(.tablet, name: "Tablet of \(name)", location: location.locationID)
  }

  func addLocation(
    _ name: String, of dealer: String, timeZone: String = "Europe/Amsterdam", country: String = "NL"
  ) async throws -> ProtoLocation {
    try await admin.createLocation(
      .with {
        $0.requestID = requestID
        $0.dealerName = dealer
        $0.name = name
        $0.timeZone = timeZone
        $0.country = country
      }, operatorContext
    ).location
  }
}
