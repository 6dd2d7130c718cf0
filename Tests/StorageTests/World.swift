import Domain
import Services
import Storage
import TestSupport

/// One of each thing, stored: what the tests start from.
struct World: Sendable {
  var dealer: Dealer
  var location: Location
  var locker: Locker
  var boxes: [Compartment]
  var staff: Staff
  var tablet: Device
  var workOrder: WorkOrder
  var key: Key

  static let now = Instant(milliseconds: 1_760_000_000_000)
  static let date = LocalDate(year: 2025, month: 10, day: 9)!

  /// Makes them. `number` keeps names and keys of several worlds apart.
  init(in tx: any Transaction, number: UInt8 = 1) throws {
    dealer = try tx.insert(Dealer(name: "Dealer \(number)"))
    location = try tx.insert(
      Location(
        dealer: dealer.id, name: "Workshop", zone: Zone(identifier: "Europe/Amsterdam")!, country: "NL",
        languages: ["nl", "en"]))
    locker = try tx.insert(
      Locker(
        location: location.id, name: "Main entrance", asksPinToDrop: true, hasItemSensors: true,
        timing: LockTiming()))
    boxes = try (1...4).map { [locker] in try tx.insert(Compartment(locker: locker.id, number: $0)) }
    staff = try tx.insert(
      Staff(
        dealer: dealer.id, userName: "mechanic", displayName: "The mechanic", role: .mechanic,
        usesKeyLocker: true, passwordHash: "$argon2id$"))
    tablet = try tx.insert(
      Device(
        kind: .tablet, name: "Tablet", location: location.id, locker: nil,
        publicKey: Array(repeating: number, count: 32), keyID: "k4.pid.\(number)", enrolledAt: Self.now))
    workOrder = try tx.insert(Self.workOrder(at: location.id, number: "WO-1"))
    key = try tx.insert(Self.key(of: workOrder))
  }

  static func workOrder(
    at location: Location.ID, number: String, date: LocalDate = date, plate: String = "AB123C"
  ) -> WorkOrder {
    WorkOrder(
      location: location, number: number, localTime: LocalDateTime(date: date, hour: 8, minute: 30)!,
      plate: Plate(parsing: plate)!)
  }

  static func key(of workOrder: WorkOrder) -> Key {
    Key(
      location: workOrder.location, workOrder: workOrder.id, label: "Key",
      custody: Custody(holder: .customer, since: now))
  }

  func visit(_ state: Visit.State = .authenticating, at locker: Locker.ID? = nil) -> Visit {
    Visit(
      locker: locker ?? self.locker.id, purpose: .dropOff, state: state, startedAt: Self.now,
      endedAt: state.isOver ? Self.now : nil)
  }

  func handover(_ state: Handover.State = .queued, key: Key.ID? = nil, box: Int = 0) -> Handover {
    let isShown = state != .queued
    return Handover(
      location: location.id, workOrder: workOrder.id, key: key ?? self.key.id, locker: locker.id,
      compartment: boxes[box].id, direction: .takeOut, state: state, tablet: tablet.id, staff: staff.id,
      requestedAt: Self.now, shownAt: isShown ? Self.now : nil,
      expiresAt: isShown ? Self.now + .seconds(60) : nil, endedAt: state.isOver ? Self.now : nil)
  }

  func command(_ sequence: Int64, cause: Command.Cause, person: Command.Person = .customer) -> Command {
    Command(
      locker: locker.id, sequence: sequence, compartment: boxes[0].id, cause: cause, person: person,
      issuedAt: Self.now, expiresAt: Self.now + Command.lifetime,
      judgeAt: Self.now + Command.lifetime)
  }

  func pin(_ digest: UInt8, state: IssuedPin.State = .live) -> IssuedPin {
    IssuedPin(
      location: location.id, digest: Array(repeating: digest, count: 32), purpose: .dropOff, state: state,
      workOrder: workOrder.id, issuedAt: Self.now, expiresAt: Self.now + .seconds(600))
  }

  func helpCall(_ revision: Int64 = 1, isAttended: Bool = true) -> HelpCall {
    HelpCall(
      location: location.id, locker: locker.id, isAttended: isAttended, screen: .welcome,
      calledAt: Self.now, revision: revision)
  }

  func event(_ kind: Event.Kind, at seconds: Int = 0) -> Event {
    Event(kind, at: Self.now + .seconds(seconds), location: location.id, workOrder: workOrder.id)
  }
}

/// A world in a store of its own, in memory.
@dynamicMemberLookup
struct Shared: Sendable {
  private let temporary: TemporaryStore
  let world: World

  static func world() async throws -> Shared {
    let temporary = try TemporaryStore()
    return Shared(temporary: temporary, world: try await temporary.store.decide { try World(in: $0) })
  }

  var store: SQLiteStore { temporary.store }

  subscript<Value>(dynamicMember field: KeyPath<World, Value>) -> Value { world[keyPath: field] }

  func visit(_ state: Visit.State = .authenticating, at locker: Locker.ID? = nil) -> Visit {
    world.visit(state, at: locker)
  }

  func handover(_ state: Handover.State = .queued, key: Key.ID? = nil, box: Int = 0) -> Handover {
    world.handover(state, key: key, box: box)
  }
}
