import Core
import Domain
import Services
import Storage
import TestSupport

/// What a workshop starts with, written straight into its database: places, people, devices with their keys.
struct Furniture {
  struct Locker {
    let id: Domain.Locker.ID
    let boxes: Int
    let controller: Peer.Credential
    let screens: [Peer.Credential]
  }

  struct Tablet {
    let credential: Peer.Credential
    let staff: Int64
  }

  static let apiKeyText = "0123456789ABCDEFGHJKMNPQRSTVWXYZ01234567"
  /// Hashing takes tens of milliseconds, so it is done once.
  static let password = "correct horse battery"
  static let passwordHash = (try? Password.hash(password)) ?? ""

  let location: Location.ID
  let timing: LockTiming
  private(set) var lockers: [Locker] = []
  private(set) var tablets: [Tablet] = []
  let deskTablet: Peer.Credential
  let apiKey: String
  let cars: [Car]

  init(
    in store: SQLiteStore, _ secrets: ServerSecrets, hasItemSensors: Bool, _ theme: Theme, now: Instant,
    _ dice: inout Dice
  ) throws {
    var dealerID = Dealer.ID.unassigned
    timing = LockTiming(
      pulse: dice.int(200...600),
      coolDown: theme == .slowCoils ? dice.int(32_000...60_000) : dice.int(500...3_000),
      openWindow: dice.int(1_500...5_000),
      leftOpen: theme == .carelessPeople ? 300_000 : dice.int(5_000...40_000), debounce: dice.int(0...120))
    let zone = Zone(identifier: "Europe/Amsterdam")!
    let limits = Location.Limits(
      qr: .seconds(dice.int(10...60)), warning: .seconds(10), end: .seconds(dice.int(15...60)))
    location = try store.decideHere { tx in
      let dealer = try tx.insert(Dealer(name: "Dealer"))
      return try tx.insert(
        Location(
          dealer: dealer.id, name: "Main street", zone: zone, country: "NL", languages: ["en"], limits: limits
        )
      ).id
    }
    let here = location
    dealerID = try store.readHere { try $0.location(here)?.dealer ?? .unassigned }
    let asksPin = dice.chance(65)
    for number in 1...(dice.chance(35) ? 2 : 1) {
      lockers.append(
        try Self.locker(
          number, in: store, at: location, timing, asksPin: asksPin, hasItemSensors: hasItemSensors, now,
          &dice))
    }
    for name in ["anna", "bert"] {
      let staff = try Self.staff(name, .mechanic, in: store, of: dealerID)
      let credential = try Self.device(.tablet, name, in: store, at: location, nil, staff, now, &dice)
      tablets.append(Tablet(credential: credential, staff: staff.rawValue))
    }
    let chief = try Self.staff("carla", .dealerAdmin, in: store, of: dealerID)
    deskTablet = try Self.device(.tablet, "desk", in: store, at: location, nil, chief, now, &dice)
    apiKey = Self.apiKeyText
    let digest = Digest.of(Array(Self.apiKeyText.utf8), key: secrets.codes).bytes
    let dealer = dealerID
    _ = try store.decideHere { try $0.insert(APIKey(dealer: dealer, name: "Program", digest: digest)) }
    cars = (0..<6).map { index in
      // Two of one plate: the customer is asked which (D11).
      Car(
        number: "47\(index)", plate: index < 2 ? "AB-123-C" : "XY-10\(index)-Z",
        mobile: "061234567\(index)")
    }
  }

  private static func locker(
    _ number: Int, in store: SQLiteStore, at location: Location.ID, _ timing: LockTiming, asksPin: Bool,
    hasItemSensors: Bool, _ now: Instant, _ dice: inout Dice
  ) throws -> Locker {
    let boxes = dice.int(2...4)
    let id = try store.decideHere { tx in
      let locker = try tx.insert(
        Domain.Locker(
          location: location, name: "Locker \(number)", asksPinToDrop: asksPin,
          hasItemSensors: hasItemSensors, timing: timing))
      for number in 1...boxes { _ = try tx.insert(Compartment(locker: locker.id, number: number)) }
      return locker.id
    }
    let controller = try device(.controller, "controller", in: store, at: location, id, nil, now, &dice)
    let screens = try (1...(dice.chance(40) ? 2 : 1)).map {
      try device(.screen, "screen \($0)", in: store, at: location, id, nil, now, &dice)
    }
    return Locker(id: id, boxes: boxes, controller: controller, screens: screens)
  }

  private static func staff(
    _ name: String, _ role: Staff.Role, in store: SQLiteStore, of dealer: Dealer.ID
  ) throws -> Staff.ID {
    let hash = passwordHash
    return try store.decideHere { tx in
      try tx.insert(
        Staff(
          dealer: dealer, userName: name, displayName: name, role: role, usesKeyLocker: true,
          passwordHash: hash)
      ).id
    }
  }

  private static func device(
    _ kind: Device.Kind, _ name: String, in store: SQLiteStore, at location: Location.ID,
    _ locker: Domain.Locker.ID?, _ staff: Staff.ID?, _ now: Instant, _ dice: inout Dice
  ) throws -> Peer.Credential {
    let key = SigningKey(seed: dice.keySeed())!
    let publicKey = key.publicKey
    let id = try store.decideHere { tx in
      try tx.insert(
        Device(
          kind: kind, name: name, location: location, locker: locker, publicKey: publicKey.bytes,
          keyID: publicKey.keyID, enrolledAt: now,
          signedIn: staff.map { Device.SignIn(staff: $0, expiresAt: now + Device.SignIn.lifetime) })
      ).id
    }
    return .device(id, key)
  }
}
