import API
import Domain
import RPC
import TestSupport
import Testing

/// W5, E1, C1: dealers, and the settings of their locations.
@Suite(.timeLimit(.minutes(10))) struct AdminLocationTests {
  private func admin(_ shop: Workshop) async throws -> CallContext {
    try await shop.tablet(of: "boss", .dealerAdmin).context
  }

  private func create(
    _ shop: Workshop, _ context: CallContext, _ fill: (inout ProtoCreateLocationRequest) -> Void = { _ in }
  ) async throws -> ProtoLocation {
    var request = ProtoCreateLocationRequest.with {
      $0.requestID = shop.world.requestID
      $0.name = "Harbour"
      $0.timeZone = "Europe/Brussels"
      $0.country = "BE"
    }
    fill(&request)
    return try await shop.world.admin.createLocation(request, context).location
  }

  @Test func `W5 the operator makes dealers, each of a name of its own, and lists and renames them`()
    async throws
  {
    let world = try World()
    func make(_ name: String) async throws -> ProtoDealer {
      try await world.admin.createDealer(
        .with {
          $0.requestID = world.requestID
          $0.name = name
        }, world.operatorContext
      ).dealer
    }
    let first = try await make(" Garage ")
    let second = try await make("Other")
    #expect(first.name == "Garage")
    #expect(try await failure { try await make("Garage") }?.reason == "NAME_IN_USE")
    #expect(try await failure { try await make("") }?.violations.map(\.field) == ["name"])
    #expect(
      try await world.admin.listDealers(.init(), world.operatorContext).dealers == [first, second])
    func rename(_ dealer: ProtoDealer, _ name: String) async throws -> String {
      try await world.admin.updateDealer(
        .with {
          $0.requestID = world.requestID
          $0.dealerID = dealer.dealerID
          $0.name = name
        }, world.operatorContext
      ).dealer.name
    }
    #expect(try await failure { try await rename(second, "Garage") }?.reason == "NAME_IN_USE")
    #expect(try await rename(second, "Other") == "Other")
    #expect(try await rename(second, "Another") == "Another")
  }

  @Test func `S3 a dealer admin sees and renames its own dealer, and makes locations of it alone`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let other = try await shop.neighbour()
    let boss = try await admin(shop)
    let world = shop.world
    #expect(
      try await world.admin.listDealers(.init(), boss).dealers.map(\.dealerID) == [shop.location.dealerID])
    let renamed = try await world.admin.updateDealer(
      .with {
        $0.requestID = world.requestID
        $0.dealerID = shop.location.dealerID
        $0.name = "New name"
      }, boss
    ).dealer
    #expect(renamed.name == "New name")
    #expect(try await shop.log(.dealerUpdated).count == 1)

    let unnamed = try await create(shop, boss)
    #expect(unnamed.dealerID == shop.location.dealerID)
    #expect(unnamed.currency == "EUR")
    #expect(
      try await create(shop, boss) { ($0.name, $0.dealerName) = ("B", "New name") }.dealerName == "New name")
    #expect(
      try await create(shop, boss) { ($0.name, $0.dealerID) = ("C", shop.location.dealerID) }.name == "C")
    let foreign = try await failure { try await create(shop, boss) { $0.dealerID = other.location.dealerID } }
    let unknown = try await failure { try await create(shop, boss) { $0.dealerID = 9999 } }
    #expect(foreign?.reason == "NOT_FOUND")
    #expect(foreign == unknown)
    let named = try await failure { try await create(shop, boss) { $0.dealerName = "Other dealer" } }
    let made = try await failure { try await create(shop, boss) { $0.dealerName = "Nobody's" } }
    #expect(named == foreign)
    #expect(made == foreign)
    let both = try await failure {
      try await create(shop, boss) { ($0.dealerName, $0.dealerID) = ("New name", shop.location.dealerID) }
    }
    #expect(both?.violations.map(\.field) == ["dealer_id"])
    #expect(try await failure { try await create(shop, boss) }?.reason == "NAME_IN_USE")
  }

  @Test func `W5 settings change one by one, and what is not set stays`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let before = try await shop.updateLocation { _ in }
    #expect(before == shop.location)
    #expect(before.checkIn.daysAhead == 3)
    #expect((before.checkIn.sendFrom, before.checkIn.sendTo) == ("19:00", "21:00"))
    #expect(before.openingHours == .init())

    var expected = before
    func expect(_ change: (inout ProtoUpdateLocationRequest) -> Void, _ now: (inout ProtoLocation) -> Void)
      async throws
    {
      now(&expected)
      #expect(try await shop.updateLocation(change) == expected)
    }
    try await expect({ $0.name = "Main road" }, { $0.name = "Main road" })
    try await expect({ $0.timeZone = "Europe/London" }, { $0.timeZone = "Europe/London" })
    try await expect({ $0.country = "gb" }, { $0.country = "GB" })
    try await expect({ $0.languages = ["en", "fr"] }, { $0.languages = ["en", "fr"] })
    try await expect({ $0.currency = "gbp" }, { $0.currency = "GBP" })
    try await expect({ $0.limits.qrSeconds = 30 }, { $0.limits.qrSeconds = 30 })
    try await expect({ $0.emergencyPhone = "+442079460000" }, { $0.emergencyPhone = "+442079460000" })
    try await expect({ $0.checkIn.daysAhead = 5 }, { $0.checkIn.daysAhead = 5 })
    let hours = ProtoOpeningHours.with {
      $0.week = [
        .interval(1, "08:00", "12:00"), .interval(1, "13:00", "24:00"), .interval(6, "22:00", "02:00"),
      ]
      $0.exceptions = [
        .with { $0.date = "2027-12-25" },
        .with {
          $0.date = "2027-12-24"
          $0.intervals = [.with { ($0.fromTime, $0.toTime) = ("08:00", "12:00") }]
        },
      ]
    }
    var sorted = hours
    sorted.exceptions.reverse()
    try await expect({ $0.openingHours = hours }, { $0.openingHours = sorted })
    try await expect({ $0.emergencyPhone = "" }, { $0.emergencyPhone = "" })
    try await expect({ $0.openingHours = .init() }, { $0.openingHours = .init() })
    #expect(try await shop.log(.locationUpdated).count == 12)
  }

  @Test func `A5 every fault of changed settings is named at once, with its place`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let faults = try await failure {
      try await shop.updateLocation {
        $0.name = ""
        $0.timeZone = "CET"
        $0.country = "N1"
        $0.languages = ["xx"]
        $0.currency = "EURO"
        $0.limits.qrSeconds = 601
        $0.openingHours.week = [.interval(0, "8:00", "17:00"), .interval(7, "24:00", "24:01")]
        $0.openingHours.exceptions = [
          .with { $0.date = "2027-02-29" },
          .with {
            $0.date = "2027-03-01"
            $0.intervals = [.with { $0.fromTime = "08:00" }]
          }, .with { $0.date = "2027-03-01" },
        ]
        $0.emergencyPhone = "0201234567"
        $0.checkIn.daysAhead = 31
        $0.checkIn.sendFrom = "21:00"
      }
    }
    #expect(faults?.reason == "INVALID_FIELD")
    #expect(
      faults?.violations.map(\.field) == [
        "name", "time_zone", "country", "languages", "currency", "limits.qr_seconds",
        "opening_hours.week[0].weekday", "opening_hours.week[0].from_time", "opening_hours.week[1].from_time",
        "opening_hours.week[1].to_time", "opening_hours.exceptions[0].date",
        "opening_hours.exceptions[1].intervals[0].to_time", "opening_hours.exceptions[2].date",
        "emergency_phone", "check_in.days_ahead", "check_in.send_to",
      ])
    #expect(try await shop.updateLocation { _ in } == shop.location)
  }

  @Test(arguments: [
    ("opening_hours.week", 9, 0, 0), ("opening_hours.week", 57, 0, 0),
    ("opening_hours.exceptions", 0, 101, 0), ("opening_hours.exceptions[0].intervals", 0, 1, 9),
  ])
  func `A5 hours have a limit on each list`(field: String, week: Int, dates: Int, times: Int) async throws {
    let shop = try await Workshop.open(boxes: 1)
    func update(_ week: Int, _ dates: Int, _ times: Int) async throws -> Failure? {
      try await failure {
        try await shop.updateLocation { request in
          request.openingHours.week = (0..<week).map { _ in .interval(1, "08:00", "09:00") }
          request.openingHours.exceptions = (0..<dates).map { day in
            .with {
              $0.date = LocalDate(year: 2027, month: 1, day: 1)!.adding(days: day).description
              $0.intervals = (0..<times).map { _ in .with { ($0.fromTime, $0.toTime) = ("08:00", "09:00") } }
            }
          }
        }
      }
    }
    #expect(try await update(week, dates, times)?.violations.map(\.field) == [field])
    #expect(try await update(min(week, 8), min(dates, 100), min(times, 8)) == nil)
  }

  @Test func `W5 a location's name is its dealer's once, also when it changes`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await shop.addLocation("Harbour")
    #expect(
      try await failure { try await shop.updateLocation { $0.name = "Harbour" } }?.reason == "NAME_IN_USE")
    #expect(try await shop.updateLocation { $0.name = "Main street" }.name == "Main street")
  }

  @Test func `W4 lockers and devices are renamed, and a name is a location's once`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await shop.addLocker("Back door")
    func rename(_ name: String) async throws -> ProtoLocker {
      try await shop.world.admin.updateLocker(
        .with {
          $0.requestID = shop.world.requestID
          $0.lockerID = shop.locker.lockerID
          $0.name = name
        }, shop.world.operatorContext
      ).locker
    }
    #expect(try await failure { try await rename("Back door") }?.reason == "NAME_IN_USE")
    #expect(try await failure { try await rename(" ") }?.violations.map(\.field) == ["name"])
    let renamed = try await rename("Front door")
    #expect(renamed.name == "Front door")
    #expect(renamed.pinToDrop && renamed.active)
    #expect(try await shop.view().lockerName == "Front door")
    let tablet = try await shop.world.admin.updateDevice(
      .with {
        $0.requestID = shop.world.requestID
        $0.deviceID = shop.tablet.id.rawValue
        $0.name = "Bay 2"
      }, shop.world.operatorContext
    ).device
    #expect(tablet.name == "Bay 2")
    #expect(try await shop.log(.deviceUpdated).map(\.device) == [shop.tablet.id])
  }

  @Test func `W5 the last dealer admin can be neither disabled nor demoted`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let anna = try await shop.hire("anna", .dealerAdmin, usesKeyLocker: false)
    let other = try await shop.neighbour()
    try await other.hire("boss", .dealerAdmin, usesKeyLocker: false)
    func refusal(_ change: (inout ProtoUpdateStaffRequest) -> Void) async throws -> String? {
      try await failure { try await shop.update(anna, change) }?.reason.rawValue
    }
    #expect(try await refusal { $0.disabled = true } == "LAST_ADMIN")
    #expect(try await refusal { $0.role = .receptionist } == "LAST_ADMIN")
    #expect(try await refusal { $0.displayName = "Anna B." } == nil)
    #expect(try await shop.staff("anna").displayName == "Anna B.")
    #expect(try await refusal { $0.displayName = " " } == "INVALID_FIELD")
    let bert = try await shop.hire("bert", .dealerAdmin, usesKeyLocker: false)
    #expect(try await refusal { $0.disabled = true } == nil)
    #expect(try await failure { try await shop.update(bert) { $0.role = .mechanic } }?.reason == "LAST_ADMIN")
    #expect(try await refusal { $0.disabled = false } == nil)
    #expect(try await shop.update(bert) { $0.role = .mechanic }.role == .mechanic)
  }
}

extension ProtoWeeklyInterval {
  fileprivate static func interval(_ weekday: Int32, _ from: String, _ to: String) -> ProtoWeeklyInterval {
    .with {
      $0.weekday = weekday
      $0.fromTime = from
      $0.toTime = to
    }
  }
}
