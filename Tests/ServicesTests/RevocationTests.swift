import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S3: what is revoked ends at once, with its streams, and nothing else does.
@Suite(.timeLimit(.minutes(10))) struct RevocationTests {
  /// A watch of the location's events on a connection, as a wire runs it: closing the connection ends it.
  private struct Streaming {
    let watch: Watching<ProtoWatchEventsResponse>
    let closed: ClosedConnection

    init(_ shop: Workshop, _ connection: RPC.Connection) {
      let watch = Watching(
        shop.world.events.watchEvents(
          .with { $0.locationID = shop.location.locationID }, World.context(connection)))
      self.watch = watch
      closed = ClosedConnection(connection) { Task { await watch.cancel() } }
    }

    func isOver() async -> Bool {
      guard closed.failure != nil else { return false }
      await watch.cancel()
      return true
    }
  }

  private func review(_ shop: Workshop) async throws { try await shop.world.environment.reviewRights() }

  @Test func `S3 a revoked device is told so, its streams end, and it does not come back`() async throws {
    let shop = try await Workshop.open()
    let commands = Watching(try shop.world.lockers.watchCommands(.init(), shop.controller.context))
    let closed = ClosedConnection(shop.controller.connection) { Task { await commands.cancel() } }
    let screen = ClosedConnection(shop.screen.connection)
    try await shop.revoke(shop.controller)
    try await review(shop)
    #expect(closed.failure?.reason == "DEVICE_REVOKED")
    #expect(closed.failure?.code == .permissionDenied)
    await commands.cancel()
    #expect(screen.failure == nil)
    let back = try await failure {
      try await shop.world.authenticate(shop.controller.reconnected(to: shop.world))
    }
    #expect(back?.reason == "CREDENTIAL_REFUSED")
    #expect(try await shop.log(.deviceRevoked).map(\.device) == [shop.controller.id])
  }

  @Test func `L2 what a revoked controller had in work ends unknown, and its successor is not told of it`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    try await shop.revoke(shop.controller)
    let ended = try #require(try await shop.log(.commandEnded).last)
    #expect(ended.commandSequence == command.sequence)
    #expect(ended.reason == "UNKNOWN")
    #expect(try await shop.current(asked) == .unknown)
    #expect(try await shop.lock.nextCommand() == nil, "it would be fired a second time")
  }

  @Test func `S3 revoking again changes nothing, and all connections of the device are closed`() async throws
  {
    let shop = try await Workshop.open()
    let second = shop.tablet.reconnected(to: shop.world)
    _ = try await shop.world.authenticate(second)
    let closed = [shop.tablet, second].map { ClosedConnection($0.connection) }
    for _ in 1...2 { try await shop.revoke(shop.tablet) }
    try await review(shop)
    #expect(closed.map { $0.failure?.reason } == ["DEVICE_REVOKED", "DEVICE_REVOKED"])
    #expect(try await shop.log(.deviceRevoked).count == 1)
    let devices = try await shop.world.admin.listDevices(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext)
    #expect(devices.devices.filter { $0.revoked }.map(\.deviceID) == [shop.tablet.id.rawValue])
  }

  @Test func `S3 every loss of rights wakes whoever looks at the connections`() async throws {
    let shop = try await Workshop.open()
    let program = try await shop.program()
    let staff = try await shop.hire("second", .mechanic, usesKeyLocker: true)
    let losses: [@Sendable () async throws -> Void] = [
      { try await shop.revoke(shop.screen) },
      { try await shop.update(staff) { $0.disabled = true } },
      { try await shop.revoke(apiKey: program.id) },
      { _ = try await shop.world.auth.signOut(.init(), shop.tablet.context) },
      { try await shop.signIn("mechanic", on: shop.tablet) },
    ]
    for loss in losses {
      let changes = shop.world.environment.signals.changes(of: .rights)
      try await loss()
      for await _ in changes { break }
    }
  }

  @Test func `S3 a revoked API key ends its connections and streams, and no other key's`() async throws {
    let shop = try await Workshop.open()
    let (one, other) = (try await shop.program("DMS"), try await shop.program("Planning"))
    let (first, second) = (Streaming(shop, one.connection), Streaming(shop, other.connection))
    _ = try await first.watch.messages(3)
    try await shop.revoke(apiKey: one.id)
    try await review(shop)
    #expect(await first.isOver())
    #expect(first.closed.failure?.reason == "DEVICE_REVOKED")
    #expect(second.closed.failure == nil)
    let back = try await failure {
      try await shop.world.auth.authenticate(
        .with { $0.apiKey = one.key }, World.context(shop.world.stranger()))
    }
    #expect(back?.reason == "CREDENTIAL_REFUSED")
    await second.watch.cancel()
  }

  @Test func `S3 a disabled staff member's streams end; the tablet comes back with nobody signed in`()
    async throws
  {
    let shop = try await Workshop.open()
    let staff = try await shop.staff("mechanic")
    let stream = Streaming(shop, shop.tablet.connection)
    _ = try await stream.watch.messages(3)
    try await shop.update(staff) { $0.disabled = true }
    try await review(shop)
    #expect(await stream.isOver())
    #expect(stream.closed.failure?.reason == "NOT_SIGNED_IN")
    #expect(try await shop.world.authenticate(shop.tablet.reconnected(to: shop.world)).caller == .tablet)
  }

  @Test(arguments: ["sign out", "expiry", "another on a second connection"])
  func `S3 H4 when a sign-in is over its streams end`(how: String) async throws {
    let shop = try await Workshop.open()
    let stream = Streaming(shop, shop.tablet.connection)
    switch how {
    case "sign out": _ = try await shop.world.auth.signOut(.init(), shop.tablet.context)
    case "expiry": shop.world.clock.advance(.seconds(12 * 60 * 60))
    default:
      try await shop.hire("second", .mechanic, usesKeyLocker: true)
      let second = shop.tablet.reconnected(to: shop.world)
      _ = try await shop.world.authenticate(second)
      try await shop.signIn("second", on: second)
    }
    try await shop.world.timers.sweep()
    #expect(await stream.isOver())
    #expect(stream.closed.failure?.reason == "NOT_SIGNED_IN")
  }

  @Test func `S3 a staff member who may do less than before loses the streams of before`() async throws {
    let shop = try await Workshop.open()
    let tablet = try await shop.tablet(of: "boss", .dealerAdmin, usesKeyLocker: true)
    try await shop.hire("second", .dealerAdmin, usesKeyLocker: false)
    let stream = Streaming(shop, tablet.connection)
    let boss = try await shop.staff("boss")
    try await shop.update(boss) { $0.role = .mechanic }
    try await review(shop)
    #expect(await stream.isOver())
    let now = try await shop.world.authenticate(tablet.reconnected(to: shop.world))
    #expect(now.permissions == [.useKeyLocker])
  }

  @Test func `S3 who may do more than before goes on, with the rights of now`() async throws {
    let shop = try await Workshop.open()
    let closed = ClosedConnection(shop.tablet.connection)
    try await shop.update(try await shop.staff("mechanic")) { $0.role = .receptionist }
    try await review(shop)
    #expect(closed.failure == nil)
    let who = try shop.world.auth.whoAmI(.init(), shop.tablet.context).identity
    #expect(who.permissions == [.useKeyLocker, .desk])
  }
}
