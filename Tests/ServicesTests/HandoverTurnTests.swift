import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// H4, and how a hand-over is asked for, watched and given up.
@Suite(.timeLimit(.minutes(10))) struct HandoverTurnTests {
  @Test func `H4 two tablets are served in turn, and the screen names whose turn it is`() async throws {
    let (shop, first) = try await Workshop.withKey()
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    try await shop.drop(second)
    let other = try await shop.tablet(of: "second")
    let one = try await shop.request(first)
    let two = try await shop.request(second, on: other)
    #expect(one.state == .shown)
    #expect(two.state == .queued)
    #expect(try await shop.view().upper.tabletName == "Tablet 1")
    _ = try await shop.redeem(one, try await shop.token())
    try await shop.lock.openDoor()
    #expect(try await shop.view().upper.handoverCompartment == one.compartment)
    #expect(try await shop.current(two) == .queued)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.current(two) == .shown)
    #expect(try await shop.view().upper.tabletName == "Tablet of second")
    _ = try await shop.redeem(two, try await shop.token(), on: other)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: second).holder == .staff)
    #expect(try await shop.key(of: first).staffID != shop.key(of: second).staffID)
  }

  @Test func `H4 a turn passes on when the QR expires, is given up or ends in a jam`() async throws {
    let shop = try await Workshop.open(boxes: 6)
    var asked: [ProtoHandover] = []
    for number in 0..<4 {
      try await shop.drop(try await shop.book("\(number)", plate: "AB-12\(number)-C"))
    }
    for number in 0..<4 {
      let workOrder = try await shop.world.workOrders.getWorkOrder(
        .with {
          $0.locationID = shop.location.locationID
          $0.number = "\(number)"
        }, shop.world.operatorContext
      ).workOrder
      asked.append(try await shop.request(workOrder))
    }
    #expect(asked.map(\.state) == [.shown, .queued, .queued, .queued])
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.current(asked[1]) == .shown)
    try await shop.cancel(asked[1])
    #expect(try await shop.current(asked[2]) == .shown)
    _ = try await shop.redeem(asked[2], try await shop.token())
    try await shop.lock.jam()
    #expect(try await shop.current(asked[3]) == .shown)
  }

  @Test func `H4 a key that is being taken out is not taken out by another tablet`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let other = try await shop.tablet(of: "second")
    let asked = try await shop.request(workOrder)
    let refusal = try await failure { try await shop.request(workOrder, on: other) }
    #expect(refusal?.reason == "HANDOVER_IN_PROGRESS")
    try await shop.cancel(asked)
    #expect(try await shop.request(workOrder, on: other).state == .shown)
  }

  @Test func `H4 S6 a QR that one mechanic asked for is not redeemed by the next one on that tablet`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.hire("second", .mechanic, usesKeyLocker: true)
    try await shop.signIn("second", on: shop.tablet)
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "QR_NOT_VALID")
    #expect(try await shop.refusals() == ["QR_NOT_VALID"])
    #expect(try await shop.lock.nextCommand() == nil)
  }

  @Test func `H1 no visit starts while a QR is shown or a hand-over's door is open`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    #expect(try await failure { try await shop.start() }?.reason == "HANDOVER_IN_PROGRESS")
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.openDoor()
    #expect(try await failure { try await shop.start() }?.reason == "HANDOVER_IN_PROGRESS")
    try await shop.lock.closeDoor(item: .unspecified)
    _ = try await shop.start()
  }

  @Test func `H1 a customer who collects the key while the tablet waits ends the wait`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let pin = try await shop.pin(for: workOrder, .pickUp)
    _ = try await shop.enter(pin: pin, in: try await shop.start(.pickUp))
    let asked = try await shop.request(workOrder)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.current(asked) == .cancelled)
    #expect(try await shop.token().isEmpty)
  }

  @Test func `H6 a put-back whose key was corrected to elsewhere while it waited does not get its turn`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    let visit = try await shop.start()
    let asked = try await shop.request(workOrder, .putBack)
    #expect(asked.state == .queued)
    try await shop.correct(try await shop.key(of: workOrder), to: .customer)
    _ = try await shop.abort(visit)
    #expect(try await shop.current(asked) == .cancelled)
    #expect(try await shop.boxes().allSatisfy { !$0.reserved })
  }

  @Test func `H1 what waits for ten minutes expires`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let visit = try await shop.start()
    let asked = try await shop.request(workOrder)
    for _ in 1...12 {
      try await shop.world.pass(.seconds(50))
      guard try await shop.current(asked) == .queued else { break }
      _ = try await shop.extend(visit)
    }
    #expect(try await shop.current(asked) == .expired)
  }

  @Test func `H1 H5 what cannot be asked for is refused by name`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let planned = try await shop.book()
    #expect(try await failure { try await shop.request(planned) }?.reason == "NO_KEY_IN_LOCKER")
    #expect(try await failure { try await shop.request(planned, .putBack) }?.reason == "NO_KEY_WITH_STAFF")
    let unspecified = try await failure { try await shop.request(planned, .unspecified) }
    #expect(unspecified?.reason == "INVALID_FIELD")
    #expect(unspecified?.violations.map(\.field) == ["direction"])
    try await shop.drop(planned)
    #expect(try await failure { try await shop.request(planned, .putBack) }?.reason == "NO_KEY_WITH_STAFF")
    await shop.lock.disconnect()
    let offline = try await failure { try await shop.request(planned) }
    #expect(offline?.reason == "LOCKER_OFFLINE")
    #expect(offline?.code == .unavailable)
  }

  @Test func `H5 a full locker takes no key back`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let first = try await shop.book()
    try await shop.drop(first)
    try await shop.handOver(first)
    try await shop.drop(try await shop.book("4712", plate: "ZZ-999-Z"))
    let full = try await failure { try await shop.request(first, .putBack) }
    #expect(full?.reason == "NO_FREE_COMPARTMENT")
    #expect(full?.code == .resourceExhausted)
  }

  @Test func `W4 H5 a locker that is switched off takes no key back`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    _ = try await shop.world.admin.updateLocker(
      .with {
        $0.requestID = shop.world.requestID
        $0.lockerID = shop.locker.lockerID
        $0.active = false
      }, shop.world.operatorContext)
    #expect(try await failure { try await shop.request(workOrder, .putBack) }?.reason == "LOCKER_INACTIVE")
  }

  @Test func `H1 a hand-over is given up by the tablet that asked, again and again, until it is redeemed`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let other = try await shop.tablet(of: "second")
    let first = try await shop.request(workOrder)
    #expect(try await failure { try await shop.cancel(first, on: other) }?.reason == "NOT_FOUND")
    #expect(try await shop.cancel(first).state == .cancelled)
    #expect(try await shop.cancel(first).state == .cancelled)
    #expect(try await shop.log(.handoverEnded).count == 1)
    let second = try await shop.request(workOrder)
    _ = try await shop.redeem(second, try await shop.token())
    #expect(try await failure { try await shop.cancel(second) }?.reason == "HANDOVER_OVER")
    try await shop.lock.openDoor()
    #expect(try await failure { try await shop.cancel(second) }?.reason == "HANDOVER_OVER")
  }

  @Test func `H1 the watch sends the hand-over now and on each change, resumes, and ends with it`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    func watch(after revision: Int64) -> Watching<ProtoWatchHandoverResponse> {
      Watching(
        shop.world.handovers.watchHandover(
          .with {
            $0.handoverID = asked.handoverID
            $0.afterRevision = revision
          }, shop.tablet.context))
    }
    let all = watch(after: 0)
    let resumed = watch(after: asked.revision)
    _ = try await all.messages(1)
    _ = try await shop.redeem(asked, try await shop.token())
    _ = try await all.messages(2)
    _ = try await resumed.messages(1)
    try await shop.lock.openDoor()
    _ = try await all.messages(3)
    _ = try await resumed.messages(2)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await all.untilEnd().map(\.handover.state) == [.shown, .opening, .open, .completed])
    #expect(try await resumed.untilEnd().map(\.handover.state) == [.opening, .open, .completed])
  }

  @Test func `H1 asking again with the same request id is asking once`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let request = ProtoRequestHandoverRequest.with {
      $0.requestID = "ask"
      $0.workOrderID = workOrder.workOrderID
      $0.direction = .takeOut
    }
    let first = try await shop.world.handovers.requestHandover(request, shop.tablet.context)
    try await shop.cancel(first.handover)
    #expect(try await shop.world.handovers.requestHandover(request, shop.tablet.context) == first)
    #expect(try await shop.log(.handoverRequested).count == 1)
  }
}
