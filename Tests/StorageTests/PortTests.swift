import Domain
import Services
import TestSupport
import Testing

@testable import Storage

/// What the ports promise beyond giving back what was stored.
@Suite struct PortTests {
  private static func phone(_ text: String) -> Phone { Phone(stored: text)! }

  @Test func `D3 a plate finds the appointments of that day that are not cancelled`() async throws {
    let shared = try await Shared.world()
    let found = try await shared.store.decide { tx -> [WorkOrder] in
      let here = shared.location.id
      _ = try tx.insert(World.workOrder(at: here, number: "WO-2"))
      _ = try tx.insert(World.workOrder(at: here, number: "WO-3", plate: "ZZ999Z"))
      _ = try tx.insert(World.workOrder(at: here, number: "WO-4", date: World.date.adding(days: 1)))
      _ = try tx.insert(World.workOrder(at: here, number: "WO-5").with(\.status, .cancelled))
      let other = try World(in: tx, number: 2)
      _ = try tx.insert(World.workOrder(at: other.location.id, number: "WO-6"))
      return try tx.workOrders(at: here, on: World.date, plate: Plate(parsing: "ab-123-c")!)
    }
    #expect(found.map(\.number) == ["WO-1", "WO-2"])
  }

  @Test func `D3 a driver's private or business mobile finds the appointment, another contact's does not`()
    async throws
  {
    let shared = try await Shared.world()
    let here = shared.location.id
    let (privately, business, owner) = (
      Self.phone("+31611111111"), Self.phone("+31622222222"), Self.phone("+31633333333")
    )
    try await shared.store.decide { tx in
      func add(_ number: String, _ contact: Contact, status: WorkOrder.Status = .planned) throws {
        let order = try tx.insert(World.workOrder(at: here, number: number).with(\.status, status))
        try tx.replaceContacts(of: order.id, with: [contact])
      }
      try add("P", Contact(role: .driver, privateMobile: privately))
      try add("B", Contact(role: .driver, businessMobile: business))
      try add("PB", Contact(role: .driver, privateMobile: privately, businessMobile: privately))
      try add("O", Contact(role: .owner, privateMobile: owner))
      try add("C", Contact(role: .driver, privateMobile: privately), status: .cancelled)
      func numbers(_ phone: Phone, _ date: LocalDate = World.date) throws -> [String] {
        try tx.workOrders(at: here, on: date, driverMobile: phone).map(\.number)
      }
      #expect(try numbers(privately) == ["P", "PB"])
      #expect(try numbers(business) == ["B"])
      #expect(try numbers(owner) == [])
      #expect(try numbers(privately, World.date.adding(days: 1)) == [])
    }
  }

  @Test func `C1 a mobile is found on the new date after an appointment has moved`() async throws {
    let shared = try await Shared.world()
    let mobile = Self.phone("+31611111111")
    let next = World.date.adding(days: 1)
    try await shared.store.decide { tx in
      try tx.replaceContacts(of: shared.workOrder.id, with: [Contact(role: .driver, privateMobile: mobile)])
      var order = shared.workOrder
      order.localTime = LocalDateTime(date: next, hour: 9, minute: 0)!
      try tx.update(order)
      #expect(try tx.workOrders(at: order.location, on: next, driverMobile: mobile) == [order])
      #expect(try tx.workOrders(at: order.location, on: World.date, driverMobile: mobile) == [])
      #expect(try tx.contacts(of: order.id) == [Contact(role: .driver, privateMobile: mobile)])
    }
  }

  @Test func `W1 the list has keys in the locker first, then time, then number, and pages`() async throws {
    let shared = try await Shared.world()
    let here = shared.location.id
    let numbers = try await shared.store.decide { tx -> [[String]] in
      func add(_ number: String, hour: Int, days: Int = 0, holder: Custody.Holder? = nil) throws {
        var order = World.workOrder(at: here, number: number)
        order.localTime = LocalDateTime(date: World.date.adding(days: days), hour: hour, minute: 0)!
        order = try tx.insert(order)
        if let holder {
          _ = try tx.insert(World.key(of: order).with(\.custody, Custody(holder: holder, since: World.now)))
        }
      }
      try add("b", hour: 10)
      try add("a", hour: 10)
      try add("late, key inside", hour: 16, days: 1, holder: .compartment(shared.boxes[0].id))
      try add("key with staff", hour: 7, holder: .staff(shared.staff.id))
      try add("day before", hour: 7, days: -1)
      try add("day after", hour: 7, days: 2)
      func page(_ limit: Int, after last: WorkOrder? = nil) throws -> [WorkOrder] {
        let position = last.map { ListPosition(rank: .byTime, localTime: $0.localTime, number: $0.number) }
        return try tx.workOrders(
          at: here, from: World.date, through: World.date.adding(days: 1), after: position, limit: limit)
      }
      let first = try page(2)
      let second = try page(2, after: first.last)
      let third = try page(2, after: second.last)
      let before = LocalDateTime(date: World.date.adding(days: -9), hour: 0, minute: 0)!
      let early = ListPosition(rank: .byTime, localTime: before, number: "z")
      let afterEarly = try tx.workOrders(
        at: here, from: World.date, through: World.date, after: early, limit: 1)
      return [try page(10), first, second, third, afterEarly, try tx.workOrdersOnTop(at: here)].map {
        $0.map(\.number)
      }
    }
    let all = ["key with staff", "WO-1", "a", "b", "late, key inside"]
    #expect(
      numbers == [
        all, Array(all[0...1]), Array(all[2...3]), Array(all[4...]), [all[0]], ["late, key inside"],
      ])
  }

  @Test func `interventions that stay the same by name keep their ids`() async throws {
    let shared = try await Shared.world()
    try await shared.store.decide { tx in
      let order = shared.workOrder.id
      try tx.replaceInterventions(
        of: order, with: [Intervention(name: "tyres"), Intervention(name: "oil"), Intervention(name: "oil")])
      let before = try tx.interventions(of: order)
      try tx.replaceInterventions(
        of: order,
        with: [
          Intervention(name: "brakes"), Intervention(name: "oil", priceCents: 4200),
          Intervention(name: "oil", remark: "second"),
        ])
      let after = try tx.interventions(of: order)
      #expect(after.map(\.intervention.name) == ["oil", "oil", "brakes"])
      #expect(after.map(\.id).prefix(2) == before.map(\.id).suffix(2))
      #expect(after[0].intervention.priceCents == 4200)
      #expect(after[1].intervention.remark == "second")
      #expect(after[2].id > before[2].id)
    }
  }

  @Test func `S1 all PINs with the same digest are found, the newest first`() async throws {
    let shared = try await Shared.world()
    try await shared.store.decide { tx in
      let old = try tx.insert(shared.world.pin(1, state: .used))
      let new = try tx.insert(shared.world.pin(1))
      let other = try tx.insert(shared.world.pin(2))
      #expect(try tx.pins(digest: old.digest, at: shared.location.id) == [new, old])
      #expect(try tx.openPins(for: shared.workOrder.id, purpose: .dropOff) == [new, other])
      #expect(try tx.openPins(for: shared.workOrder.id, purpose: .pickUp) == [])
      #expect(try tx.overduePins(at: new.expiresAt - .milliseconds(1), limit: 9) == [])
      #expect(try tx.overduePins(at: new.expiresAt, limit: 9) == [new, other])
      #expect(try tx.overduePins(at: new.expiresAt, limit: 1) == [new])
    }
  }

  @Test func `H4 the hand-over that waits longest is next`() async throws {
    let shared = try await Shared.world()
    try await shared.store.decide { tx in
      var second = shared.handover()
      second.requestedAt = World.now + .seconds(5)
      second = try tx.insert(second)
      let key = try tx.insert(World.key(of: shared.workOrder))
      let first = try tx.insert(shared.handover(key: key.id, box: 1))
      #expect(try tx.nextQueuedHandover(at: shared.locker.id) == first)
      #expect(try tx.activeHandover(at: shared.locker.id) == nil)
      #expect(try tx.activeHandover(of: key.id) == first)
    }
  }

  @Test func `L3 visits, hand-overs and commands come when they are due, and the earliest is known`()
    async throws
  {
    let shared = try await Shared.world()
    try await shared.store.decide { tx in
      #expect(try tx.nextWakeUp() == nil)
      var visit = try tx.insert(shared.visit())
      let visitWakes = try #require(visit.wakeUp)
      #expect(try tx.nextWakeUp() == visitWakes)
      #expect(try tx.dueVisits(at: visitWakes - .milliseconds(1)) == [])
      #expect(try tx.dueVisits(at: visitWakes) == [visit])
      visit.lastTouch = World.now + .seconds(30)
      try tx.update(visit)
      #expect(try tx.nextWakeUp() == visitWakes + .seconds(30))
      visit.state = .opening
      try tx.update(visit)
      #expect(visit.wakeUp == nil)
      #expect(try tx.nextWakeUp() == nil)

      var command = try tx.insert(shared.world.command(1, cause: .visit(visit.id)))
      command.judgeAt = World.now + .seconds(77)
      try tx.update(command)
      let judged = try #require(command.judgeAt)
      #expect(try tx.nextWakeUp() == judged)
      #expect(try tx.dueCommands(at: judged - .milliseconds(1)) == [])
      #expect(try tx.dueCommands(at: judged) == [command])

      var handover = try tx.insert(shared.handover())
      handover.state = .shown
      handover.shownAt = World.now
      handover.expiresAt = World.now + .seconds(33)
      try tx.update(handover)
      let handoverWakes = try #require(handover.wakeUp)
      #expect(try tx.nextWakeUp() == World.now + .seconds(33))
      #expect(try tx.dueHandovers(at: handoverWakes - .milliseconds(1)) == [])
      #expect(try tx.dueHandovers(at: handoverWakes) == [handover])
    }
  }

  @Test func `answers and messages go when their time is over, a few at a time`() async throws {
    let shared = try await Shared.world()
    let now = World.now + StoredAnswer.lifetime
    @Sendable func answer(_ number: Int, at moment: Instant) -> StoredAnswer {
      StoredAnswer(
        caller: "caller", procedure: "procedure", requestID: "\(number)", requestDigest: [1],
        outcome: .secretGiven, answeredAt: moment)
    }
    try await shared.store.decide { tx in
      for number in 0..<3 { try tx.insert(answer(number, at: World.now)) }
      try tx.insert(answer(3, at: World.now + .milliseconds(1)))
      for expiresAt in [now, now + .milliseconds(1)] {
        _ = try tx.insert(
          OutboxMessage(
            location: shared.location.id, workOrder: shared.workOrder.id, kind: "PICK_UP_PIN",
            sealedBody: [1],
            createdAt: World.now, expiresAt: expiresAt))
      }
      func left() throws -> Int {
        try (0..<4).count { try tx.answer(to: "\($0)", of: "procedure", from: "caller") != nil }
      }
      #expect(try tx.purge(at: now, limit: 2) == 2)
      #expect(try left() == 2)
      #expect(try tx.purge(at: now, limit: 2) == 1)
      #expect(try left() == 1)
      #expect(try tx.answer(to: "3", of: "procedure", from: "caller") != nil)
      #expect(try tx.outbox(at: shared.location.id).map(\.expiresAt) == [now + .milliseconds(1)])
    }
  }

  @Test func `a request id has one answer in its lifetime, and may be used again after it`() async throws {
    let shared = try await Shared.world()
    @Sendable func answer(_ byte: UInt8, at moment: Instant) -> StoredAnswer {
      StoredAnswer(
        caller: "caller", procedure: "procedure", requestID: "id", requestDigest: [byte],
        outcome: .response([byte]), answeredAt: moment)
    }
    try await shared.store.decide { try $0.insert(answer(1, at: World.now)) }
    await #expect(throws: StoreFailure.self) {
      try await shared.store.decide {
        try $0.insert(answer(2, at: World.now + StoredAnswer.lifetime - .milliseconds(1)))
      }
    }
    let later = answer(3, at: World.now + StoredAnswer.lifetime)
    try await shared.store.decide { try $0.insert(later) }
    let found = try await shared.store.read { try $0.answer(to: "id", of: "procedure", from: "caller") }
    #expect(found == later)
    #expect(try await shared.store.read { try $0.answer(to: "id", of: "other", from: "caller") } == nil)
    #expect(try await shared.store.read { try $0.answer(to: "id", of: "procedure", from: "other") } == nil)
  }

  @Test func `S4 a text is read through its event as long as it is kept`() async throws {
    let shared = try await Shared.world()
    let salt = [UInt8](repeating: 7, count: 16)
    let order = shared.workOrder.id
    try await shared.store.decide { tx in
      _ = try tx.append(shared.world.event(.visitStarted), text: nil, salt: [])
      let first = try tx.append(shared.world.event(.remarkAdded), text: "first", salt: salt)
      _ = try tx.append(shared.world.event(.custodyCorrected), text: "a reason", salt: salt)
      let second = try tx.append(shared.world.event(.remarkAdded), text: "second", salt: salt)
      #expect(first.commitment.count == 32)
      #expect(first.commitment != second.commitment)
      #expect(try tx.remarks(on: order) == ["first", "second"])
      #expect(try tx.timeline(of: order).map(\.text) == [nil, "first", "a reason", "second"])
      let transaction = try #require(tx as? SQLTransaction)
      try transaction.run("DELETE FROM texts WHERE event_number = ?", first.number.stored)
      #expect(try tx.remarks(on: order) == ["second"])
      #expect(try tx.timeline(of: order).map(\.event.kind).count == 4)
      #expect(try tx.events(at: shared.location.id, after: 1, limit: 2).map(\.number) == [2, 3])
    }
  }

  @Test func `S4 each location has a chain of its own`() async throws {
    let shared = try await Shared.world()
    try await shared.store.decide { tx in
      let other = try World(in: tx, number: 2)
      let first = try tx.append(shared.world.event(.visitStarted), text: nil, salt: [])
      let foreign = try tx.append(other.event(.visitStarted), text: nil, salt: [])
      let second = try tx.append(shared.world.event(.visitEnded), text: nil, salt: [])
      #expect([first.number, foreign.number, second.number] == [1, 1, 2])
      #expect(second.hash == ChainHash.blake2b.hash(first.hash, second.canonicalBytes))
      #expect(try tx.head(of: other.location.id) == (1, foreign.hash))
      #expect(try tx.head(of: Location.ID(rawValue: 99)) == (0, []))
    }
  }

  @Test func `D6 accepting an agreement again keeps the first time`() async throws {
    let shared = try await Shared.world()
    let moments = try await shared.store.decide { tx -> [Int64] in
      let agreement = try tx.insert(
        Agreement(
          location: shared.location.id, title: "Terms", text: "Text", isMandatory: true,
          publishedAt: World.now))
      let visit = try tx.insert(shared.visit())
      try tx.accept(agreement.id, for: shared.workOrder.id, visit: visit.id, at: World.now)
      try tx.accept(agreement.id, for: shared.workOrder.id, visit: visit.id, at: World.now + .seconds(9))
      return try #require(tx as? SQLTransaction).all("SELECT accepted_at_ms FROM acceptances") {
        try $0.next()
      }
    }
    #expect(moments == [World.now.milliseconds])
  }

  @Test func `a text with a NUL is refused, and finds nothing`() async throws {
    let shared = try await Shared.world()
    await #expect(throws: StoreFailure.textHoldsNUL) {
      try await shared.store.decide { try $0.insert(Dealer(name: "Dealer 3\u{0}cut off")) }
    }
    let found = try await shared.store.read { try $0.staff(named: "mechanic\u{0}x", of: shared.dealer.id) }
    #expect(found == nil)
  }

  @Test func `updating what is not stored is a programmer's fault`() async {
    await #expect(processExitsWith: .failure) {
      let shared = try await Shared.world()
      try await shared.store.decide { try $0.update(shared.locker.with(\.id, Locker.ID(rawValue: 99))) }
    }
  }
}
