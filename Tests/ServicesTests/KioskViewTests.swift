import API
import Domain
import RPC
import TestSupport
import Testing

/// What both screens show (D1, D7, D8).
@Suite struct KioskViewTests {
  @Test func `D1 the welcome screen names the locker and says that a key can be dropped`() async throws {
    let shop = try await Workshop.open()
    let view = try await shop.view()
    #expect(view.lockerID == shop.locker.lockerID)
    #expect(view.lockerName == "Entrance")
    #expect(view.lower.step == .welcome)
    #expect(view.lower.visitID == 0)
    #expect(view.pinToDrop)
    #expect(view.dropAvailable)
    #expect(view.unavailableReason == "")
    #expect(!view.lower.hasExpireTime)
  }

  @Test func `D7 a full locker says so before the first step; picking up goes on`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    #expect(try await shop.view().dropAvailable)
    try await shop.drop(try await shop.book("4712", plate: "XX-999-X"))
    let view = try await shop.view()
    #expect(!view.dropAvailable)
    #expect(view.unavailableReason == "NO_FREE_COMPARTMENT")
    let refusal = try await shop.refusal { try await shop.start() }
    #expect(refusal?.reason == "NO_FREE_COMPARTMENT")
    #expect(refusal?.message.contains("desk") == true)
    try await shop.identify(try await shop.pin(for: workOrder, .pickUp), for: .pickUp)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().dropAvailable)
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test func `D1 a locker whose locks do not answer takes nobody in`() async throws {
    let shop = try await Workshop.open()
    await shop.lock.disconnect()
    let view = try await shop.view()
    #expect(view.lower.step == .outOfService)
    #expect(view.unavailableReason == "LOCKER_OFFLINE")
    #expect(try await shop.refusal { try await shop.start() }?.reason == "LOCKER_OFFLINE")
    #expect(try await shop.refusal { try await shop.start(.pickUp) }?.code == .unavailable)
  }

  @Test func `W4 a locker that is switched off takes nobody in`() async throws {
    let shop = try await Workshop.open()
    func set(_ isActive: Bool, pinToDrop: Bool) async throws {
      _ = try await shop.world.admin.updateLocker(
        .with {
          $0.requestID = shop.world.requestID
          $0.lockerID = shop.locker.lockerID
          $0.active = isActive
          $0.pinToDrop = pinToDrop
        }, shop.world.operatorContext)
    }
    try await set(false, pinToDrop: true)
    let view = try await shop.view()
    #expect(view.lower.step == .outOfService)
    #expect(!view.dropAvailable)
    #expect(view.unavailableReason == "LOCKER_INACTIVE")
    #expect(try await shop.refusal { try await shop.start(.openBox) }?.reason == "LOCKER_INACTIVE")
    try await set(true, pinToDrop: false)
    #expect(try await shop.view().lower.step == .welcome)
    #expect(try await !shop.view().pinToDrop)
  }

  @Test func `H1 D1 a tablet that is at the locker goes first`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    try await shop.world.pass(Visit.farewell)
    let handover = try await shop.request(workOrder)
    let view = try await shop.view()
    #expect(view.upper.tabletName == "Tablet 1")
    #expect(!view.upper.handoverToken.isEmpty)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "HANDOVER_IN_PROGRESS")
    _ = try await shop.redeem(handover, view.upper.handoverToken)
    #expect(try await shop.view().upper.handoverToken == "")
    #expect(try await shop.view().upper.handoverCompartment == handover.compartment)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "HANDOVER_IN_PROGRESS")
    try await shop.lock.openDoor()
    #expect(try await shop.view().lower.step == .welcome)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test func `H1 a token is in no answer to a touch, only in the view of the locker's own screens`()
    async throws
  {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    let visit = try await shop.start()
    _ = try await shop.request(workOrder)
    #expect(try await shop.view().upper.tabletName == "")
    let ended = try await shop.touch(.abort, visit.lower.visitID, requestID: "abort")
    #expect(ended.upper.tabletName == "Tablet 1")
    #expect(ended.upper.handoverToken == "")
    #expect(try await !shop.view().upper.handoverToken.isEmpty)
    #expect(try await second.view().upper.handoverToken == "")
  }

  @Test func `D7 the revision rises with every change and with nothing else`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    var last = try await shop.view().revision
    func rises() async throws -> Bool {
      let revision = try await shop.view().revision
      defer { last = revision }
      return revision > last
    }
    #expect(try await !rises())
    _ = try await shop.start()
    #expect(try await rises())
    _ = try await shop.refusal { try await shop.touch(.confirm) }
    #expect(try await !rises())
    for touch in [.pin(pin), .contact(), .validate()] as [KioskTouch] {
      try await shop.touch(touch)
      #expect(try await rises())
    }
    try await shop.lock.openDoor()
    #expect(try await rises())
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await rises())
    try await shop.world.pass(.seconds(1))
    try await shop.touch(.extend)
    #expect(try await rises())
    await shop.lock.disconnect()
    #expect(try await rises())
  }

  @Test func `D7 a watch sends what is newer, and each change after it`() async throws {
    let shop = try await Workshop.open()
    let newest = try await shop.view().revision
    let watch = try self.watch(shop, after: newest)
    _ = try await shop.start()
    await wait(for: .authenticate, on: watch)
    try await shop.touch(.abort)
    await wait(for: .aborted, on: watch)
    await watch.cancel()
    let revisions = watch.soFar.map(\.view.revision)
    #expect(revisions.allSatisfy { $0 > newest })
    #expect(zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 })
    // A screen that comes back late gets the newest view at once, and only that.
    let again = try self.watch(shop, after: 0)
    await wait(for: .aborted, on: again)
    await again.cancel()
    #expect(again.soFar.map(\.view) == [try await shop.view()])
  }

  /// A screen that watches its locker.
  private func watch(_ shop: Workshop, after revision: Int64) throws -> Watching<ProtoWatchKioskResponse> {
    Watching(try shop.world.kiosk.watchKiosk(.with { $0.afterRevision = revision }, shop.screen.context))
  }

  private func wait(for step: ProtoKioskStep, on watch: Watching<ProtoWatchKioskResponse>) async {
    while !watch.soFar.contains(where: { $0.view.lower.step == step }) { await Task.yield() }
  }

  @Test func `D8 a door that was opened without a command asks to be closed`() async throws {
    let shop = try await Workshop.open()
    try await shop.lock.happen(.forced, at: 2)
    let view = try await shop.view()
    #expect(view.lower.step == .closeDoor)
    #expect(view.lower.compartment == 2)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
    try await shop.override(2)
    #expect(try await shop.view().lower.step == .welcome)
    #expect(try await shop.start().lower.step == .authenticate)
  }
}
