import API
import RPC
import Services
import TestSupport
import Testing

/// W4: what the page of a location's lockers shows, and that it keeps up.
@Suite(.timeLimit(.minutes(10))) struct LockerPageTests {
  private func watch(
    _ shop: Workshop, after revision: Int64 = 0, as context: CallContext? = nil
  ) -> Watching<ProtoWatchLockersResponse> {
    Watching(
      shop.world.admin.watchLockers(
        .with {
          $0.locationID = shop.location.locationID
          $0.afterRevision = revision
        }, context ?? shop.world.operatorContext))
  }

  /// The locker as its page shows it, which is as a new list has it.
  private func locker(
    _ shop: Workshop, _ watch: Watching<ProtoWatchLockersResponse>, _ what: String
  ) async throws -> ProtoLocker {
    await watch.untilRest()
    let shown = try #require(watch.soFar.flatMap(\.lockers).last { $0.lockerID == shop.locker.lockerID })
    let listed = try await shop.world.admin.listLockers(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext)
    #expect(listed.lockers.contains(shown), "\(what)")
    return shown
  }

  @Test func `W4 through a key's day the page says whose turn it is, and what is inside`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let workOrder = try await shop.book()
    let watch = watch(shop)
    func expect(
      _ what: String, _ next: ProtoActor, box: ProtoActor, keys: Int32, free: Int32
    ) async throws {
      let locker = try await locker(shop, watch, what)
      #expect(locker.nextActor == next, "\(what)")
      #expect(locker.compartments[0].nextActor == box, "\(what)")
      #expect(locker.compartments[1].nextActor == .nobody, "\(what)")
      #expect(locker.keyCount == keys, "\(what)")
      #expect(locker.freeCount == free, "\(what)")
    }
    try await expect("at rest", .nobody, box: .nobody, keys: 0, free: 2)
    _ = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    try await expect("a customer at the door", .customer, box: .customer, keys: 0, free: 1)
    try await shop.lock.closeDoor(item: .unspecified)
    _ = try await shop.confirm(try await shop.view())
    try await shop.world.pass(.seconds(11))
    try await expect("dropped", .nobody, box: .staff, keys: 1, free: 1)
    let handover = try await shop.request(workOrder)
    try await expect("a QR is shown", .staff, box: .staff, keys: 1, free: 1)
    _ = try await shop.redeem(handover, try await shop.token())
    try await shop.lock.openDoor()
    try await expect("a mechanic at the door", .staff, box: .staff, keys: 1, free: 1)
    try await shop.lock.closeDoor(item: .unspecified)
    try await expect("collected", .nobody, box: .nobody, keys: 0, free: 2)
    // Wear is spread: the other box first, unless it is out of service.
    try await shop.service(2, false)
    try await shop.handOver(workOrder, .putBack)
    let putBack = try await locker(shop, watch, "put back")
    #expect(putBack.compartments.map(\.nextActor) == [.customer, .desk])
    // The pick-up PIN is over.
    shop.world.clock.advance(.seconds(8 * 24 * 60 * 60))
    try await shop.world.timers.sweep()
    #expect(try await locker(shop, watch, "the PIN is over").compartments[0].nextActor == .desk)
    try await shop.service(2, true)
    try await expect("nobody has a PIN", .nobody, box: .desk, keys: 1, free: 1)
    try await shop.lock.happen(.forced, at: 2)
    #expect(try await locker(shop, watch, "forced").nextActor == .desk)
    await watch.cancel()
  }

  @Test func `W4 a locker that loses its controller waits for the desk; a new locker is told`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let watch = watch(shop)
    #expect(try await locker(shop, watch, "connected").connected)
    await shop.lock.disconnect()
    let offline = try await locker(shop, watch, "disconnected")
    #expect(!offline.connected)
    #expect(offline.nextActor == .desk)
    let beside = try await shop.addLocker("Back door", staff: "second")
    _ = try await beside.start()
    #expect(try await locker(beside, watch, "a second one").nextActor == .customer)
    await watch.cancel()
  }

  @Test func `W4 a locker about which nothing changed is not told again`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await shop.addLocker("Back door", staff: "second")
    let watch = watch(shop)
    await watch.untilRest()
    #expect(watch.soFar.map(\.lockers.count) == [2])
    _ = try await shop.book()
    await watch.untilRest()
    #expect(watch.soFar.count == 1)
    _ = try await shop.start()
    await watch.untilRest()
    #expect(watch.soFar.map(\.lockers.count) == [2, 1])
    await watch.cancel()
  }

  @Test func `W4 who connects again is told what has changed meanwhile, or nothing`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let first = watch(shop)
    await first.untilRest()
    let revision = try #require(first.soFar.last).revision
    await first.cancel()
    let again = watch(shop, after: revision)
    await again.untilRest()
    #expect(again.soFar.isEmpty)
    _ = try await shop.start()
    await again.untilRest()
    #expect(again.soFar.count == 1)
    await again.cancel()
    let later = watch(shop, after: revision)
    await later.untilRest()
    #expect(later.soFar.map(\.lockers.count) == [1])
    #expect(later.soFar.allSatisfy { $0.revision > revision })
    await later.cancel()
  }

  @Test func `S3 another location's lockers look as if there were none`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let other = try await shop.neighbour()
    let foreign = watch(other, as: shop.tablet.context)
    #expect(try await failure { try await foreign.untilEnd() }?.reason == "NOT_FOUND")
    #expect(foreign.soFar.isEmpty)
  }
}
