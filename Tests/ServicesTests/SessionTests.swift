import API
import Core
import Domain
import RPC
import TestSupport
import Testing

@testable import Services

/// S3: staff who sign in without a tablet, in a browser or a program.
@Suite(.timeLimit(.minutes(10))) struct SessionTests {
  /// Where a request over HTTP comes from.
  private func caller(
    _ world: World, _ fields: Metadata = [], from address: String = "127.0.0.1", carriesMetadata: Bool = true
  ) -> CallContext {
    CallContext(
      procedure: ProcedureName("test/Test"),
      connection: Connection(security: .tls, remoteAddress: address, carriesMetadata: carriesMetadata),
      metadata: fields)
  }

  private func open(
    _ shop: Workshop, _ name: String = "boss", _ password: String = Workshop.password,
    from context: CallContext? = nil,
    dealer: String = "", cookie: Bool = false
  ) async throws -> ProtoStartSessionResponse {
    try await shop.world.auth.startSession(
      .with {
        $0.dealerName = dealer
        $0.userName = name
        $0.password = password
        $0.cookie = cookie
      }, context ?? caller(shop.world))
  }

  private func workshop() async throws -> Workshop {
    let shop = try await Workshop.open(boxes: 1)
    try await shop.hire("boss", .dealerAdmin, usesKeyLocker: true)
    return shop
  }

  /// Does what a wire does before it checks access.
  @discardableResult
  private func prove(_ shop: Workshop, _ fields: Metadata) async throws -> CallContext {
    let context = caller(shop.world, fields)
    try await shop.world.auth.authentication(of: context)?()
    return context
  }

  private func identity(_ shop: Workshop, _ fields: Metadata) async throws -> ProtoIdentity {
    try shop.world.auth.whoAmI(.init(), try await prove(shop, fields)).identity
  }

  private func bearer(_ token: String) -> Metadata { ["authorization": "Bearer \(token)"] }

  private func cookie(_ token: String, site: String? = "same-origin") -> Metadata {
    var fields: Metadata = ["cookie": "theme=dark; __Host-latchkey=\(token); other=1"]
    if let site { fields.append(key: "sec-fetch-site", value: site) }
    return fields
  }

  @Test func `S3 a session's token makes each request its staff member's, and its digest alone is kept`()
    async throws
  {
    let shop = try await workshop()
    let opened = try await open(shop)
    #expect(opened.token.hasPrefix("lks_"))
    #expect(opened.identity.caller == .staff)
    #expect(opened.idleSeconds == 2 * 60 * 60)
    let identity = try await identity(shop, bearer(opened.token))
    #expect(identity.caller == .staff)
    #expect(identity.displayName == "boss")
    #expect(identity.sessionID == opened.identity.sessionID)
    #expect(identity.permissions == [.useKeyLocker, .desk, .administer])
    let kept = try await shop.world.store.read { try $0.session(Session.ID(rawValue: identity.sessionID)) }
    #expect(kept?.digest.count == 32)
    #expect(try await shop.log(.staffSignedIn).last?.reason == "SESSION")
    let connection = shop.world.stranger()
    _ = try await shop.world.auth.authenticate(
      .with { $0.sessionToken = opened.token }, World.context(connection))
    #expect(try shop.world.auth.whoAmI(.init(), World.context(connection)).identity == identity)
  }

  @Test func `S3 a browser's session is a cookie that pages cannot read, and its token is in no answer`()
    async throws
  {
    let shop = try await workshop()
    let context = caller(shop.world, ["sec-fetch-site": "same-origin"])
    let opened = try await open(shop, from: context, cookie: true)
    #expect(opened.token == "")
    let set = try #require(context.response?.headers.first(named: "set-cookie"))
    #expect(set.hasPrefix("__Host-latchkey=lks_"))
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=50400"] {
      #expect(set.split(separator: ";").contains { $0.drop { $0 == " " } == attribute })
    }
    #expect(!set.lowercased().contains("domain"))
    let token = String(set.dropFirst("__Host-latchkey=".count).prefix { $0 != ";" })
    #expect(try await identity(shop, cookie(token)).displayName == "boss")

    let leaving = try await prove(shop, cookie(token))
    _ = try await shop.world.auth.signOut(.init(), leaving)
    #expect(leaving.response?.headers.first(named: "set-cookie")?.contains("Max-Age=0") == true)
    #expect(try await identity(shop, cookie(token)).caller == .anyone)
  }

  @Test(arguments: ["cross-site", "same-site", "none", nil] as [String?])
  func `S3 a cookie that another's page brings is refused, and so is a sign-in from there`(site: String?)
    async throws
  {
    let shop = try await workshop()
    let token = try await open(shop).token
    #expect(
      try await failure { try await prove(shop, cookie(token, site: site)) }?.reason == "CROSS_ORIGIN")
    let context = caller(shop.world, site.map { ["sec-fetch-site": $0] } ?? [])
    #expect(try await failure { try await open(shop, from: context, cookie: true) }?.reason == "CROSS_ORIGIN")
    #expect(context.response?.headers.isEmpty == true)
  }

  @Test func `S3 a cookie is given over HTTP only`() async throws {
    let shop = try await workshop()
    let refusal = try await failure {
      try await open(shop, from: caller(shop.world, carriesMetadata: false), cookie: true)
    }
    #expect(refusal?.violations.map(\.field) == ["cookie"])
  }

  @Test func `S3 an old cookie makes nobody of its bearer, who can sign in again`() async throws {
    let shop = try await workshop()
    #expect(try await identity(shop, cookie("lks_gone")).caller == .anyone)
    #expect(
      try await failure { try await identity(shop, bearer("lks_gone")) }?.reason == "CREDENTIAL_REFUSED")
  }

  @Test func `S3 a session that is not used ends after two hours, one that is used after fourteen`()
    async throws
  {
    let shop = try await workshop()
    let (idle, used) = (try await open(shop).token, try await open(shop).token)
    for _ in 1...13 {
      shop.world.clock.advance(.seconds(60 * 60))
      #expect(try await identity(shop, bearer(used)).caller == .staff)
    }
    #expect(
      try await failure { try await identity(shop, bearer(idle)) }?.reason == "CREDENTIAL_REFUSED")
    shop.world.clock.advance(.milliseconds(60 * 60 * 1000 - 1))
    #expect(try await identity(shop, bearer(used)).caller == .staff)
    shop.world.clock.advance(.milliseconds(1))
    #expect(
      try await failure { try await identity(shop, bearer(used)) }?.reason == "CREDENTIAL_REFUSED")
    try await shop.world.timers.sweep()
    shop.world.clock.advance(.seconds(2 * 60 * 60))
    try await shop.world.timers.sweep()
    #expect(try await shop.world.store.read { try $0.session(Session.ID(rawValue: 1)) } == nil)
    #expect(try await shop.world.store.read { try $0.session(Session.ID(rawValue: 2)) } == nil)
  }

  @Test func `S3 what a session has open uses it, and ends with it`() async throws {
    let shop = try await workshop()
    let opened = try await open(shop)
    let context = try await prove(shop, bearer(opened.token))
    let ended = Ended()
    context.connection.attach { failure, _ in ended.reason = failure.reason }
    for _ in 1...3 {
      shop.world.clock.advance(.seconds(60 * 60))
      try await shop.world.timers.sweep()
    }
    #expect(ended.reason == nil)
    #expect(try await identity(shop, bearer(opened.token)).caller == .staff)
    let other = try await prove(shop, bearer(try await open(shop).token))
    _ = try await shop.world.auth.endSession(.with { $0.sessionID = opened.identity.sessionID }, other)
    try await shop.world.environment.reviewRights()
    #expect(ended.reason == "NOT_SIGNED_IN")
  }

  @Test func `S3 sessions and tablets are listed to whoever is signed in there, and each can be ended`()
    async throws
  {
    let shop = try await workshop()
    try await shop.signIn("boss", on: shop.tablet)
    let here = try await prove(shop, bearer(try await open(shop).token))
    let there = try await open(shop)
    func list() async throws -> [ProtoSession] {
      try await shop.world.auth.listSessions(.init(), here).sessions
    }
    #expect(try await list().map(\.current) == [false, true, false])
    #expect(try await list().first?.tabletID == shop.tablet.id.rawValue)
    _ = try await shop.world.auth.endSession(.with { $0.sessionID = there.identity.sessionID }, here)
    _ = try await shop.world.auth.endSession(.with { $0.tabletID = shop.tablet.id.rawValue }, here)
    #expect(try await list().map(\.current) == [true])
    #expect(
      try await failure { try await prove(shop, bearer(there.token)) }?.reason == "CREDENTIAL_REFUSED")
    let again = try await failure {
      try await shop.world.auth.endSession(.with { $0.sessionID = there.identity.sessionID }, here)
    }
    #expect(again?.reason == "NOT_FOUND")
  }

  @Test func `S3 another's session cannot be ended or told from none`() async throws {
    let shop = try await workshop()
    try await shop.hire("desk", .receptionist, usesKeyLocker: false)
    let mine = try await prove(shop, bearer(try await open(shop, "desk").token))
    let other = try await open(shop).identity.sessionID
    let refusals = try await [
      failure { try await shop.world.auth.endSession(.with { $0.sessionID = other }, mine) },
      failure { try await shop.world.auth.endSession(.with { $0.sessionID = 999 }, mine) },
      failure {
        try await shop.world.auth.endSession(.with { $0.tabletID = shop.tablet.id.rawValue }, mine)
      },
    ]
    #expect(Set(refusals).count == 1)
    #expect(refusals[0]?.reason == "NOT_FOUND")
  }

  @Test func `S3 an admin lists and ends the sessions of their staff`() async throws {
    let shop = try await workshop()
    let mechanic = try #require(
      try await shop.world.admin.listStaff(
        .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext
      ).staff.first { $0.userName == "mechanic" })
    let token = try await open(shop, "mechanic").token
    let admin = try await prove(shop, bearer(try await open(shop).token))
    func list() async throws -> Int {
      try await shop.world.admin.listStaffSessions(.with { $0.staffID = mechanic.staffID }, admin).sessions
        .count
    }
    #expect(try await list() == 2)
    _ = try await shop.world.admin.endStaffSessions(
      .with {
        $0.requestID = shop.world.requestID
        $0.staffID = mechanic.staffID
      }, admin)
    #expect(try await list() == 0)
    #expect(try await failure { try await prove(shop, bearer(token)) }?.reason == "CREDENTIAL_REFUSED")
    #expect(try shop.world.auth.whoAmI(.init(), admin).identity.caller == .staff)
  }

  @Test func `S3 one has at most twenty sessions: a further one ends what was not used for longest`()
    async throws
  {
    let shop = try await workshop()
    let first = try await open(shop)
    let second = try await open(shop)
    shop.world.clock.advance(.seconds(120))
    _ = try await prove(shop, bearer(first.token))
    for _ in 3...Session.maximumPerStaff + 1 { _ = try await open(shop) }
    #expect(try await identity(shop, bearer(first.token)).caller == .staff)
    #expect(
      try await failure { try await prove(shop, bearer(second.token)) }?.reason == "CREDENTIAL_REFUSED")
  }

  @Test func `S3 a new password takes the old one, and ends all sign-ins but the one that gave it`()
    async throws
  {
    let shop = try await workshop()
    try await shop.signIn("boss", on: shop.tablet)
    let here = try await prove(shop, bearer(try await open(shop).token))
    let there = try await open(shop)
    func change(_ old: String, _ new: String) async throws -> Failure? {
      try await failure {
        try await shop.world.auth.changePassword(
          .with {
            $0.requestID = shop.world.requestID
            $0.oldPassword = old
            $0.newPassword = new
          }, here)
      }
    }
    #expect(try await change("wrong horse", "another horse")?.reason == "CREDENTIAL_REFUSED")
    #expect(try await change(Workshop.password, "short")?.violations.map(\.field) == ["new_password"])
    #expect(try await change(Workshop.password, "another horse") == nil)
    #expect(try await shop.world.auth.listSessions(.init(), here).sessions.count == 1)
    #expect(
      try await failure { try await prove(shop, bearer(there.token)) }?.reason == "CREDENTIAL_REFUSED")
    #expect(try await failure { try await open(shop) }?.reason == "CREDENTIAL_REFUSED")
    _ = try await open(shop, "boss", "another horse")
  }

  @Test func `S3 with several dealers the dealer's name is asked, and what is wrong looks the same`()
    async throws
  {
    let shop = try await workshop()
    _ = try await shop.neighbour()
    _ = try await open(shop, dealer: "Dealer")
    var refusals: Set<Failure?> = []
    for (dealer, name, password) in [
      ("", "boss", Workshop.password), ("Other dealer", "boss", Workshop.password),
      ("None", "boss", Workshop.password), ("Dealer", "nobody", Workshop.password),
      ("Dealer", "boss", "wrong horse battery"),
    ] {
      refusals.insert(try await failure { try await open(shop, name, password, dealer: dealer) })
    }
    #expect(refusals.count == 1)
    #expect(refusals.first??.reason == "CREDENTIAL_REFUSED")
  }

  @Test(arguments: ["boss", "nobody"])
  func `S2 guesses at a name are counted over a thousand addresses and a restart, whether it exists or not`(
    name: String
  ) async throws {
    let directory = try TemporaryStore.directory("guesses")
    let shop = try await Workshop.open(boxes: 1, place: .file(path: directory + "/latchkey.db"))
    try await shop.hire("boss", .dealerAdmin, usesKeyLocker: true)
    var looked = 0
    for number in 1...1000 {
      let address = "2001:db8::\(String(number, radix: 16))"
      let refusal = try await failure {
        try await open(shop, name, "wrong horse", from: caller(shop.world, from: address))
      }
      if refusal?.reason == "CREDENTIAL_REFUSED" { looked += 1 }
    }
    #expect(looked == Guessing.locationLimit + 1)
    let scopes = try await shop.world.store.read { snapshot in
      try (0...65_535).compactMap { place -> Guessing? in
        let guessing = try snapshot.guessing(.account("name/\(place)"))
        return guessing.wrongInARow > 0 ? guessing : nil
      }
    }
    #expect(scopes.count == 1, "what is on disk outlives the program")
    #expect(scopes.first?.refusal(at: shop.world.clock.now) != nil)
    if name == "boss" {
      #expect(try await failure { try await open(shop) }?.reason == "TOO_MANY_ATTEMPTS")
    }
  }

  @Test func `S2 who guesses at a name from elsewhere does not at once keep its owner out`() async throws {
    let shop = try await workshop()
    func guess(_ network: String, _ times: Int) async throws -> Failure.Reason? {
      var last: Failure?
      for _ in 1...times {
        last = try await failure {
          try await open(shop, "boss", "wrong horse", from: caller(shop.world, from: network))
        }
      }
      return last?.reason
    }
    #expect(try await guess("192.0.2.1", Guessing.kioskLimit + 1) == "CREDENTIAL_REFUSED")
    #expect(try await guess("192.0.2.1", 1) == "TOO_MANY_ATTEMPTS")
    _ = try await open(shop, "boss", Workshop.password, from: caller(shop.world, from: "192.0.2.2"))
  }

  @Test func `S3 the hash that unknown names are compared with costs what others cost`() {
    #expect(!Password.isOutdated(hash: AuthService.hashOfNobody))
  }

  @Test func `S2 guesses from one address are counted over all names`() async throws {
    let shop = try await workshop()
    var reasons: [Failure.Reason?] = []
    for number in 1...Guessing.locationLimit + 2 {
      reasons.append(try await failure { try await open(shop, "name \(number)", "wrong horse") }?.reason)
    }
    #expect(reasons.last == "TOO_MANY_ATTEMPTS")
    #expect(reasons.dropLast().allSatisfy { $0 == "CREDENTIAL_REFUSED" })
    _ = try await open(shop, "boss", Workshop.password, from: caller(shop.world, from: "192.0.2.1"))
  }

  @Test func `S3 a password kept at costs of before is kept anew when it is typed`() async throws {
    let shop = try await workshop()
    let outdated = "$argon2id$v=19$m=8192,t=1,p=1$"
    let id = try await shop.world.store.decide { tx -> Staff.ID in
      let dealer = try #require(try tx.dealer(named: "Dealer"))
      var staff = try #require(try tx.staff(named: "boss", of: dealer.id))
      staff.passwordHash = cheapHash
      try tx.update(staff)
      return staff.id
    }
    func hash() async throws -> String? { try await shop.world.store.read { try $0.staff(id)?.passwordHash } }
    #expect(try await hash()?.hasPrefix(outdated) == true)
    #expect(try await failure { try await open(shop, "boss", "wrong horse") } != nil)
    #expect(try await hash()?.hasPrefix(outdated) == true)
    _ = try await open(shop)
    let renewed = try #require(try await hash())
    #expect(!Password.isOutdated(hash: renewed))
    #expect(Password.matches(Workshop.password, hash: renewed))
  }
}

/// `Workshop.password`, as it was kept had the costs once been lower: 8 MiB and one pass.
private let cheapHash =
  "$argon2id$v=19$m=8192,t=1,p=1$Z4REUEd9ZIEAhH7QpLS67Q$RI8bw890GQtgkj1d/HyrjBBylTb/95CNHdOFjAqqj8U"

// SAFETY: read and written by the test's one task; the review runs in it.
private final class Ended: @unchecked Sendable {
  var reason: Failure.Reason?
}
