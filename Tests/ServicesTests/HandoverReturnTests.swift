import API
import Core
import Domain
import RPC
import Services
import TestSupport
import Testing

/// H5: a key is put back for its customer, who gets a PIN to pick it up.
@Suite(.timeLimit(.minutes(10))) struct HandoverReturnTests {
  private func putBack() async throws -> (Workshop, ProtoWorkOrder, OutboxMessage) {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    try await shop.handOver(workOrder, .putBack)
    let messages = try await shop.messages()
    #expect(messages.count == 1)
    return (shop, workOrder, try #require(messages.last))
  }

  @Test func `H5 S1 the pick-up PIN waits sealed, opens with the outbox key alone, and lets the customer in`()
    async throws
  {
    let (shop, workOrder, message) = try await putBack()
    #expect(message.kind == "PICK_UP_PIN")
    #expect(message.workOrder.rawValue == workOrder.workOrderID)
    let pin = try shop.unseal(message)
    #expect(pin.count == 6)
    #expect(pin.allSatisfy { $0.isWholeNumber })
    #expect(!message.sealedBody.holds(pin))
    let context = "outbox/PICK_UP_PIN/\(workOrder.workOrderID)"
    let secrets = shop.world.environment.secrets
    for key in [secrets.pins, secrets.codes] {
      #expect(throws: Seal.Broken.self) { try Seal.unseal(message.sealedBody, context: context, key: key) }
    }
    #expect(throws: Seal.Broken.self) {
      try Seal.unseal(message.sealedBody, context: "outbox/PICK_UP_PIN/0", key: secrets.outbox)
    }
    let view = try await shop.enter(pin: pin, in: try await shop.start(.pickUp))
    #expect(view.lower.step == .opening)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    let again = try await failure { try await shop.enter(pin: pin, in: try await shop.start(.pickUp)) }
    #expect(again?.reason == "WRONG_PIN")
  }

  @Test func `H5 S1 the digits stand in no event, text, answer or screen`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    let screen = Watching(try shop.world.kiosk.watchKiosk(.init(), shop.screen.context))
    let asked = try await shop.request(workOrder, .putBack)
    let redeemed = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    let pin = try shop.unseal(try #require(try await shop.messages().last))
    let timeline = try await shop.world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext)
    let texts =
      timeline.entries.map(\.title) + timeline.entries.map(\.text) + timeline.entries.map(\.event.reason)
    #expect(!texts.contains { $0.contains(pin) })
    var shown: [[UInt8]] = try [asked.wireBytes(), redeemed.wireBytes()]
    for message in screen.soFar {
      var view = message.view
      // The token is base64, in which any six digits may stand by chance.
      view.upper.handoverToken = ""
      shown.append(try view.wireBytes())
    }
    for bytes in shown { #expect(!bytes.holds(pin)) }
    await screen.cancel()
  }

  @Test func `H5 S1 the PIN and its message live seven days`() async throws {
    let (shop, _, message) = try await putBack()
    #expect(message.expiresAt == shop.world.clock.now + .seconds(7 * 24 * 60 * 60))
    let pin = try shop.unseal(message)
    shop.world.clock.advance(.seconds(7 * 24 * 60 * 60))
    let late = try await failure { try await shop.enter(pin: pin, in: try await shop.start(.pickUp)) }
    #expect(late?.reason == "WRONG_PIN")
  }

  @Test func `H5 taking the key out again ends the customer's PIN`() async throws {
    let (shop, workOrder, message) = try await putBack()
    let pin = try shop.unseal(message)
    try await shop.handOver(workOrder)
    let refusal = try await failure { try await shop.enter(pin: pin, in: try await shop.start(.pickUp)) }
    #expect(refusal?.reason == "WRONG_PIN")
  }

  @Test func `H5 each time the key is put back the PIN is another one, and the earlier one is dead`()
    async throws
  {
    let (shop, workOrder, first) = try await putBack()
    try await shop.handOver(workOrder)
    try await shop.handOver(workOrder, .putBack)
    let second = try #require(try await shop.messages().last)
    let (old, new) = (try shop.unseal(first), try shop.unseal(second))
    #expect(old != new)
    let view = try await shop.start(.pickUp)
    #expect(try await failure { try await shop.enter(pin: old, in: view) }?.reason == "WRONG_PIN")
    #expect(try await shop.enter(pin: new, in: view).lower.step == .opening)
  }

  @Test func `H5 the box is reserved from asking on, and free again when the hand-over is given up`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 2)
    let one = try await shop.book()
    let two = try await shop.book("4712", plate: "ZZ-999-Z")
    for workOrder in [one, two] {
      try await shop.drop(workOrder)
      try await shop.handOver(workOrder)
    }
    let other = try await shop.tablet(of: "second")
    let first = try await shop.request(one, .putBack)
    let second = try await shop.request(two, .putBack, on: other)
    #expect(Set([first.compartment, second.compartment]) == [1, 2])
    #expect(try await shop.boxes().allSatisfy { $0.reserved })
    try await shop.cancel(first)
    #expect(try await shop.boxes().filter(\.reserved).map(\.number) == [second.compartment])
    try await shop.cancel(second, on: other)
    #expect(try await shop.boxes().allSatisfy { !$0.reserved })
  }

  @Test func `H5 a key from the desk can be put back as well`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.correct(try await shop.key(of: workOrder), to: .desk)
    try await shop.handOver(workOrder, .putBack)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.messages().count == 1)
  }
}
