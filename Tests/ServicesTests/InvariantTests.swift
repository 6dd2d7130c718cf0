import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S6: tries to break each invariant through the API, with callers that get in each other's way.
@Suite(.timeLimit(.minutes(10))) struct InvariantTests {
  /// Runs all at once. Returns why each was refused; `nil` for those that were not.
  private func atOnce(
    _ calls: [@Sendable () async throws -> Void]
  ) async throws -> [Failure.Reason?] {
    try await withThrowingTaskGroup(of: Failure.Reason?.self) { group in
      for call in calls { group.addTask { try await failure { try await call() }?.reason } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func `S6 the audit finds what is wrong in a log, so that its silence means something`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    #expect(try await shop.brokenInvariants() == [])
    let location = Location.ID(rawValue: shop.location.locationID)
    let key = Key.ID(rawValue: try await shop.key(of: workOrder).keyID)
    let locker = Locker.ID(rawValue: shop.locker.lockerID)
    let now = shop.world.clock.now
    let wrong: [Event] = [
      Event(
        .keyPutBack, at: now, location: location, key: Key.ID(rawValue: 99), locker: locker, compartment: 1),
      Event(.commandIssued, at: now, location: location, locker: locker, compartment: 1, commandSequence: 7),
      Event(
        .commandIssued, at: now, location: location, locker: locker, compartment: 2,
        handover: Handover.ID(rawValue: 1),
        commandSequence: 8, staff: Staff.ID(rawValue: 1)),
      Event(.visitStarted, at: now, location: location, locker: locker, visit: Visit.ID(rawValue: 8)),
      Event(.visitStarted, at: now, location: location, locker: locker, visit: Visit.ID(rawValue: 9)),
      Event(.handoverShown, at: now, location: location, locker: locker, handover: Handover.ID(rawValue: 3)),
      Event(.commandEnded, at: now, location: location, locker: locker, compartment: 1, commandSequence: 5),
      Event(.keyDropped, at: now, location: location, key: key),
    ]
    try await shop.world.store.decide { tx in
      for event in wrong { _ = try tx.append(event, text: nil, salt: []) }
    }
    let found = try await shop.brokenInvariants().joined(separator: "\n")
    for complaint in [
      "puts a second key into box 1", "does not have one cause", "opens a second door",
      "starts a second visit",
      "shows a QR beside a visit", "ends a command that was not pending", "puts a key nowhere",
    ] {
      #expect(found.contains(complaint), "\(complaint)")
    }
  }

  @Test func `S6 of many redemptions of one QR at once, one opens the door`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    let outcomes = try await atOnce(
      (1...20).map { _ in { _ = try await shop.redeem(asked, token) } })
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.count { $0 == "QR_ALREADY_REDEEMED" } == 19)
    #expect(try await shop.log(.commandIssued).filter { $0.handover != nil }.count == 1)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.log(.keyCollected).count == 1)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 of many tablets that ask for one key at once, one gets it`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    var tablets = [shop.tablet]
    for number in 1...4 { tablets.append(try await shop.tablet(of: "mechanic \(number)")) }
    let outcomes = try await atOnce(
      tablets.map { tablet in { _ = try await shop.request(workOrder, on: tablet) } })
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.count { $0 == "HANDOVER_IN_PROGRESS" } == 4)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 of many visits and hand-overs that begin at once, one is at the locker`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let visits: [@Sendable () async throws -> Void] = (1...8).map { _ in { _ = try await shop.start() } }
    let handover: @Sendable () async throws -> Void = { _ = try await shop.request(workOrder) }
    let outcomes = try await atOnce(visits.dropLast(4) + [handover] + visits.dropFirst(4))
    let started = try await shop.log(.visitStarted).count - 1
    #expect(started <= 1)
    #expect(
      outcomes.compactMap { $0 }.allSatisfy { $0 == "VISIT_IN_PROGRESS" || $0 == "HANDOVER_IN_PROGRESS" })
    #expect(outcomes.count { $0 == nil } == started + 1)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 one PIN at two kiosks at once lets one of them in, and moves custody once`() async throws {
    let (shop, _) = try await Workshop.withKey()
    let beside = try await shop.addLocker("Back door", staff: "second")
    let workOrder = try await shop.book("4712", plate: "ZZ-999-Z")
    let pin = try await shop.pin(for: workOrder)
    let here = try await shop.start()
    let there = try await beside.start()
    let outcomes = try await atOnce([
      { _ = try await shop.enter(pin: pin, in: here) }, { _ = try await beside.enter(pin: pin, in: there) },
    ])
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.contains("PIN_IN_USE"))
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 of a customer and a mechanic who want the same key, each gets it or is told why`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let pin = try await shop.pin(for: workOrder, .pickUp)
    let visit = try await shop.start(.pickUp)
    let outcomes = try await atOnce([
      { _ = try await shop.enter(pin: pin, in: visit) }, { _ = try await shop.request(workOrder) },
    ])
    #expect(outcomes == [nil, nil])
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.log(.keyCollected).isEmpty)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 a box takes one key, whoever puts one there at the same time`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    var keys: [ProtoKey] = []
    for number in 1...8 {
      keys.append(try await shop.key(of: try await shop.book("\(number)", plate: "AA-00\(number)-A")))
    }
    let outcomes = try await atOnce(
      keys.map { key in { try await shop.correct(key, to: .compartment, box: 1) } })
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.count { $0 == "COMPARTMENT_OCCUPIED" } == 7)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 a key is in one place, whoever moves it at the same time`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let key = try await shop.key(of: workOrder)
    let mechanic = try await shop.staff("mechanic")
    let calls: [@Sendable () async throws -> Void] = [
      { try await shop.correct(key, to: .desk) }, { try await shop.correct(key, to: .customer) },
      { try await shop.correct(key, to: .compartment, box: 2) },
      { try await shop.correct(key, to: .compartment, box: 3) },
      { try await shop.correct(key, to: .staff, staff: mechanic.staffID) },
      { try await shop.correct(key, to: .uncertain) },
    ]
    #expect(try await atOnce(calls + calls + calls).allSatisfy { $0 == nil })
    let now = try await shop.key(of: workOrder)
    #expect(
      try await shop.boxes().filter { $0.keyID != 0 }.map(\.number)
        == (now.holder == .compartment ? [now.compartment] : []))
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 a report in many copies at once is applied once`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    let due =
      try await shop.world.lockers.getLockerSettings(.init(), shop.controller.context).acknowledgedNumber + 1
    let events: [ProtoLockEvent] = [.accepted, .fired, .doorOpened, .doorClosed]
    var built =
      events.map { event in command.line { $0.event = event } } + [
        command.line { $0.outcome = .openedAndClosed }
      ]
    for index in built.indices { built[index].number = due + Int64(index) }
    let lines = built
    let outcomes = try await atOnce(
      (1...10).map { _ in
        { _ = try await shop.world.lockers.report(.with { $0.reports = lines }, shop.controller.context) }
      })
    #expect(outcomes.allSatisfy { $0 == nil })
    #expect(try await shop.log(.keyCollected).count == 1)
    #expect(try await shop.boxes()[Int(command.box) - 1].openings == 2)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `S6 no door opens without somebody who asked: every opening has its command`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    try await shop.handOver(workOrder, .putBack)
    try await shop.lock.happen(.forced, at: 2)
    try await shop.lock.happen(.doorClosed, at: 2)
    let opened = try await shop.boxes().map { Int($0.openings) }
    var ordered = Array(repeating: 0, count: opened.count)
    for command in try await shop.log(.commandIssued) { ordered[(command.compartment ?? 0) - 1] += 1 }
    #expect(opened == ordered)
    #expect(opened.reduce(0, +) == 3)
  }

  /// Callers who know nothing of each other, over many rounds: whatever wins, the log has no contradiction.
  @Test(arguments: 1...6)
  func `S6 a busy morning leaves no contradiction in the log`(seed: Int) async throws {
    // A box for each key: whoever wins, each is dropped once at least.
    let shop = try await Workshop.open(boxes: 4, seed: UInt64(seed))
    let other = try await shop.tablet(of: "second")
    var orders: [ProtoWorkOrder] = []
    for number in 1...4 { orders.append(try await shop.book("\(number)", plate: "AA-00\(number)-A")) }
    for (round, workOrder) in (orders + orders).enumerated() {
      if try await shop.key(of: workOrder).holder == .customer {
        _ = try await failure { try await shop.drop(workOrder) }
      }
      let asked = try? await shop.request(workOrder, on: round.isMultiple(of: 2) ? shop.tablet : other)
      let token = try await shop.token()
      let key = try await shop.key(of: workOrder)
      var calls: [@Sendable () async throws -> Void] = [
        { _ = try await shop.start(.pickUp) }, { try await shop.correct(key, to: .desk) },
        { _ = try await shop.request(workOrder, on: other) }, { _ = try await shop.request(workOrder) },
        { _ = try await shop.request(workOrder, .putBack, on: other) },
      ]
      if let asked {
        calls += [
          { _ = try await shop.redeem(asked, token) }, { _ = try await shop.redeem(asked, token, on: other) },
          { try await shop.cancel(asked) }, { try await shop.cancel(asked, on: other) },
        ]
      }
      _ = try await atOnce(calls.shuffled(with: round + seed))
      if try await shop.lock.nextCommand() != nil {
        try await shop.lock.openDoor()
        try await shop.lock.closeDoor(item: .unspecified)
      }
      try await shop.world.pass(.seconds(61))
      try await shop.world.pass(.seconds(61))
    }
    #expect(try await shop.brokenInvariants() == [])
    #expect(try await shop.log(.commandIssued).count >= 4)
  }
}

extension Array {
  /// The same order for the same seed.
  fileprivate func shuffled(with seed: Int) -> [Element] {
    var rest = self
    var shuffled: [Element] = []
    var state = UInt64(seed)
    while !rest.isEmpty {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      shuffled.append(rest.remove(at: Int(state >> 33) % rest.count))
    }
    return shuffled
  }
}
