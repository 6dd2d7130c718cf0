import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// H2: the QR, and everything that must not be taken for it.
@Suite(.timeLimit(.minutes(10))) struct HandoverTokenTests {
  @Test func `H2 a hand-over whose turn has not come is refused as not shown`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let earlier = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.cancel(earlier)
    _ = try await shop.start()
    let queued = try await shop.request(workOrder)
    #expect(try await failure { try await shop.redeem(queued, token) }?.reason == "QR_NOT_SHOWN")
    #expect(try await shop.refusals() == ["QR_NOT_SHOWN"])
  }

  @Test(arguments: [(Duration.milliseconds(59_999), true), (.seconds(60), false)])
  func `H2 the token is good for 60 s from being shown`(after: Duration, isGood: Bool) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    shop.world.clock.advance(after)
    let refusal = try await failure { try await shop.redeem(asked, token) }
    #expect(refusal?.reason == (isGood ? nil : "QR_EXPIRED"))
    #expect(try await shop.refusals() == (isGood ? [] : ["QR_EXPIRED"]))
    #expect(try await shop.lock.nextCommand() != nil || !isGood)
  }

  @Test func `H2 an expired hand-over takes its QR off the screen and stays refused as expired`() async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.token().isEmpty)
    #expect(try await shop.current(asked) == .expired)
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "QR_EXPIRED")
    #expect(try await shop.lock.nextCommand() == nil)
  }

  @Test func `H3 L2 no command is given to a locker that is gone, and the QR stays good`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    await shop.lock.disconnect()
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "LOCKER_OFFLINE")
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.refusals() == [])
    try await shop.lock.connect(boxes: 4)
    #expect(try await shop.redeem(asked, token).state == .opening)
  }

  @Test func `H2 a QR is redeemed once, whatever came of it, and each further try is logged`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    _ = try await shop.redeem(asked, token)
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "QR_ALREADY_REDEEMED")
    try await shop.lock.openDoor()
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "QR_ALREADY_REDEEMED")
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "QR_ALREADY_REDEEMED")
    #expect(try await shop.refusals() == Array(repeating: "QR_ALREADY_REDEEMED", count: 3))
    #expect(try await shop.log(.handoverRedeemed).count == 1)
    #expect(try await shop.log(.keyCollected).count == 1)
  }

  @Test func `H2 a repeat with the same request id answers the first answer and opens nothing`() async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    var redeem = ProtoRedeemHandoverRequest()
    redeem.requestID = "redeem"
    redeem.handoverID = asked.handoverID
    redeem.token = try await shop.token()
    let first = try await shop.world.handovers.redeemHandover(redeem, shop.tablet.context)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.world.handovers.redeemHandover(redeem, shop.tablet.context) == first)
    #expect(first.handover.state == .opening)
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.refusals().isEmpty)
    redeem.token += "x"
    let reused = try await failure {
      try await shop.world.handovers.redeemHandover(redeem, shop.tablet.context)
    }
    #expect(reused?.reason == "REQUEST_ID_REUSED")
  }

  @Test func `H2 a refusal is remembered too: its repeat is the first refusal, and is logged once`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let redeem = ProtoRedeemHandoverRequest.with {
      $0.requestID = "redeem"
      $0.handoverID = asked.handoverID
      $0.token = "v4.public.forged"
    }
    let first = try await failure {
      try await shop.world.handovers.redeemHandover(redeem, shop.tablet.context)
    }
    let second = try await failure {
      try await shop.world.handovers.redeemHandover(redeem, shop.tablet.context)
    }
    #expect(first?.reason == "QR_NOT_VALID")
    #expect(first == second)
    #expect(try await shop.refusals() == ["QR_NOT_VALID"])
  }

  @Test func `H2 another tablet is refused and logged, and the right one still redeems`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let thief = try await shop.tablet(of: "second")
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    let refusal = try await failure { try await shop.redeem(asked, token, on: thief) }
    #expect(refusal?.reason == "QR_OTHER_TABLET")
    #expect(refusal?.code == .failedPrecondition)
    let logged = try #require(try await shop.log(.handoverRefused).first)
    #expect(logged.reason == "QR_OTHER_TABLET")
    #expect(logged.device == thief.id)
    #expect(logged.handover?.rawValue == asked.handoverID)
    #expect(logged.key?.rawValue == asked.keyID)
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.redeem(asked, token).state == .opening)
  }

  @Test func `H2 a token with any one character altered is refused and logged`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = Array(try await shop.token())
    for position in token.indices {
      var altered = token
      altered[position] = token[position] == "A" ? "B" : "A"
      let refusal = try await failure { try await shop.redeem(asked, String(altered)) }
      #expect(refusal?.reason == "QR_NOT_VALID", "character \(position)")
    }
    #expect(try await shop.refusals() == Array(repeating: "QR_NOT_VALID", count: token.count))
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.redeem(asked, String(token)).state == .opening)
  }

  @Test func `H2 a token that is cut, extended, empty, huge or of another server is refused`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    let claims = HandoverClaims(
      handover: Handover.ID(rawValue: asked.handoverID), locker: Locker.ID(rawValue: asked.lockerID),
      compartment: Int(asked.compartment), shownAt: shop.world.clock.now,
      expiresAt: shop.world.clock.now + .seconds(60))
    let strange = try #require(SigningKey(seed: Array(repeating: 7, count: 32)))
    let forged = try strange.sign(
      message: claims.encoded, footer: Array(strange.keyID.utf8),
      assertion: Array("latchkey hand-over for tablet \(shop.tablet.id)".utf8))
    let bad = [
      String(token.dropLast()), String(token.dropLast(80)), token + "A", token + "=", "", " " + token,
      token.uppercased(), token.replacing("v4.public.", with: "v4.local."), forged,
      String(repeating: "A", count: 100_000), "v4.public.\u{0}",
    ]
    for token in bad {
      #expect(
        try await failure { try await shop.redeem(asked, token) }?.reason == "QR_NOT_VALID",
        "\(token.prefix(20))")
    }
    #expect(try await shop.refusals().count == bad.count)
  }

  @Test func `H2 a server's other signature for this tablet is no QR of this hand-over`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    try await shop.drop(second)
    let first = try await shop.request(workOrder)
    let token = try await shop.token()
    let other = try await shop.request(second)
    try await shop.cancel(first)
    #expect(try await shop.current(other) == .shown)
    #expect(try await failure { try await shop.redeem(other, token) }?.reason == "QR_NOT_VALID")
    #expect(try await failure { try await shop.redeem(first, token) }?.reason == "HANDOVER_OVER")
    #expect(try await shop.refusals() == ["QR_NOT_VALID", "HANDOVER_OVER"])
    #expect(try await shop.lock.nextCommand() == nil)
  }

  @Test func `H2 the QR of an earlier hand-over of the same key does not serve the next one`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let first = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.cancel(first)
    let next = try await shop.request(workOrder)
    #expect(try await shop.token() != token)
    #expect(try await failure { try await shop.redeem(next, token) }?.reason == "QR_NOT_VALID")
  }

  @Test func `H2 a QR of another locker is refused`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let beside = try await shop.addLocker("Back door", staff: "second")
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    try await beside.drop(second)
    let here = try await shop.request(workOrder)
    let there = try await shop.request(second)
    #expect(there.lockerID == beside.locker.lockerID)
    let refusal = try await failure { try await shop.redeem(here, try await beside.token()) }
    #expect(refusal?.reason == "QR_NOT_VALID")
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await beside.lock.nextCommand() == nil)
  }

  @Test func `H2 the location's setting says how long a QR lives; one that is shown keeps its time`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let before = try await shop.request(workOrder)
    _ = try await shop.world.admin.updateLimits(
      .with {
        $0.requestID = shop.world.requestID
        $0.locationID = shop.location.locationID
        $0.limits.qrSeconds = 5
      }, shop.world.operatorContext)
    try await shop.world.pass(.seconds(30))
    #expect(try await shop.current(before) == .shown)
    try await shop.cancel(before)
    let after = try await shop.request(workOrder)
    #expect(after.expireTime.milliseconds == shop.world.clock.now.milliseconds + 5000)
    try await shop.world.pass(.seconds(5))
    #expect(try await shop.current(after) == .expired)
  }

  @Test func `H2 a box that was taken out of service in the meantime stays shut, and that is logged`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.service(asked.compartment, false)
    #expect(try await failure { try await shop.redeem(asked, token) }?.reason == "COMPARTMENT_QUARANTINED")
    #expect(try await shop.refusals() == ["COMPARTMENT_QUARANTINED"])
    #expect(try await shop.lock.nextCommand() == nil)
  }

  @Test func `H1 no QR is shown while a door stands open; closing or overriding it gives the turn`()
    async throws
  {
    for isClosed in [true, false] {
      let (shop, workOrder) = try await Workshop.withKey()
      let late = try await shop.book("4712", plate: "ZZ-999-Z")
      let box = try await shop.walkToOpenBox(pin: try await shop.pin(for: late)).lower.compartment
      try await shop.world.pass(.seconds(61))
      let asked = try await shop.request(workOrder)
      #expect(try await shop.token().isEmpty)
      try await shop.world.pass(.seconds(61))
      #expect(try await shop.current(asked) == .queued)
      if isClosed {
        try await shop.lock.closeDoor(item: .unspecified)
      } else {
        try await shop.override(box)
      }
      #expect(try await shop.redeem(asked, try await shop.token()).state == .opening)
    }
  }

  @Test func `H2 while another door is open the QR waits; the very same request works afterwards`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    try await shop.lock.happen(.forced, at: 3)
    let redeem = ProtoRedeemHandoverRequest.with {
      $0.requestID = "redeem"
      $0.handoverID = asked.handoverID
    }
    var shown = redeem
    shown.token = try await shop.token()
    let complete = shown
    let busy = try await failure {
      try await shop.world.handovers.redeemHandover(complete, shop.tablet.context)
    }
    #expect(busy?.reason == "DOOR_LEFT_OPEN")
    #expect(try await shop.refusals().isEmpty)
    try await shop.lock.happen(.doorClosed, at: 3)
    let answer = try await shop.world.handovers.redeemHandover(complete, shop.tablet.context)
    #expect(answer.handover.state == .opening)
  }
}
