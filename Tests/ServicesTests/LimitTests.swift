import API
import Domain
import RPC
import TestSupport
import Testing

@testable import Services

/// W5: there are only so many of each thing, and whoever wants one more is told what to do first.
@Suite(.timeLimit(.minutes(10))) struct LimitTests {
  /// Something that is limited.
  struct Thing: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: Failure.Reason
    let maximum: Int
    /// A workshop has so many from the start.
    let atFirst: Int
    /// Puts one into the database.
    let insert: @Sendable (any Transaction, Place, _ number: Int) throws -> Void
    /// Asks the service for one.
    let make: @Sendable (Workshop, _ name: String) async throws -> Void
    /// Does what the refusal says; none where nothing can be done away with.
    var makeRoom: (@Sendable (Workshop) async throws -> Void)?

    var testDescription: String { name }
  }

  struct Place: Sendable {
    let dealer: Dealer.ID
    let location: Location.ID
  }

  @Test(arguments: Thing.all)
  func `W5 there may be so many and not one more, until there is room`(thing: Thing) async throws {
    let shop = try await Workshop.open(boxes: 1)
    let place = Place(
      dealer: Dealer.ID(rawValue: shop.location.dealerID),
      location: Location.ID(rawValue: shop.location.locationID))
    try await shop.world.store.decide { tx in
      for number in thing.atFirst..<thing.maximum - 1 { try thing.insert(tx, place, number) }
    }
    try await thing.make(shop, "last")
    let refusal = try await failure { try await thing.make(shop, "too many") }
    #expect(refusal?.code == .resourceExhausted)
    #expect(refusal?.reason == thing.reason)
    #expect(refusal?.message.hasPrefix("There are \(thing.maximum) ") == true, "\(refusal?.message ?? "")")
    guard let makeRoom = thing.makeRoom else { return }
    try await makeRoom(shop)
    try await thing.make(shop, "once more")
    #expect(try await failure { try await thing.make(shop, "too many") }?.reason == thing.reason)
  }

  @Test func `W5 a code that was not used in time makes room for another device`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let location = Location.ID(rawValue: shop.location.locationID)
    let soon = shop.world.clock.now + .seconds(60)
    try await shop.world.store.decide { tx in
      for number in Thing.devices.atFirst..<Device.maximumPerLocation {
        _ = try tx.insert(
          EnrollmentCode(
            digest: Thing.bytes(number), kind: .tablet, name: "T", location: location, locker: nil,
            expiresAt: soon))
      }
    }
    let refusal = try await failure { try await Thing.devices.make(shop, "too many") }
    #expect(refusal?.reason == "TOO_MANY_DEVICES")
    shop.world.clock.advance(.seconds(60))
    try await Thing.devices.make(shop, "in time")
  }

  @Test func `W5 who is enabled again needs room as who is new does`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let world = shop.world
    let away = try await shop.hire("away", .mechanic, usesKeyLocker: false)
    func set(disabled: Bool) async throws {
      _ = try await world.admin.updateStaff(
        .with { ($0.requestID, $0.staffID, $0.disabled) = (world.requestID, away.staffID, disabled) },
        world.operatorContext)
    }
    try await set(disabled: true)
    let place = Place(
      dealer: Dealer.ID(rawValue: shop.location.dealerID),
      location: Location.ID(rawValue: shop.location.locationID))
    try await world.store.decide { tx in
      for number in 1..<Staff.maximumPerDealer { try Thing.staff.insert(tx, place, number) }
    }
    #expect(try await failure { try await set(disabled: false) }?.reason == "TOO_MANY_STAFF")
    try await Thing.staff.makeRoom?(shop)
    try await set(disabled: false)
  }
}

extension LimitTests.Thing {
  static let all = [locations, lockers, devices, staff, apiKeys, agreements, services]

  /// 32 bytes, another for each number.
  static func bytes(_ number: Int) -> [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) }
  }

  static let locations = Self(
    name: "locations of a dealer", reason: "TOO_MANY_LOCATIONS", maximum: 500, atFirst: 1,
    insert: { tx, place, number in
      let first = try #require(try tx.location(place.location))
      _ = try tx.insert(
        Location(
          dealer: place.dealer, name: "\(number)", zone: first.zone, country: "NL", languages: ["en"]))
    },
    make: { shop, name in
      _ = try await shop.world.admin.createLocation(
        .with {
          $0.requestID = shop.world.requestID
          $0.dealerID = shop.location.dealerID
          $0.name = name
          $0.timeZone = "Europe/Amsterdam"
          $0.country = "NL"
        }, shop.world.operatorContext)
    })

  static let lockers = Self(
    name: "lockers at a location", reason: "TOO_MANY_LOCKERS", maximum: 200, atFirst: 1,
    insert: { tx, place, number in
      let timing = try #require(try tx.lockers(at: place.location).first).timing
      _ = try tx.insert(
        Locker(
          location: place.location, name: "\(number)", asksPinToDrop: true, hasItemSensors: false,
          timing: timing))
    },
    make: { shop, name in
      _ = try await shop.world.admin.createLocker(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
          $0.name = name
          $0.compartmentCount = 1
        }, shop.world.operatorContext)
    })

  static let devices = Self(
    name: "devices and codes at a location", reason: "TOO_MANY_DEVICES", maximum: 500, atFirst: 3,
    insert: { tx, place, number in
      _ = try tx.insert(
        Device(
          kind: .tablet, name: "\(number)", location: place.location, locker: nil, publicKey: bytes(number),
          keyID: "\(number)", enrolledAt: Instant(milliseconds: 1)))
    },
    make: { shop, name in
      _ = try await shop.world.admin.createEnrollmentCode(
        .with {
          $0.requestID = shop.world.requestID
          $0.kind = .tablet
          $0.name = name
          $0.locationID = shop.location.locationID
        }, shop.world.operatorContext)
    },
    makeRoom: { shop in
      _ = try await shop.world.admin.revokeDevice(
        .with { ($0.requestID, $0.deviceID) = (shop.world.requestID, shop.tablet.id.rawValue) },
        shop.world.operatorContext)
    })

  static let staff = Self(
    name: "staff of a dealer", reason: "TOO_MANY_STAFF", maximum: 2_000, atFirst: 1,
    insert: { tx, place, number in
      _ = try tx.insert(
        Staff(
          dealer: place.dealer, userName: "\(number)", displayName: "\(number)", role: .mechanic,
          usesKeyLocker: false, passwordHash: "none"))
    },
    make: { shop, name in try await shop.hire(name, .mechanic, usesKeyLocker: false) },
    makeRoom: { shop in
      let world = shop.world
      let somebody = try await world.admin.listStaff(
        .with { $0.locationID = shop.location.locationID }, world.operatorContext
      ).staff[0]
      _ = try await world.admin.updateStaff(
        .with { ($0.requestID, $0.staffID, $0.disabled) = (world.requestID, somebody.staffID, true) },
        world.operatorContext)
    })

  static let apiKeys = Self(
    name: "API keys of a dealer", reason: "TOO_MANY_API_KEYS", maximum: 500, atFirst: 0,
    insert: { tx, place, number in
      _ = try tx.insert(APIKey(dealer: place.dealer, name: "\(number)", digest: bytes(number)))
    },
    make: { shop, name in _ = try await shop.program(name) },
    makeRoom: { shop in
      let world = shop.world
      let first = try await world.admin.listApiKeys(
        .with { $0.locationID = shop.location.locationID }, world.operatorContext
      ).apiKeys[0]
      _ = try await world.admin.revokeApiKey(
        .with { ($0.requestID, $0.apiKeyID) = (world.requestID, first.apiKeyID) }, world.operatorContext)
    })

  static let agreements = Self(
    name: "agreements at a location", reason: "TOO_MANY_AGREEMENTS", maximum: 20, atFirst: 0,
    insert: { tx, place, number in
      _ = try tx.insert(
        Agreement(
          location: place.location, title: "\(number)", text: "Text", isMandatory: false,
          publishedAt: Instant(milliseconds: 1)))
    },
    make: { shop, name in
      _ = try await shop.world.admin.createAgreement(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
          $0.title = name
          $0.text = "Text"
        }, shop.world.operatorContext)
    },
    makeRoom: { shop in
      let world = shop.world
      let first = try await world.admin.listAgreements(
        .with { $0.locationID = shop.location.locationID }, world.operatorContext
      ).agreements[0]
      _ = try await world.admin.withdrawAgreement(
        .with { ($0.requestID, $0.agreementID) = (world.requestID, first.agreementID) },
        world.operatorContext)
    })

  static let services = Self(
    name: "services at a location", reason: "TOO_MANY_SERVICES", maximum: 500, atFirst: 0,
    insert: { tx, place, number in
      _ = try tx.insert(OptionalService(location: place.location, name: "\(number)"))
    },
    make: { shop, name in
      _ = try await shop.world.admin.createOptionalService(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
          $0.name = name
        }, shop.world.operatorContext)
    },
    makeRoom: { shop in
      let world = shop.world
      let first = try await world.admin.listOptionalServices(
        .with { $0.locationID = shop.location.locationID }, world.operatorContext
      ).services[0]
      _ = try await world.admin.withdrawOptionalService(
        .with { ($0.requestID, $0.serviceID) = (world.requestID, first.serviceID) }, world.operatorContext)
    })
}
