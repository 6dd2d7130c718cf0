import API
import Domain
import RPC
import TestSupport
import Testing

/// H4, S3: a staff member signs in on a tablet.
@Suite(.timeLimit(.minutes(10))) struct AuthSignInTests {
  private func signIn(_ shop: Workshop, _ name: String, _ password: String, on tablet: EnrolledPeer? = nil)
    async throws
    -> ProtoSignInResponse
  {
    try await shop.world.auth.signIn(
      .with {
        $0.userName = name
        $0.password = password
      }, (tablet ?? shop.tablet).context)
  }

  @Test func `H4 signing in gives the tablet its staff member for 12 hours, whatever the case of the name`()
    async throws
  {
    let shop = try await Workshop.open()
    try await shop.hire("Boss", .dealerAdmin, usesKeyLocker: false)
    let answer = try await signIn(shop, "bOSS", Workshop.password)
    #expect(answer.identity.caller == .staff)
    #expect(answer.identity.displayName == "Boss")
    #expect(answer.identity.permissions == [.desk, .administer])
    #expect(answer.expireTime.milliseconds == (shop.world.clock.now + .seconds(12 * 60 * 60)).milliseconds)
    #expect(try await shop.log(.staffSignedIn).last?.device == shop.tablet.id)
  }

  @Test func `S3 unknown name, wrong password, another dealer's and disabled look the same, and are logged`()
    async throws
  {
    let shop = try await Workshop.open()
    let other = try await shop.neighbour()
    let gone = try await shop.hire("gone", .mechanic, usesKeyLocker: true)
    try await shop.update(gone) { $0.disabled = true }
    var refusals: Set<Failure?> = []
    let wrong = [
      ("nobody", Workshop.password), ("mechanic", "wrong horse battery"), ("neighbour", Workshop.password),
      ("gone", Workshop.password), ("mechanic", String(repeating: "x", count: 5000)),
    ]
    for (name, password) in wrong {
      refusals.insert(try await failure { try await signIn(shop, name, password) })
    }
    #expect(refusals.count == 1)
    #expect(refusals.first??.reason == "CREDENTIAL_REFUSED")
    #expect(refusals.first??.code == .unauthenticated)
    #expect(try await shop.log(.signInRefused).count == 5)
    #expect(try await other.log(.signInRefused).isEmpty)
  }

  @Test func `S3 a wrong name takes as long as a wrong password`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.world.enroll(.tablet, name: "Second", location: shop.location.locationID)
    func time(_ name: String, on tablet: EnrolledPeer) async throws -> Duration {
      try await ContinuousClock().measure {
        _ = try await failure { try await signIn(shop, name, "wrong horse battery", on: tablet) }
      }
    }
    // The fastest of several, by turns, so that what the machine does besides falls on both.
    var (known, unknown) = (Duration.seconds(60), Duration.seconds(60))
    for _ in 1...4 {
      known = min(known, try await time("mechanic", on: shop.tablet))
      unknown = min(unknown, try await time("nobody", on: second))
    }
    // Without the hash an answer takes a hundredth of the time.
    #expect(unknown > known / 10)
  }

  @Test func `S2 wrong passwords make the tablet wait, longer each time, and the right one too`() async throws
  {
    let shop = try await Workshop.open()
    let second = try await shop.world.enroll(.tablet, name: "Second", location: shop.location.locationID)
    for _ in 1...6 {
      #expect(
        try await failure { try await signIn(shop, "mechanic", "wrong horse") }?.reason
          == "CREDENTIAL_REFUSED")
    }
    let blocked = try await failure { try await signIn(shop, "mechanic", Workshop.password) }
    #expect(blocked?.reason == "TOO_MANY_ATTEMPTS")
    #expect(blocked?.retryDelay == .seconds(30))
    _ = try await signIn(shop, "mechanic", Workshop.password, on: second)
    shop.world.clock.advance(.seconds(30))
    #expect(
      try await failure { try await signIn(shop, "mechanic", "wrong horse") }?.reason == "CREDENTIAL_REFUSED")
    let longer = try await failure { try await signIn(shop, "mechanic", Workshop.password) }
    #expect(longer?.retryDelay == .seconds(60))
    shop.world.clock.advance(.seconds(60))
    _ = try await signIn(shop, "mechanic", Workshop.password)
    #expect(
      try await failure { try await signIn(shop, "mechanic", "wrong horse") }?.reason == "CREDENTIAL_REFUSED")
  }

  @Test func `S2 guesses made all at once are counted as if made one by one`() async throws {
    let shop = try await Workshop.open()
    let reasons = await withTaskGroup(of: Failure.Reason?.self) { group in
      for _ in 1...24 {
        group.addTask {
          do {
            return try await failure { try await signIn(shop, "mechanic", "wrong horse") }?.reason
          } catch {
            return nil
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(reasons.count { $0 == "CREDENTIAL_REFUSED" } == 6)
    #expect(reasons.count { $0 == "TOO_MANY_ATTEMPTS" } == 18)
    #expect(try await shop.log(.signInRefused).count == 6)
  }

  @Test func `H4 whoever signs in takes the place of the one before`() async throws {
    let shop = try await Workshop.open()
    try await shop.hire("second", .receptionist, usesKeyLocker: false)
    let answer = try await signIn(shop, "second", Workshop.password)
    #expect(answer.identity.displayName == "second")
    let again = shop.tablet.reconnected(to: shop.world)
    #expect(try await shop.world.authenticate(again).displayName == "second")
  }

  @Test func `H4 the sign-in serves all connections of the tablet, and no other tablet`() async throws {
    let shop = try await Workshop.open()
    let tablet = try await shop.world.enroll(.tablet, name: "Second", location: shop.location.locationID)
    let beside = tablet.reconnected(to: shop.world)
    _ = try await shop.world.authenticate(beside)
    let third = try await shop.world.enroll(.tablet, name: "Third", location: shop.location.locationID)
    try await shop.signIn("mechanic", on: tablet)
    try await shop.world.environment.reviewRights()
    #expect(try shop.world.auth.whoAmI(.init(), beside.context).identity.caller == .staff)
    #expect(try shop.world.auth.whoAmI(.init(), third.context).identity.caller == .tablet)
  }

  @Test func `H4 signing out is safe to repeat and is logged once`() async throws {
    let shop = try await Workshop.open()
    for _ in 1...2 { _ = try await shop.world.auth.signOut(.init(), shop.tablet.context) }
    #expect(try await shop.log(.staffSignedOut).count == 1)
    let again = shop.tablet.reconnected(to: shop.world)
    #expect(try await shop.world.authenticate(again).caller == .tablet)
  }

  @Test func `S3 who is disabled and enabled again has to sign in again`() async throws {
    let shop = try await Workshop.open()
    let mechanic = try await shop.staff("mechanic")
    try await shop.update(mechanic) { $0.disabled = true }
    try await shop.update(mechanic) { $0.disabled = false }
    #expect(try await shop.world.authenticate(shop.tablet).caller == .tablet)
    #expect(try await shop.log(.staffSignedOut).map(\.device) == [shop.tablet.id])
  }

  @Test func `S3 a new password ends the sign-ins that the old one made`() async throws {
    let shop = try await Workshop.open()
    try await shop.update(try await shop.staff("mechanic")) { $0.password = "another horse battery" }
    #expect(try await shop.world.authenticate(shop.tablet).caller == .tablet)
  }

  @Test func `W5 what an update does not name stays`() async throws {
    let shop = try await Workshop.open()
    let mechanic = try await shop.staff("mechanic")
    let request = ProtoUpdateStaffRequest.with {
      $0.requestID = shop.world.requestID
      $0.staffID = mechanic.staffID
      $0.role = .chiefMechanic
    }
    let updated = try await shop.world.admin.updateStaff(request, shop.world.operatorContext).staff
    #expect(updated.useKeyLocker)
    #expect(updated.role == .chiefMechanic)
    let locker = try await shop.world.admin.updateLocker(
      .with {
        $0.requestID = shop.world.requestID
        $0.lockerID = shop.locker.lockerID
        $0.active = false
      }, shop.world.operatorContext
    ).locker
    #expect(locker.pinToDrop == shop.locker.pinToDrop)
    #expect(!locker.active)
  }
}
