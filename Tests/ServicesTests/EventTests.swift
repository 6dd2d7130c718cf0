import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S4: what happened, in order, for ever, without a word about people.
@Suite(.timeLimit(.minutes(10))) struct EventTests {
  private func watch(
    _ shop: Workshop, after number: Int64, as context: CallContext? = nil
  ) -> Watching<ProtoWatchEventsResponse> {
    Watching(
      shop.world.events.watchEvents(
        .with {
          $0.locationID = shop.location.locationID
          $0.afterNumber = number
        }, context ?? shop.world.operatorContext))
  }

  /// A day with something of everything.
  private func day() async throws -> (Workshop, ProtoWorkOrder) {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    try await shop.handOver(workOrder, .putBack)
    try await shop.correct(try await shop.key(of: workOrder), to: .desk, reason: "handed over")
    try await shop.lock.happen(.forced, at: 4)
    return (shop, workOrder)
  }

  @Test func `S4 events are numbered from 1 without a gap, each hashed over the one before`() async throws {
    let (shop, _) = try await day()
    let log = try await shop.log()
    #expect(log.map(\.number) == Array(1...Int64(log.count)))
    var previous: [UInt8] = []
    for event in log {
      #expect(
        event.hash == EventHash.chain(previous: previous, canonical: event.canonicalBytes), "\(event.number)")
      previous = event.hash
    }
    var altered = try #require(log.first { $0.kind == .keyCollected })
    altered.staff = Staff.ID(rawValue: 99)
    let before = log[Int(altered.number) - 2].hash
    #expect(EventHash.chain(previous: before, canonical: altered.canonicalBytes) != altered.hash)
  }

  @Test func `S4 each location has a chain of its own`() async throws {
    let (shop, _) = try await Workshop.withKey()
    let before = try await shop.log()
    let other = try await shop.neighbour()
    #expect(try await shop.log() == before)
    #expect(try await other.log().first?.number == 1)
    #expect(try await other.log().allSatisfy { $0.location.rawValue == other.location.locationID })
  }

  @Test func `S4 the exported head is the newest event, signed so that anyone with the public key can tell`()
    async throws
  {
    let (shop, _) = try await day()
    let head = try await shop.world.events.exportChainHead(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext)
    let last = try #require(try await shop.log().last)
    #expect(head.number == last.number)
    #expect(Array(head.hash) == last.hash)
    let key = shop.world.environment.secrets.signing.publicKey
    let footer = Array(key.keyID.utf8)
    let message = try key.verify(token: head.signedHead, footer: footer, assertion: HeadClaims.assertion)
    let claims = try #require(HeadClaims(decoding: message))
    #expect(
      claims
        == HeadClaims(
          location: last.location, number: last.number, hash: last.hash, signedAt: shop.world.clock.now))
    #expect(throws: TokenError.self) { try key.verify(token: head.signedHead, footer: footer, assertion: []) }
    let stranger = try #require(SigningKey(seed: Array(repeating: 5, count: 32))?.publicKey)
    #expect(throws: TokenError.self) {
      try stranger.verify(token: head.signedHead, footer: footer, assertion: HeadClaims.assertion)
    }
  }

  @Test func `S4 a signed head passes for no hand-over's QR`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let head = try await shop.world.events.exportChainHead(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext)
    let asked = try await shop.request(workOrder)
    #expect(try await failure { try await shop.redeem(asked, head.signedHead) }?.reason == "QR_NOT_VALID")
  }

  @Test func `S4 no event holds a name, an address, a plate or a text`() async throws {
    let shop = try await Workshop.open()
    let personal = [
      "Zaphod", "zaphod@example.org", "612987654", "QQ987X", "squeaky brakes", "bent key", "BEEBLEBROX",
    ]
    let workOrder = try await shop.world.workOrders.upsertWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrder.locationID = shop.location.locationID
        $0.workOrder.number = "BEEBLEBROX"
        $0.workOrder.localTime = "2027-03-01T10:00"
        $0.workOrder.vehicle.plate = "QQ-987-X"
        $0.workOrder.contacts = [
          .with {
            $0.role = .driver
            $0.name = "Zaphod"
            $0.privateEmail = "zaphod@example.org"
          }
        ]
      }, shop.world.operatorContext
    ).workOrder
    var view = try await shop.enter(pin: try await shop.pin(for: workOrder), in: try await shop.start())
    view = try await shop.saveContact("+31612987654", in: view)
    _ = try await shop.validate(remark: "squeaky brakes", in: view)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    _ = try await shop.confirm(try await shop.view())
    try await shop.hire("Zaphod", .mechanic, usesKeyLocker: true)
    try await shop.correct(try await shop.key(of: workOrder), to: .desk, reason: "bent key")
    let stream = watch(shop, after: 0)
    let sent = try await stream.messages(try await shop.log().count)
    for message in sent {
      let bytes = try message.wireBytes()
      for word in personal { #expect(!bytes.holds(word), "\(message.event.kind) \(message.event.number)") }
    }
    await stream.cancel()
    let timeline = try await shop.world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext)
    let texts = Set(timeline.entries.map(\.text))
    #expect(texts.isSuperset(of: ["squeaky brakes", "+31612987654", "bent key"]))
    for entry in timeline.entries { #expect(entry.text.isEmpty == entry.event.commitment.isEmpty) }
  }

  @Test func `S4 equal texts have unequal commitments: nobody can try texts against them`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.correct(try await shop.key(of: workOrder), to: .desk, reason: "same words")
    try await shop.correct(try await shop.key(of: workOrder), to: .customer, reason: "same words")
    let commitments = try await shop.log(.custodyCorrected).map(\.commitment)
    #expect(Set(commitments).count == 2)
    #expect(commitments.allSatisfy { $0.count == 32 && $0 != Digest.of(Array("same words".utf8)).bytes })
  }

  @Test func `C13 D9 the timeline has one work order's events, oldest first, with titles for people`()
    async throws
  {
    let (shop, workOrder) = try await day()
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    let entries = try await shop.world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext
    ).entries
    #expect(entries.map(\.event.number) == entries.map(\.event.number).sorted())
    #expect(entries.allSatisfy { $0.event.workOrderID == workOrder.workOrderID })
    #expect(entries.first?.title == "work order created")
    let moves = entries.map(\.title).filter { $0.hasPrefix("key") || $0 == "car in shop" }
    #expect(moves == ["car in shop", "key dropped", "key collected", "key put back"])
    #expect(try await shop.timeline(of: second) == ["work order created"])
  }

  @Test func `A3 a watch sends all after the cursor, then each new one, and resumes without a gap`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let program = World.context(try await shop.program().connection)
    let log = try await shop.log()
    let all = watch(shop, after: 0, as: program)
    #expect(try await all.messages(log.count).map(\.event.number) == log.map(\.number))
    try await shop.correct(try await shop.key(of: workOrder), to: .desk)
    #expect(try await all.messages(log.count + 1).last?.event.kind == "CUSTODY_CORRECTED")
    await all.cancel()
    let resumed = watch(shop, after: Int64(log.count) - 1, as: program)
    #expect(try await resumed.messages(2).map(\.event.number) == [Int64(log.count), Int64(log.count) + 1])
    await resumed.cancel()
  }

  @Test func `S8 a watch after an event that a restored server does not have is refused, with the way out`()
    async throws
  {
    let shop = try await Workshop.open()
    let newest = try #require(try await shop.log().last).number
    let refusal = try await failure { try await watch(shop, after: newest + 1).untilEnd() }
    #expect(refusal?.code == .outOfRange)
    #expect(refusal?.reason == "CURSOR_AHEAD")
    #expect(refusal?.message.contains("no event \(newest + 1); the newest is \(newest)") == true)
    #expect(refusal?.message.contains("EPOCH_STARTED") == true)
    // The newest one is not ahead: its watch waits for the next.
    let level = watch(shop, after: newest)
    _ = try await shop.world.environment.startEpoch(.restored)
    #expect(try await level.messages(1).first?.event.kind == "EPOCH_STARTED")
    await level.cancel()
  }

  @Test func `S8 nobody's events are told by a cursor that is ahead`() async throws {
    let shop = try await Workshop.open()
    let stranger = World.context(try await shop.neighbour().program().connection)
    let refusal = try await failure { try await watch(shop, after: .max, as: stranger).untilEnd() }
    #expect(refusal?.reason == "NOT_FOUND")
  }

  @Test func `A3 a watch catches up over many batches, in order`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let key = try await shop.key(of: workOrder)
    for turn in 0..<300 { try await shop.correct(key, to: turn.isMultiple(of: 2) ? .desk : .customer) }
    let count = try await shop.log().count
    #expect(count > 300)
    let stream = watch(shop, after: 0)
    #expect(try await stream.messages(count).map(\.event.number) == Array(1...Int64(count)))
    await stream.cancel()
  }

  @Test func `S4 a head is signed once, however often it is asked for`() async throws {
    let shop = try await Workshop.open()
    func export() async throws -> ProtoExportChainHeadResponse {
      try await shop.world.events.exportChainHead(
        .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext)
    }
    let head = try await export()
    shop.world.clock.advance(.seconds(3600))
    try await shop.world.timers.signHeads()
    #expect(try await export() == head)
    _ = try await shop.book()
    #expect(try await export().number == head.number + 1)
  }
}
