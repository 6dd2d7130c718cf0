import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// Request ids: the answer to a repeat is the first answer, and holds no secret.
@Suite(.timeLimit(.minutes(10))) struct MutationTests {
  private func locker(_ name: String, id: String, _ shop: Workshop) -> ProtoCreateLockerRequest {
    .with {
      $0.requestID = id
      $0.locationID = shop.location.locationID
      $0.name = name
    }
  }

  @Test func `A3 a repeat is answered as the first time, although the world has moved on`() async throws {
    let shop = try await Workshop.open()
    let request = locker("Second", id: "once", shop)
    let first = try await shop.world.admin.createLocker(request, shop.world.operatorContext)
    _ = try await shop.world.admin.updateLocker(
      .with {
        $0.requestID = shop.world.requestID
        $0.lockerID = first.locker.lockerID
        $0.active = false
      }, shop.world.operatorContext)
    #expect(try await shop.world.admin.createLocker(request, shop.world.operatorContext) == first)
    #expect(try await shop.log(.lockerCreated).count == 2)
  }

  @Test func `A3 the same id with another content is refused`() async throws {
    let shop = try await Workshop.open()
    _ = try await shop.world.admin.createLocker(
      locker("Second", id: "once", shop), shop.world.operatorContext)
    let other = try await failure {
      try await shop.world.admin.createLocker(locker("Third", id: "once", shop), shop.world.operatorContext)
    }
    #expect(other?.reason == "REQUEST_ID_REUSED")
    #expect(other?.code == .invalidArgument)
    #expect(try await shop.log(.lockerCreated).count == 2)
  }

  @Test func `A3 ids are the caller's own, and the method's`() async throws {
    let shop = try await Workshop.open()
    let boss = try await shop.tablet(of: "boss", .dealerAdmin)
    _ = try await shop.world.admin.createLocker(
      locker("Second", id: "once", shop), shop.world.operatorContext)
    _ = try await shop.world.admin.createLocker(locker("Third", id: "once", shop), boss.context)
    let elsewhere = World.context(shop.world.operatorContext.connection, "test/Other")
    _ = try await shop.world.admin.createLocker(locker("Fourth", id: "once", shop), elsewhere)
    #expect(try await shop.log(.lockerCreated).count == 4)
  }

  @Test func `A3 what was refused for nothing to remember may be tried again with the same id`() async throws
  {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let request = ProtoRequestHandoverRequest.with {
      $0.requestID = "ask"
      $0.workOrderID = workOrder.workOrderID
      $0.direction = .takeOut
    }
    #expect(
      try await failure { try await shop.world.handovers.requestHandover(request, shop.tablet.context) }?
        .reason
        == "NO_KEY_IN_LOCKER")
    try await shop.drop(workOrder)
    #expect(
      try await shop.world.handovers.requestHandover(request, shop.tablet.context).handover.state == .shown)
  }

  @Test func `A3 an answer is remembered for 24 hours`() async throws {
    let shop = try await Workshop.open()
    let request = locker("Second", id: "once", shop)
    let first = try await shop.world.admin.createLocker(request, shop.world.operatorContext)
    shop.world.clock.advance(.milliseconds(24 * 60 * 60 * 1000 - 1))
    try await shop.world.timers.sweep()
    #expect(try await shop.world.admin.createLocker(request, shop.world.operatorContext) == first)
    shop.world.clock.advance(.milliseconds(1))
    #expect(
      try await failure { try await shop.world.admin.createLocker(request, shop.world.operatorContext) }?
        .reason
        == "NAME_IN_USE")
  }

  @Test(arguments: ["", String(repeating: "x", count: 65), "two words", "café", "tab\t", "nul\u{0}"])
  func `A5 a request id is 1 to 64 printable ASCII characters`(id: String) async throws {
    let shop = try await Workshop.open(boxes: 1)
    let refusal = try await failure {
      try await shop.world.admin.createLocker(locker("Second", id: id, shop), shop.world.operatorContext)
    }
    #expect(refusal?.violations.map(\.field) == ["request_id"])
  }

  @Test func `A3 the same request twenty times at once is done once`() async throws {
    let shop = try await Workshop.open()
    let request = locker("Second", id: "once", shop)
    let answers = try await withThrowingTaskGroup(of: ProtoCreateLockerResponse.self) { group in
      for _ in 1...20 {
        group.addTask { try await shop.world.admin.createLocker(request, shop.world.operatorContext) }
      }
      return try await group.reduce(into: Set<ProtoCreateLockerResponse>()) { $0.insert($1) }
    }
    #expect(answers.count == 1)
    #expect(try await shop.log(.lockerCreated).count == 2)
  }

  @Test func `S1 a PIN is in its first answer only`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let request = ProtoIssuePinRequest.with {
      $0.requestID = "pin"
      $0.workOrderID = workOrder.workOrderID
      $0.purpose = .dropOff
    }
    let first = try await shop.world.workOrders.issuePin(request, shop.world.operatorContext)
    let again = try await failure {
      try await shop.world.workOrders.issuePin(request, shop.world.operatorContext)
    }
    #expect(again?.reason == "ALREADY_DONE")
    #expect(again?.code == .alreadyExists)
    let stored = try await shop.world.store.read {
      try $0.answer(to: "pin", of: "test/Test", from: "operator")
    }
    #expect(stored?.outcome == .secretGiven)
    #expect(try await shop.enter(pin: first.pin, in: try await shop.start()).lower.step == .contact)
  }

  @Test func `S1 who has the database cannot try PINs or passwords against remembered requests`() async throws
  {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    let visit = try await shop.start()
    let request = ProtoEnterPinRequest.with {
      $0.requestID = "enter"
      $0.visitID = visit.lower.visitID
      $0.pin = pin
    }
    _ = try await shop.world.kiosk.enterPin(request, shop.screen.context)
    let stored = try #require(
      try await shop.world.store.read {
        try $0.answer(to: "enter", of: "test/Test", from: "device/\(shop.screen.id)")
      })
    // All of the request but the PIN stands in the database: an unkeyed digest would give the PIN away.
    #expect(stored.requestDigest != Digest.of(try request.wireBytes()).bytes)
    #expect(stored.requestDigest.count == Digest.byteCount)
  }

  @Test func `A5 a text with a NUL is a fault of the caller's, not of the server's`() async throws {
    let shop = try await Workshop.open()
    let refusal = try await failure {
      try await shop.world.admin.createLocker(
        locker("Sec\u{0}ond", id: "nul", shop), shop.world.operatorContext)
    }
    #expect(refusal?.code == .invalidArgument)
    #expect(refusal?.reason == "INVALID_FIELD")
  }
}
