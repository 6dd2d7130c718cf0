import API
import Domain
import RPC
import TestSupport
import Testing

/// W4, W5: locations, lockers, limits, devices, staff and API keys.
@Suite(.timeLimit(.minutes(10))) struct AdminPlaceTests {
  private func place(_ world: World, _ fill: (inout ProtoCreateLocationRequest) -> Void) async throws
    -> ProtoLocation
  {
    var request = ProtoCreateLocationRequest.with {
      $0.requestID = world.requestID
      $0.dealerName = "Dealer"
      $0.name = "Main street"
      $0.timeZone = "Europe/Amsterdam"
      $0.country = "nl"
    }
    fill(&request)
    return try await world.admin.createLocation(request, world.operatorContext).location
  }

  @Test func `W5 a location is made with its dealer, and a second one joins the same dealer`() async throws {
    let world = try World()
    let first = try await place(world) { $0.languages = ["nl", "en"] }
    #expect(first.country == "NL")
    #expect(first.languages == ["nl", "en"])
    #expect(
      first.limits
        == .with {
          $0.qrSeconds = 60
          $0.warningSeconds = 40
          $0.endSeconds = 60
        })
    let second = try await place(world) { $0.name = " Side street " }
    #expect(second.name == "Side street")
    #expect(second.languages == ["en"])
    let dealers = try await world.store.read { try $0.locations(of: nil).map(\.dealer) }
    #expect(Set(dealers).count == 1)
    let taken = try await failure { try await place(world) { _ in } }
    #expect(taken?.reason == "NAME_IN_USE")
    #expect(taken?.code == .alreadyExists)
    _ = try await place(world) { $0.dealerName = "Other dealer" }
  }

  @Test func `A5 every fault of a new location is named at once`() async throws {
    let world = try World()
    let refusal = try await failure {
      try await place(world) {
        $0.dealerName = " "
        $0.name = String(repeating: "x", count: 61)
        $0.timeZone = "CET"
        $0.country = "NLD"
        $0.languages = ["nl", "nl"]
      }
    }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.code == .invalidArgument)
    #expect(refusal?.violations.map(\.field) == ["dealer_name", "name", "time_zone", "country", "languages"])
    #expect(refusal?.violations.allSatisfy { !$0.description.isEmpty } == true)
  }

  @Test func `W4 a locker has 16 boxes unless 1 to 64 are asked for, empty, in service and unread`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    func make(_ name: String, _ fill: (inout ProtoCreateLockerRequest) -> Void) async throws -> ProtoLocker {
      var request = ProtoCreateLockerRequest.with {
        $0.requestID = shop.world.requestID
        $0.locationID = shop.location.locationID
        $0.name = name
      }
      fill(&request)
      return try await shop.world.admin.createLocker(request, shop.world.operatorContext).locker
    }
    let usual = try await make("A") { _ in }
    #expect(usual.compartments.map(\.number) == Array(1...16))
    #expect(
      usual.compartments.allSatisfy {
        $0.inService && $0.keyID == 0 && !$0.reserved && $0.door == .unspecified
      })
    #expect(
      usual.timing
        == .with {
          $0.pulseMs = 400
          $0.coolDownMs = 2000
          $0.openWindowMs = 5000
          $0.leftOpenMs = 60_000
          $0.debounceMs = 50
        })
    #expect(try await make("B") { $0.compartmentCount = 64 }.compartments.count == 64)
    #expect(try await make("C") { $0.timing.pulseMs = 300 }.timing.pulseMs == 300)
    #expect(try await failure { try await make("A") { _ in } }?.reason == "NAME_IN_USE")
    let bad = try await failure {
      try await make("") {
        $0.compartmentCount = 65
        $0.timing.pulseMs = 601
      }
    }
    #expect(bad?.violations.map(\.field) == ["name", "compartment_count", "timing"])
    #expect(try await failure { try await make("D") { $0.compartmentCount = -1 } } != nil)
  }

  @Test func `W5 limits take effect for what begins later, and each bad one is named`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    func limits(_ qr: Int32, _ warning: Int32, _ end: Int32) async throws -> ProtoLimits {
      try await shop.world.admin.updateLimits(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
          $0.limits = .with {
            $0.qrSeconds = qr
            $0.warningSeconds = warning
            $0.endSeconds = end
          }
        }, shop.world.operatorContext
      ).location.limits
    }
    #expect(try await limits(600, 5, 600).qrSeconds == 600)
    #expect(
      try await limits(0, 0, 0)
        == .with {
          $0.qrSeconds = 60
          $0.warningSeconds = 40
          $0.endSeconds = 60
        })
    let bad = try await failure { try await limits(601, 4, 601) }
    #expect(
      bad?.violations.map(\.field) == ["limits.qr_seconds", "limits.warning_seconds", "limits.end_seconds"])
    #expect(
      try await failure { try await limits(60, 30, 30) }?.violations.map(\.field) == [
        "limits.warning_seconds"
      ])
    #expect(
      try await failure { try await limits(-1, 0, 0) }?.violations.map(\.field) == ["limits.qr_seconds"])
  }

  @Test func `W4 a locker is switched off only when it is empty and nobody is at it`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    func update(active: Bool, pinToDrop: Bool = true) async throws -> ProtoLocker {
      try await shop.world.admin.updateLocker(
        .with {
          $0.requestID = shop.world.requestID
          $0.lockerID = shop.locker.lockerID
          $0.active = active
          $0.pinToDrop = pinToDrop
        }, shop.world.operatorContext
      ).locker
    }
    #expect(try await failure { try await update(active: false) }?.reason == "LOCKER_NOT_EMPTY")
    #expect(!(try await update(active: true, pinToDrop: false).pinToDrop))
    try await shop.handOver(workOrder)
    let visit = try await shop.start()
    #expect(try await failure { try await update(active: false) }?.reason == "LOCKER_NOT_EMPTY")
    _ = try await shop.abort(visit)
    #expect(!(try await update(active: false).active))
    #expect(try await failure { try await shop.start() }?.reason == "LOCKER_INACTIVE")
    #expect(try await update(active: true).active)
    _ = try await shop.start()
  }

  @Test func `W4 the desk sees each box: key, reservation, door, openings`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(boxes: 3)
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    let view = try await shop.walkToOpenBox(pin: try await shop.pin(for: second))
    let boxes = try await shop.boxes()
    #expect(boxes[0].keyID == (try await shop.key(of: workOrder)).keyID)
    #expect(boxes[0].openings == 1)
    let open = boxes[Int(view.lower.compartment) - 1]
    #expect(open.door == .open)
    #expect(open.reserved)
    #expect(open.keyID == 0)
    #expect(boxes[2].door == .closed)
    #expect(!boxes[2].reserved)
  }

  // MARK: People

  @Test func `W5 a user name is a dealer's once, whatever its case, and another dealer's again`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let made = try await shop.hire(" Anna ", .receptionist, usesKeyLocker: true)
    #expect(made.userName == "anna")
    #expect(made.displayName == "Anna")
    #expect(made.useKeyLocker)
    #expect(
      try await failure { try await shop.hire("ANNA", .mechanic, usesKeyLocker: false) }?.reason
        == "NAME_IN_USE")
    let other = try await shop.neighbour()
    try await other.hire("anna", .mechanic, usesKeyLocker: false)
    #expect(try await shop.staff("anna") == made)
  }

  @Test func `A5 every fault of a new staff member is named at once, the password's too`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    func create(_ name: String, _ role: ProtoStaffRole, _ password: String) async throws -> Failure? {
      try await failure {
        try await shop.world.admin.createStaff(
          .with {
            $0.requestID = shop.world.requestID
            $0.locationID = shop.location.locationID
            $0.userName = name
            $0.role = role
            $0.password = password
          }, shop.world.operatorContext)
      }
    }
    let all = try await create("", .unspecified, "short")
    #expect(all?.reason == "INVALID_FIELD")
    #expect(all?.violations.map(\.field) == ["user_name", "role", "password"])
    let short = try await create("anna", .mechanic, "ninechars")
    #expect(short?.reason == "PASSWORD_TOO_SHORT")
    #expect(short?.violations.map(\.field) == ["password"])
    #expect(
      try await create("anna", .mechanic, String(repeating: "x", count: 1025))?.reason == "INVALID_FIELD")
    #expect(try await create("anna", .mechanic, "ten chars!") == nil)
  }

  @Test func `W5 a staff member's role, right, password and being there change; nothing else does`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let anna = try await shop.hire("anna", .mechanic, usesKeyLocker: false)
    #expect(
      try await shop.update(anna) {
        $0.role = .chiefMechanic
        $0.useKeyLocker = true
      }.role == .chiefMechanic)
    #expect(try await shop.staff("anna").useKeyLocker)
    #expect(
      try await failure { try await shop.update(anna) { $0.password = "short" } }?.reason
        == "PASSWORD_TOO_SHORT")
    try await shop.update(anna) { $0.password = "another long one" }
    #expect(
      try await failure { try await shop.signIn("anna", on: shop.tablet) }?.reason == "CREDENTIAL_REFUSED")
    try await shop.update(anna) { $0.password = Workshop.password }
    try await shop.signIn("anna", on: shop.tablet)
    try await shop.update(anna) { $0.disabled = true }
    #expect(try await shop.staff("anna").disabled)
    #expect(try await shop.log(.staffUpdated).last?.reason == "DISABLED")
  }

  // MARK: API keys and devices

  @Test func `S1 W5 an API key is shown once, whatever is repeated, and typed in any case`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let request = ProtoCreateApiKeyRequest.with {
      $0.requestID = "key"
      $0.locationID = shop.location.locationID
      $0.name = "DMS"
    }
    let first = try await shop.world.admin.createApiKey(request, shop.world.operatorContext)
    let again = try await shop.world.admin.createApiKey(request, shop.world.operatorContext)
    #expect(first.apiKey.filter { $0 != "-" }.count == 40)
    #expect(again.apiKey.isEmpty)
    #expect(again.apiKeyID == first.apiKeyID)
    #expect(try await shop.log(.apiKeyCreated).count == 1)
    let connection = shop.world.stranger()
    let who = try await shop.world.auth.authenticate(
      .with { $0.apiKey = first.apiKey.lowercased().replacing("-", with: "") }, World.context(connection))
    #expect(who.identity.caller == .integration)
    #expect(who.identity.displayName == "DMS")
    #expect(who.identity.locationID == 0)
    let unnamed = try await failure {
      try await shop.world.admin.createApiKey(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
        }, shop.world.operatorContext)
    }
    #expect(unnamed?.violations.map(\.field) == ["name"])
  }

  @Test func `W5 devices are listed with their place and kind`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let devices = try await shop.world.admin.listDevices(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext
    ).devices
    #expect(devices.map(\.kind) == [.tablet, .controller, .screen])
    #expect(devices.map(\.lockerID) == [0, shop.locker.lockerID, shop.locker.lockerID])
    #expect(devices.map(\.keyID) == [shop.tablet, shop.controller, shop.screen].map(\.key.keyID))
    #expect(
      devices.allSatisfy { !$0.revoked && $0.enrollTime.milliseconds == shop.world.clock.now.milliseconds })
    let faults = try await failure {
      try await shop.world.admin.createEnrollmentCode(
        .with { $0.requestID = shop.world.requestID }, shop.world.operatorContext)
    }
    #expect(faults?.violations.map(\.field) == ["kind", "name"])
  }
}
