import Domain
import Services
import TestSupport
import Testing

@testable import Storage

/// Every field of every entity comes back as it was written, whatever it holds.
@Suite struct RoundTripTests {
  static let seeds = Array(UInt64(1)...20)

  @Test(arguments: seeds) func `places come back as they were stored`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let location = Location(
      dealer: world.dealer.id, name: random.text(), zone: random.zone(), country: "BE",
      languages: ["fr", "nl", "en"].shuffled(using: &random),
      currency: "CHF",
      limits: Location.Limits(qr: random.duration(), warning: random.duration(), end: random.duration()),
      checkIn: CheckInSettings(daysAhead: 30, sendFrom: 0, sendUntil: 1439), emergencyPhone: random.phone())
    let changed = Location(
      dealer: world.dealer.id, name: random.text(), zone: random.zone(), country: "DE", languages: ["de"],
      limits: Location.Limits(qr: random.duration(), warning: random.duration(), end: random.duration()))
    let locker = random.locker(at: world.location.id)
    let later = random.locker(at: world.location.id, atLeast: locker)
    try await world.store.decide { tx in
      var location = try tx.insert(location)
      #expect(try tx.location(location.id) == location)
      location = changed.with(\.id, location.id)
      try tx.update(location)
      #expect(try tx.location(location.id) == location)
      #expect(try tx.locations(of: world.dealer.id).contains(location))
      #expect(try tx.locations(of: nil).contains(location))
      var locker = try tx.insert(locker)
      #expect(try tx.locker(locker.id) == locker)
      locker = later.with(\.id, locker.id)
      try tx.update(locker)
      #expect(try tx.lockers(at: world.location.id).contains(locker))
    }
  }

  @Test(arguments: seeds) func `compartments come back as they were stored`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let compartments = (0..<2).map { _ in random.compartment(of: world.locker.id) }
    let reserves = Int.random(in: 0...2, using: &random)
    try await world.store.decide { tx in
      let locker = try tx.insert(
        Locker(
          location: world.location.id, name: "L\(seed)", asksPinToDrop: true, hasItemSensors: true,
          timing: LockTiming()))
      let visit = try tx.insert(world.visit(at: locker.id))
      let handover = try tx.insert(world.handover(.expired))
      let reservations: [Compartment.Reservation?] = [nil, .visit(visit.id), .handover(handover.id)]
      var first = compartments[0].with(\.locker, locker.id)
      first.reservation = reservations[reserves]
      first = try tx.insert(first)
      #expect(try tx.compartment(first.id) == first)
      let second = compartments[1].with(\.locker, locker.id).with(\.id, first.id).with(\.number, first.number)
      try tx.update(second)
      #expect(try tx.compartment(first.number, of: locker.id) == second)
      #expect(try tx.compartments(of: locker.id) == [second])
    }
  }

  @Test(arguments: seeds) func `who may call comes back as it was stored`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let staff = (0..<2).map { _ in random.staff(of: world.dealer.id) }
    let device = random.device(at: world)
    let code = random.code(at: world)
    let apiKey = APIKey(
      dealer: world.dealer.id, name: random.text(), digest: random.bytes(32), prefix: random.text(),
      reach: .init(
        locations: random.flag() ? [world.location.id] : [], mayWrite: random.flag(),
        services: random.flag() ? ["AdminService", "EventService"] : []),
      createdAt: random.flag() ? random.instant() : nil, usedAt: random.flag() ? random.instant() : nil,
      expiresAt: random.flag() ? random.instant() : nil)
    let moment = random.instant()
    try await world.store.decide { tx in
      var member = try tx.insert(staff[0])
      #expect(try tx.staff(named: member.userName, of: world.dealer.id) == member)
      member = staff[1].with(\.id, member.id)
      try tx.update(member)
      #expect(try tx.staff(member.id) == member)
      #expect(try tx.staff(of: world.dealer.id).contains(member))

      var stored = try tx.insert(device)
      #expect(try tx.device(stored.id) == stored)
      stored.lastReport += 7
      stored.revokedAt = moment
      stored.signedIn = stored.kind == .tablet ? Device.SignIn(staff: member.id, expiresAt: moment) : nil
      try tx.update(stored)
      #expect(try tx.device(keyID: device.keyID) == stored)
      #expect(try tx.device(stored.id) == stored)
      #expect(try tx.devices(at: world.location.id).contains(stored))

      var enrollment = try tx.insert(code)
      enrollment.usedBy = stored.id
      try tx.update(enrollment)
      #expect(try tx.enrollmentCode(digest: code.digest) == enrollment)

      var key = try tx.insert(apiKey)
      #expect(try tx.apiKey(key.id) == key)
      key.revokedAt = moment
      try tx.update(key)
      #expect(try tx.apiKey(digest: apiKey.digest) == key)
      key.name = "other"
      key.usedAt = moment
      try tx.update(key)
      #expect(try tx.apiKeys(of: world.dealer.id, after: .unassigned, limit: 500).contains(key))

      member.locations = [world.location.id]
      try tx.update(member)
      #expect(try tx.staff(member.id) == member)
      member.locations = []
      try tx.update(member)
      #expect(try tx.staff(member.id) == member)

      var session = try tx.insert(
        Session(staff: member.id, digest: code.digest, isCookie: stored.lastReport % 2 == 0, openedAt: moment)
      )
      #expect(try tx.session(session.id) == session)
      session.usedAt = moment + .seconds(1)
      try tx.update(session)
      #expect(try tx.session(digest: session.digest) == session)
      #expect(try tx.sessions(of: member.id) == [session])
      try tx.delete(session.id)
      #expect(try tx.session(session.id) == nil)
    }
  }

  @Test(arguments: seeds) func `appointments come back as they were stored`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let orders = (0..<2).map { _ in random.workOrder(at: world.location.id) }
    let contacts = (0..<3).map { _ in random.contact() }
    try await world.store.decide { tx in
      var order = try tx.insert(orders[0])
      #expect(try tx.workOrder(order.id) == order)
      order = orders[1].with(\.id, order.id)
      try tx.update(order)
      #expect(try tx.workOrder(order.number, at: world.location.id) == order)
      try tx.replaceContacts(of: order.id, with: contacts)
      #expect(try tx.contacts(of: order.id) == contacts)
    }
  }

  @Test(arguments: seeds) func `keys, visits and PINs come back as they were stored`(seed: UInt64)
    async throws
  {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let holders: [Custody.Holder] = [.customer, .staff(world.staff.id), .desk, .uncertain]
    let custody = Custody(holder: holders.randomElement(using: &random)!, since: random.instant())
    let later = random.visit(in: world)
    let pin = random.pin(in: world)
    let state = IssuedPin.State.allCases.randomElement(using: &random)!
    let moment = random.instant()
    try await world.store.decide { tx in
      let locker = try tx.insert(
        Locker(
          location: world.location.id, name: "V\(seed)", asksPinToDrop: true, hasItemSensors: true,
          timing: LockTiming()))
      let box = try tx.insert(Compartment(locker: locker.id, number: 1))
      var key = try tx.insert(World.key(of: world.workOrder).with(\.custody, custody))
      #expect(try tx.key(key.id) == key)
      key.custody = Custody(holder: .compartment(box.id), since: moment, isVerifiedBySensor: true)
      key.label = "other"
      key.workOrder = nil
      try tx.update(key)
      #expect(try tx.key(in: box.id) == key)
      #expect(try tx.occupied(in: locker.id) == [box.id: key.id])
      #expect(try tx.keysInCustody(at: world.location.id).contains(key))

      var issued = try tx.insert(pin)
      issued.state = state
      try tx.update(issued)
      #expect(try tx.pin(issued.id) == issued)
      #expect(try tx.pins(digest: pin.digest, at: world.location.id) == [issued])

      var visit = try tx.insert(world.visit(.validating, at: locker.id))
      #expect(try tx.visit(visit.id) == visit)
      visit = later.with(\.locker, locker.id).with(\.id, visit.id).with(\.startedAt, visit.startedAt)
      visit.pin = issued.id
      visit.key = key.id
      visit.compartment = box.id
      try tx.update(visit)
      #expect(try tx.latestVisit(at: locker.id) == visit)
      #expect(try tx.activeVisit(at: locker.id) == (visit.state.isOver ? nil : visit))
    }
  }

  @Test(arguments: seeds) func `hand-overs and commands come back as they were stored`(seed: UInt64)
    async throws
  {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let state = Handover.State.allCases.randomElement(using: &random)!
    let direction = Handover.Direction.allCases.randomElement(using: &random)!
    let moments = (0..<5).map { _ in random.instant() }
    let outcome = CommandOutcome.allCases.randomElement(using: &random)!
    let refusal = CommandRefusal.allCases.randomElement(using: &random)!
    let progress = Command.Progress.allCases.randomElement(using: &random)!
    let byStaff = random.flag()
    try await world.store.decide { tx in
      let locker = try tx.insert(
        Locker(
          location: world.location.id, name: "H\(seed)", asksPinToDrop: true, hasItemSensors: true,
          timing: LockTiming()))
      let box = try tx.insert(Compartment(locker: locker.id, number: 1))
      let key = try tx.insert(World.key(of: world.workOrder))
      var handover = world.handover(.queued, key: key.id).with(\.locker, locker.id).with(
        \.compartment, box.id)
      handover.direction = direction
      handover.requestedAt = moments[0]
      handover = try tx.insert(handover)
      #expect(try tx.nextQueuedHandover(at: locker.id) == handover)
      if state != .queued {
        handover.state = .shown
        handover.shownAt = moments[1]
        handover.expiresAt = moments[2]
        try tx.update(handover)
        #expect(try tx.activeHandover(at: locker.id) == handover)
        if state == .completed {
          handover.state = .opening
          try tx.update(handover)
        }
        handover.state = state
        handover.endedAt = state.isOver ? moments[3] : nil
        handover.revision += 1
        try tx.update(handover)
      }
      #expect(try tx.handover(handover.id) == handover)
      #expect(try tx.activeHandover(of: key.id) == (state.isOver ? nil : handover))

      let visit = try tx.insert(world.visit(.done, at: locker.id))
      var command = Command(
        locker: locker.id, sequence: 5, compartment: box.id,
        cause: byStaff ? .handover(handover.id) : .visit(visit.id),
        person: byStaff ? .staff(world.staff.id) : .customer, issuedAt: moments[0], expiresAt: moments[1],
        judgeAt: moments[2])
      command = try tx.insert(command)
      #expect(try tx.pendingCommand(at: locker.id) == command)
      #expect(try tx.pendingCommands(at: locker.id, after: 4) == [command])
      #expect(try tx.pendingCommands(at: locker.id, after: 5) == [])
      command.progress = progress
      command.outcome = outcome
      command.refusal = outcome == .refused ? refusal : nil
      command.endedAt = moments[4]
      command.judgeAt = nil
      try tx.update(command)
      #expect(try tx.command(5, at: locker.id) == command)
      #expect(try tx.latestCommand(of: box.id) == command)
      #expect(try tx.pendingCommand(at: locker.id) == nil)
    }
  }

  @Test(arguments: seeds) func `the log, answers and the outbox come back as they were stored`(
    seed: UInt64
  ) async throws {
    var random = SeededGenerator(seed: seed)
    let world = try await Shared.world()
    let event = random.event(in: world)
    let text = random.flag() ? random.text() : nil
    let salt = random.bytes(16)
    let answer = random.answer(number: seed)
    let message = OutboxMessage(
      location: world.location.id, workOrder: world.workOrder.id, kind: "PICK_UP_PIN",
      sealedBody: random.bytes(60), createdAt: random.instant(), expiresAt: random.instant())
    let scopes: [GuessScope] = [
      .kiosk(world.locker.id), .location(world.location.id), .address(random.text()),
      .tablet(world.tablet.id), .number(world.locker.id),
    ]
    let guessing = Guessing(
      wrongInARow: Int.random(in: 1...1000, using: &random),
      blockedUntil: random.flag() ? random.instant() : nil)
    try await world.store.decide { tx in
      let appended = try tx.append(event, text: text, salt: salt)
      #expect(appended.with(\.number, 0).with(\.hash, []).with(\.commitment, []) == event)
      #expect(try tx.events(at: world.location.id, after: appended.number - 1, limit: 1) == [appended])
      #expect(try tx.head(of: world.location.id) == (appended.number, appended.hash))
      if let workOrder = event.workOrder {
        let last = try #require(try tx.timeline(of: workOrder).last)
        #expect(last.event == appended)
        #expect(last.text == text)
      }
      try tx.insert(answer)
      #expect(try tx.answer(to: answer.requestID, of: answer.procedure, from: answer.caller) == answer)
      let stored = try tx.insert(message)
      #expect(try tx.outbox(at: world.location.id).last == stored)
      for scope in scopes {
        #expect(try tx.guessing(scope) == Guessing() || scope != .address(""))
        try tx.save(guessing, for: scope)
        #expect(try tx.guessing(scope) == guessing)
        try tx.save(Guessing(), for: scope)
        #expect(try tx.guessing(scope) == Guessing())
      }
    }
  }
}
