import Domain
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

/// Settings, versions, services and calls for help come back as they were stored.
@Suite struct SettingsRoundTripTests {
  static let seeds = RoundTripTests.seeds

  @Test(arguments: seeds) func `E1 opening hours come back, and new ones take their place`(seed: UInt64)
    async throws
  {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let other = try await world.store.decide { try World(in: $0, number: 2) }
    let hours = (0..<2).map { _ in random.openingHours() }
    try await world.store.decide { tx in
      #expect(try tx.openingHours(of: world.location.id) == OpeningHours())
      for each in hours {
        try tx.replaceOpeningHours(of: world.location.id, with: each)
        #expect(try tx.openingHours(of: world.location.id) == each)
      }
      #expect(try tx.openingHours(of: other.location.id) == OpeningHours())
    }
  }

  @Test(arguments: seeds) func `C7 versions of agreements come back, and one is current`(seed: UInt64)
    async throws
  {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let drafts = (0..<2).map { _ in random.agreement(at: world.location.id) }
    let moment = random.instant()
    try await world.store.decide { tx in
      let first = try tx.insert(drafts[0])
      #expect(try tx.agreement(first.id) == first)
      try tx.end(first.id, at: moment)
      let second = try tx.insert(drafts[1].with(\.first, first.id).with(\.version, 2))
      #expect(second.series == first.id)
      let here = world.location.id
      #expect(
        try tx.agreements(at: here, includingEnded: true, after: .unassigned, limit: 9)
          == [first.with(\.endedAt, moment), second])
      #expect(
        try tx.agreements(at: here, includingEnded: false, after: .unassigned, limit: 9) == [second])
      for module in Agreement.Module.allCases {
        #expect(
          try tx.agreements(at: here, shownIn: module)
            == (second.modules.contains(module) ? [second] : []))
      }
    }
  }

  @Test(arguments: seeds) func `C4 optional services come back as they were stored`(seed: UInt64)
    async throws
  {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let drafts = (0..<2).map { _ in random.optionalService(at: world.location.id) }
    try await world.store.decide { tx in
      var service = try tx.insert(drafts[0])
      #expect(try tx.optionalService(service.id) == service)
      service = drafts[1].with(\.id, service.id).with(\.isWithdrawn, true)
      try tx.update(service)
      let here = world.location.id
      #expect(
        try tx.optionalServices(at: here, includingWithdrawn: true, after: .unassigned, limit: 9) == [service]
      )
      #expect(
        try tx.optionalServices(at: here, includingWithdrawn: false, after: .unassigned, limit: 9).isEmpty)
    }
  }

  @Test func `E2 calls for help come back in every state, are due, and are each staff member's own`()
    async throws
  {
    let world = try await Shared.world()
    try await world.store.decide { tx in
      let other = try tx.insert(
        Staff(
          dealer: world.dealer.id, userName: "desk", displayName: "Desk", role: .receptionist,
          usesKeyLocker: false, passwordHash: "x"))
      let here = world.location.id
      #expect(try tx.helpRevision(at: here) == 0)
      var call = try tx.insert(world.world.helpCall(7).with(\.compartment, 3))
      #expect(try tx.openHelpCall(at: world.locker.id) == call)
      #expect(try tx.helpCalls(at: here, for: other.id) == [call])
      try tx.ignore(call.id, by: other.id)
      try tx.ignore(call.id, by: other.id)
      #expect(try tx.helpCalls(at: here, for: other.id).isEmpty)
      #expect(try tx.helpCalls(at: here, for: world.staff.id) == [call])
      for state in Visit.State.allCases {
        call.screen = .visit(state)
        try tx.update(call)
        #expect(try tx.helpCall(call.id) == call)
      }
      try call.apply(.handled(by: world.staff.id), at: World.now)
      try tx.update(call)
      #expect(try tx.helpCall(call.id) == call)
      #expect(try tx.helpCalls(at: here, for: world.staff.id).isEmpty)
      #expect(try tx.helpRevision(at: here) == 7)
      let end = World.now + HelpCall.arrival
      #expect(try tx.dueHelpCalls(at: end - .milliseconds(1)).isEmpty)
      #expect(try tx.dueHelpCalls(at: end) == [call])
      #expect(try tx.nextWakeUp() == end)
      try call.apply(.tick, at: end)
      try tx.update(call)
      #expect(try tx.helpCall(call.id) == call)
      #expect(try tx.openHelpCall(at: world.locker.id) == nil)
      #expect(try tx.nextWakeUp() == nil)
    }
  }

  @Test func `a page begins after an id and is as long as asked`() async throws {
    let world = try await Shared.world()
    try await world.store.decide { tx in
      let here = world.location.id
      let lockers = try (1...5).map { number in
        try tx.insert(
          Locker(
            location: here, name: "L\(number)", asksPinToDrop: true, hasItemSensors: false,
            timing: LockTiming()))
      }
      #expect(try tx.lockers(at: here, after: lockers[0].id, limit: 2) == Array(lockers[1...2]))
      #expect(try tx.lockers(at: here, after: lockers[4].id, limit: 2).isEmpty)
      #expect(try tx.dealers(after: world.dealer.id, limit: 2).isEmpty)
      #expect(try tx.locations(after: .unassigned, limit: 1) == [world.location])
      #expect(try tx.staff(of: world.dealer.id, after: .unassigned, limit: 9) == [world.staff])
      #expect(try tx.devices(at: here, after: world.tablet.id, limit: 9).isEmpty)
      let key = try tx.insert(
        World.key(of: world.workOrder).with(\.custody, Custody(holder: .desk, since: World.now)))
      #expect(try tx.keysInCustody(at: here, after: .unassigned, limit: 9) == [key])
      #expect(try tx.keysInCustody(at: here, after: key.id, limit: 9).isEmpty)
    }
  }

  @Test func `C7 agreements from before versions were kept are version 1, shown everywhere`() async throws {
    let path = try TemporaryStore.directory("old") + "/latchkey.db"
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { db in
      try SQLiteStore.migrate(db, through: 6)
      try db.execute(
        sql: """
          INSERT INTO dealers (name) VALUES ('Garage');
          INSERT INTO locations (dealer_id, name, zone, country, languages, qr_ms, warning_ms, end_ms)
          VALUES (1, 'Main street', 'Europe/Amsterdam', 'NL', 'nl', 60000, 40000, 60000);
          INSERT INTO agreements (location_id, title, text, is_mandatory) VALUES (1, 'Terms', 'Text', 1);
          """)
    }
    try queue.close()
    let store = try SQLiteStore(.file(path: path), hash: .blake2b)
    let here = Location.ID(rawValue: 1)
    let old = Agreement(
      id: .init(rawValue: 1), location: here, title: "Terms", text: "Text", isMandatory: true,
      publishedAt: nil)
    #expect(try await store.read { try $0.agreements(at: here, shownIn: .kiosk) } == [old])
    #expect(try await store.read { try $0.location(here)?.checkIn } == CheckInSettings())
    #expect(try await store.read { try $0.location(here)?.currency } == "EUR")
    try await store.close()
  }
}

extension SeededGenerator {
  fileprivate mutating func interval() -> OpeningHours.Interval {
    let from = Int.random(in: 0...1439, using: &self)
    return OpeningHours.Interval(from: from, until: from + .random(in: 1...1440, using: &self))!
  }

  fileprivate mutating func openingHours() -> OpeningHours {
    var hours = OpeningHours()
    for day in OpeningHours.weekdays where flag() {
      hours.week[day] = (0..<Int.random(in: 1...3, using: &self)).map { _ in interval() }
    }
    for _ in 0..<Int.random(in: 0...5, using: &self) {
      hours.exceptions[localTime().date] = (0..<Int.random(in: 0...3, using: &self)).map { _ in interval() }
    }
    return hours
  }

  fileprivate mutating func agreement(at location: Location.ID) -> Agreement {
    Agreement(
      location: location, title: text(), text: text(), isMandatory: flag(),
      modules: Set(Agreement.Module.allCases.filter { $0 == .kiosk || Bool.random(using: &self) }),
      publishedAt: instant())
  }

  fileprivate mutating func optionalService(at location: Location.ID) -> OptionalService {
    OptionalService(
      location: location, name: text(), description: text(),
      priceCents: .random(in: OptionalService.prices, using: &self), url: text(),
      brands: (0..<Int.random(in: 0...3, using: &self)).map { "Brand \($0)" })
  }
}
