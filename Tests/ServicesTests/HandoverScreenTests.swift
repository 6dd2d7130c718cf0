import API
import Domain
import RPC
import TestSupport
import Testing

/// H1: where the token is, and where it never is.
@Suite(.timeLimit(.minutes(10))) struct HandoverScreenTests {
  @Test func `H1 the token travels on the locker's screen stream and in no answer`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let screen = Watching(try shop.world.kiosk.watchKiosk(.init(), shop.screen.context))
    let asked = try await shop.request(workOrder)
    let states = Watching(
      shop.world.handovers.watchHandover(.with { $0.handoverID = asked.handoverID }, shop.tablet.context))
    #expect(asked.state == .shown)
    let token = try await shop.token()
    #expect(token.hasPrefix("v4.public."))
    while !screen.soFar.contains(where: { $0.view.upper.handoverToken == token }) { await Task.yield() }
    let redeemed = try await shop.redeem(asked, token)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    let watched = try await states.untilEnd()
    let answers = [asked, redeemed] + watched.map(\.handover)
    for answer in answers { #expect(!(try answer.wireBytes()).holds("v4.public")) }
    #expect(try await shop.token().isEmpty)
    await screen.cancel()
  }

  @Test func `H1 the answer to a touch that makes room for a QR does not hold it, nor does its repeat`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let visit = try await shop.start()
    let asked = try await shop.request(workOrder)
    #expect(asked.state == .queued)
    let abort = ProtoAbortVisitRequest.with {
      $0.requestID = "abort"
      $0.visitID = visit.lower.visitID
    }
    for _ in 1...2 {
      let answer = try await shop.world.kiosk.abortVisit(abort, shop.screen.context)
      #expect(answer.view.upper.tabletName == "Tablet 1")
      #expect(answer.view.upper.handoverToken.isEmpty)
      #expect(!(try answer.wireBytes()).holds("v4.public"))
    }
    #expect(!(try await shop.token()).isEmpty)
  }

  @Test func `H1 the screens of other lockers never see the token`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let beside = try await shop.addLocker("Back door", staff: "second")
    _ = try await shop.request(workOrder)
    #expect(!(try await shop.token()).isEmpty)
    #expect(try await beside.token().isEmpty)
    #expect(try await beside.view().upper.tabletName.isEmpty)
  }

  @Test func `H1 a customer's visit goes first, and the 60 seconds count from being shown`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let visit = try await shop.start()
    let asked = try await shop.request(workOrder)
    #expect(asked.state == .queued)
    #expect(!asked.hasExpireTime)
    #expect(try await shop.token().isEmpty)
    try await shop.world.pass(.seconds(30))
    _ = try await shop.abort(visit)
    #expect(try await shop.current(asked) == .shown)
    try await shop.world.pass(.seconds(59))
    #expect(try await shop.redeem(asked, try await shop.token()).state == .opening)
  }
}
