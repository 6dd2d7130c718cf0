import Core
import Domain
import Foundation
import Services
import Storage

/// Furnishes a data directory whose server is not running: locations, lockers with controller and screen, a
/// tablet with a mechanic signed in at each location, a key in each locker and a PIN for another.
///
/// Prints what a load generator has to know, a line each:
///
///     tablet ID SEED
///     locker ID  CONTROLLER-ID SEED  SCREEN-ID SEED  TABLET  WORK-ORDER  PIN
///
/// Seeds are hexadecimal, TABLET is the tablet's line from 0, WORK-ORDER the one whose key is in the locker.
struct Furnishing {
  let locations: Int
  let lockersPerLocation: Int
  let compartments: Int

  private static let firstPin = 250_000

  func furnish(_ data: String) async throws {
    try Crypto.start()
    let pins = try Self.pinKey(data)
    let store = try SQLiteStore(
      .file(path: data + "/latchkey.db"),
      hash: ChainHash(hash: EventHash.chain, commit: EventHash.commitment))
    var lines: [String] = []
    for number in 0..<locations {
      lines += try await store.decide { tx in try furnish(location: number, tx, pins: pins) }
    }
    try await store.close()
    print(lines.joined(separator: "\n"))
  }

  private static func pinKey(_ data: String) throws -> SecretKey {
    let bytes = try Data(contentsOf: URL(filePath: data + "/pins.key"))
    guard let key = SecretKey(bytes: [UInt8](bytes)) else { throw CocoaError(.fileReadCorruptFile) }
    return key
  }

  private func furnish(location number: Int, _ tx: any Transaction, pins: SecretKey) throws -> [String] {
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    guard let zone = Zone(identifier: "Europe/Amsterdam") else { throw CocoaError(.fileReadCorruptFile) }
    let dealer = try tx.insert(Dealer(name: "Dealer \(number)"))
    let location = try tx.insert(
      Location(dealer: dealer.id, name: "Street \(number)", zone: zone, country: "NL", languages: ["nl"]))
    let mechanic = try tx.insert(
      Staff(
        dealer: dealer.id, userName: "mechanic", displayName: "Mechanic", role: .mechanic,
        usesKeyLocker: true, passwordHash: ""))
    var tablet = try Enrolled(.tablet, at: location.id, locker: nil, tx, now)
    tablet.device.signedIn = Device.SignIn(staff: mechanic.id, expiresAt: now + Device.SignIn.lifetime)
    try tx.update(tablet.device)
    var lines = ["tablet \(tablet.text)"]
    for index in 0..<lockersPerLocation {
      let shop = Shop(tx: tx, location: location, pins: pins, now: now)
      let described = try shop.furnish(locker: index, compartments: compartments, pin: Self.firstPin + index)
      lines.append(described.with(tablet: number))
    }
    return lines
  }

  /// Where lockers are put up.
  private struct Shop {
    let tx: any Transaction
    let location: Location
    let pins: SecretKey
    let now: Instant

    struct Described {
      let start: String
      let end: String

      func with(tablet: Int) -> String { "\(start) \(tablet) \(end)" }
    }

    func furnish(locker index: Int, compartments: Int, pin: Int) throws -> Described {
      let locker = try tx.insert(
        Locker(
          location: location.id, name: "Locker \(index)", asksPinToDrop: true, hasItemSensors: false,
          timing: LockTiming()))
      let boxes = try (1...compartments).map { number in
        try tx.insert(Compartment(locker: locker.id, number: number, door: .closed))
      }
      let controller = try Enrolled(.controller, at: location.id, locker: locker.id, tx, now)
      let screen = try Enrolled(.screen, at: location.id, locker: locker.id, tx, now)
      let inside = try book("I\(index)", .inShop)
      let key = try tx.insert(
        Key(
          location: location.id, workOrder: inside.id, label: inside.number,
          custody: Custody(holder: .compartment(boxes[0].id), since: now)))
      _ = try tx.append(
        Event(
          .keyDropped, at: now, location: location.id, workOrder: inside.id, key: key.id, locker: locker.id,
          compartment: 1), text: nil, salt: [])
      try expect(index, pin: pin)
      return Described(
        start: "locker \(locker.id) \(controller.text) \(screen.text)", end: "\(inside.id) \(pin)")
    }

    /// A work order whose key is to be dropped with a PIN.
    private func expect(_ index: Int, pin: Int) throws {
      let outside = try book("O\(index)", .planned)
      let key = try tx.insert(
        Key(
          location: location.id, workOrder: outside.id, label: outside.number,
          custody: Custody(holder: .customer, since: now)))
      guard let digits = PIN(digits: String(pin)) else { throw CocoaError(.coderInvalidValue) }
      _ = try tx.insert(
        IssuedPin(
          location: location.id, digest: digits.digest(key: pins, location: location.id.rawValue).bytes,
          purpose: .dropOff, workOrder: outside.id, key: key.id, issuedAt: now,
          expiresAt: now + .seconds(24 * 60 * 60)))
    }

    private func book(_ number: String, _ status: WorkOrder.Status) throws -> WorkOrder {
      let workOrder = try tx.insert(
        WorkOrder(
          location: location.id, number: number, localTime: try Bookings.time(day: 1), status: status,
          plate: try Bookings.plate(1)))
      try tx.replaceContacts(of: workOrder.id, with: [try Bookings.driver(1)])
      try tx.replaceInterventions(
        of: workOrder.id, with: [Intervention(name: "Service", priceCents: 10_000)])
      return workOrder
    }
  }

  /// A device with a new key pair.
  private struct Enrolled {
    var device: Device
    let seed: [UInt8]

    var text: String { "\(device.id) " + seed.map { String(format: "%02x", $0) }.joined() }

    init(
      _ kind: Device.Kind, at location: Location.ID, locker: Locker.ID?, _ tx: any Transaction, _ now: Instant
    ) throws {
      seed = SystemEntropy().bytes(SigningKey.seedByteCount)
      guard let key = SigningKey(seed: seed) else { throw CocoaError(.coderInvalidValue) }
      device = try tx.insert(
        Device(
          kind: kind, name: "\(kind)", location: location, locker: locker, publicKey: key.publicKey.bytes,
          keyID: key.keyID, enrolledAt: now))
    }
  }
}
