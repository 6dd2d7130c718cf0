public import API
import Core
import Domain
public import RPC

/// Sessions: staff who sign in without a tablet, in a browser or a program (S3).
extension AuthService {
  /// So that a token is known for what it is, where it should not be: in a log, or a file.
  static let sessionPrefix = "lks_"
  /// The prefix makes browsers hold the cookie to this host, all of its paths, and TLS or this very machine.
  static let cookieName = "__Host-latchkey"
  private static let cookieAttributes = "Path=/; Secure; HttpOnly; SameSite=Strict"

  public func startSession(
    _ request: ProtoStartSessionRequest, _ context: CallContext
  ) async throws -> ProtoStartSessionResponse {
    if request.cookie {
      guard context.response != nil else {
        throw Failure.invalid("cookie", "cookies exist over HTTP only; ask for a token")
      }
      try requireOwnPage(context)
    }
    let now = environment.clock.now
    let scopes = guessScopes(of: request, context)
    let (dealer, candidate) = try await environment.read { snapshot -> (Dealer?, Staff?) in
      for scope in scopes { try Decision.refuseBlocked(scope, at: now, in: snapshot) }
      let dealer = try snapshot.dealer(called: request.dealerName)
      return (
        dealer, try dealer.flatMap { try snapshot.staff(named: request.userName.lowercased(), of: $0.id) }
      )
    }
    let isRight = try await isRight(request.password, of: candidate)
    guard let candidate, isRight else {
      try await environment.decide(at: now) { decision in
        // Asked again: many guesses at once have all passed the first time.
        for scope in scopes { try decision.refuseBlocked(scope) }
        for scope in scopes { try decision.countWrong(scope, limit: scope.passwordLimit) }
        // Whether or not there is such a one, so that neither log nor time tells.
        if let location = try dealer.flatMap({ try decision.tx.locations(of: $0.id).first }) {
          try decision.record(Event(.signInRefused, at: now, location: location.id, reason: "SESSION"))
        }
      }
      throw Self.credentialRefused
    }
    let hash = try await currentHash(of: request.password, candidate)
    let token =
      Self.sessionPrefix
      + CredentialCode.draw(
        characters: CredentialCode.apiKeyCharacters,
        entropy: environment.entropy.bytes(CredentialCode.apiKeyCharacters))
    let digest = sessionDigest(of: token) ?? []
    let (session, caller) = try await environment.decide(at: now) { decision in
      for scope in scopes { try decision.refuseBlocked(scope) }
      let staff = try decision.requireStill(candidate)
      try decision.keep(hash, for: candidate)
      // A right password says nothing of what else its address tries.
      for scope in scopes.dropLast() { try decision.countRight(scope) }
      try decision.makeRoomForSession(of: staff)
      let session = try decision.tx.insert(
        Session(staff: staff.id, digest: digest, isCookie: request.cookie, openedAt: now))
      try decision.record(.staffSignedIn, of: staff, by: .anyone, reason: "SESSION")
      return (session, try decision.expect(try Caller.current(session, at: now, in: decision.tx), "session"))
    }
    if request.cookie {
      let age = Session.lifetime.milliseconds / 1000
      try context.response?.addHeader(
        "set-cookie", "\(Self.cookieName)=\(token); Max-Age=\(age); \(Self.cookieAttributes)")
    }
    return .with {
      $0.token = request.cookie ? "" : token
      $0.identity = ProtoIdentity(caller)
      $0.expireTime = .init(milliseconds: session.expiresAt.milliseconds)
      $0.idleSeconds = Int32(Session.idleLifetime.milliseconds / 1000)
    }
  }

  public func listSessions(
    _: ProtoListSessionsRequest, _ context: CallContext
  ) async throws -> ProtoListSessionsResponse {
    let caller = context.connection.caller
    let now = environment.clock.now
    return try await environment.read { snapshot in
      guard let staff = try caller.staff.flatMap(snapshot.staff) else {
        throw Failure.notFound("staff member")
      }
      return try .with { $0.sessions = try snapshot.sessions(of: staff, at: now, askedBy: caller) }
    }
  }

  public func endSession(
    _ request: ProtoEndSessionRequest, _ context: CallContext
  ) async throws -> ProtoEndSessionResponse {
    guard (request.sessionID == 0) != (request.tabletID == 0) else {
      throw Failure.invalid("session_id", "either a session's id or a tablet's")
    }
    let caller = context.connection.caller
    try await environment.decide(at: environment.clock.now) { decision in
      let session = try decision.tx.session(Session.ID(rawValue: request.sessionID))
      let tablet = try decision.tx.device(Device.ID(rawValue: request.tabletID))
      if let session, session.staff == caller.staff {
        try decision.end(session.id, by: caller)
      } else if let tablet, let signIn = tablet.signedIn, signIn.staff == caller.staff {
        try decision.endSignIn(on: tablet.id)
      } else {
        throw Failure.notFound("session")
      }
    }
    if caller.session?.rawValue == request.sessionID { clearCookie(context) }
    return .init()
  }

  /// Who a session's token stands for; `nil` for one that never was or has ended.
  func session(proving token: String) async throws -> Caller? {
    guard let digest = sessionDigest(of: token) else { return nil }
    let now = environment.clock.now
    let found = try await environment.read { snapshot -> (Session, Caller)? in
      guard let session = try snapshot.session(digest: digest),
        let caller = try Caller.current(session, at: now, in: snapshot)
      else { return nil }
      return (session, caller)
    }
    guard let (session, caller) = found else { return nil }
    if session.isDueToBeMarked(at: now) {
      // Where it cannot be written down, nobody is refused for it.
      try? await environment.decide(at: now) { try $0.markUse(of: session.id) }
    }
    return caller
  }

  /// The token that a browser keeps for this server; `nil` where it has none.
  func cookie(in context: CallContext) -> String? {
    for (key, value) in context.metadata where key == "cookie" {
      for pair in value.split(separator: ";") {
        let pair = String(pair).trimmed
        if pair.hasPrefix(Self.cookieName + "=") { return String(pair.dropFirst(Self.cookieName.count + 1)) }
      }
    }
    return nil
  }

  /// A browser adds its cookie to whatever asks for it, so what brings one has to come from a page of this server.
  /// Browsers say so in a field that pages cannot set.
  func requireOwnPage(_ context: CallContext) throws(Failure) {
    guard context.metadata.first(named: "sec-fetch-site") == "same-origin" else {
      throw Failure(
        .permissionDenied, reason: .crossOrigin,
        "A cookie is for pages of this server, in a browser that says where a request comes from; "
          + "others send a token as a bearer.")
    }
  }

  func clearCookie(_ context: CallContext) {
    guard cookie(in: context) != nil else { return }
    try? context.response?.addHeader("set-cookie", "\(Self.cookieName)=; Max-Age=0; \(Self.cookieAttributes)")
  }

  private func sessionDigest(of token: String) -> [UInt8]? {
    guard token.hasPrefix(Self.sessionPrefix) else { return nil }
    return CredentialCode.digest(
      String(token.dropFirst(Self.sessionPrefix.count)), key: environment.secrets.codes)
  }

  /// The name from this network, the name from anywhere, and last the network. A name is counted whether it exists or
  /// not.
  private func guessScopes(of request: ProtoStartSessionRequest, _ context: CallContext) -> [GuessScope] {
    let network = Array(networkOfGuesses(context).utf8)
    let name = [request.dealerName.trimmed.lowercased(), request.userName.lowercased()].map { Array($0.utf8) }
    return [
      .account("here/\(place(of: name + [network]))"), .account("name/\(place(of: name))"),
      // Counted apart: who mistypes a password keeps no device of that network from enrolling.
      .address("password/\(networkOfGuesses(context))"),
    ]
  }

  /// Whose guesses are counted together; in so many places that who has many networks fills no disk.
  func networkOfGuesses(_ context: CallContext) -> String {
    guard let network = context.connection.remoteNetwork else { return context.connection.remoteAddress }
    return "net/\(place(of: [withUnsafeBytes(of: network.bigEndian) { Array($0) }]))"
  }

  /// One of 65,536, which nobody can choose.
  private func place(of parts: [[UInt8]]) -> Int {
    var bytes = CanonicalBytes(purpose: "latchkey guesses")
    for part in parts { bytes.append(part) }
    let digest = Digest.of(bytes.bytes, key: environment.secrets.codes).bytes
    return Int(digest[0]) << 8 | Int(digest[1])
  }
}

extension GuessScope {
  /// Wrong passwords in a row before one has to wait. A network may be that of a whole workshop; and whoever guesses at
  /// a name from elsewhere does not at once keep its owner out.
  fileprivate var passwordLimit: Int {
    switch self {
    case .account(let account) where account.hasPrefix("here/"): Guessing.kioskLimit
    case .account, .address: Guessing.locationLimit
    case .kiosk, .number, .location, .tablet, .enrollment: Guessing.kioskLimit
    }
  }
}

extension Decision {
  /// Ends the one that was not used for longest where there are as many as may be.
  fileprivate func makeRoomForSession(of staff: Staff) throws {
    let open = try tx.sessions(of: staff.id)
    guard open.count >= Session.maximumPerStaff, let oldest = open.min(by: { $0.usedAt < $1.usedAt }) else {
      return
    }
    try end(oldest.id, by: .operator)
  }
}

extension Snapshot {
  /// By name; without one the only dealer that there is.
  fileprivate func dealer(called name: String) throws -> Dealer? {
    let name = name.trimmed
    if !name.isEmpty { return try dealer(named: name) }
    let all = Set(try locations(of: nil).map(\.dealer))
    return try all.count == 1 ? all.first.flatMap(dealer) : nil
  }

  /// Where a staff member is signed in: tablets, then sessions, each by id.
  func sessions(of staff: Staff, at now: Instant, askedBy caller: Caller) throws -> [ProtoSession] {
    let sessions = try sessions(of: staff.id).filter { $0.isLive(at: now) }.map { session in
      ProtoSession.with {
        $0.sessionID = session.id.rawValue
        $0.cookie = session.isCookie
        $0.openTime = .init(milliseconds: session.openedAt.milliseconds)
        $0.useTime = .init(milliseconds: session.usedAt.milliseconds)
        $0.expireTime = .init(milliseconds: session.endsAt.milliseconds)
        $0.current = session.id == caller.session
      }
    }
    let tablets = try tablets(withSignedIn: staff).compactMap { tablet -> ProtoSession? in
      guard let signIn = tablet.signedIn, now < signIn.expiresAt else { return nil }
      return .with {
        $0.tabletID = tablet.id.rawValue
        $0.tabletName = tablet.name
        $0.expireTime = .init(milliseconds: signIn.expiresAt.milliseconds)
        $0.current = tablet.id == caller.device
      }
    }
    return tablets.sorted { $0.place < $1.place } + sessions
  }
}

extension ProtoSession {
  /// Beyond the ids of all tablets.
  private static let beyondTablets: Int64 = 1 << 62

  /// Where it stands in the list. Sessions are last: one that begins while somebody reads comes on a later page.
  var place: Identifier<ProtoSession> {
    Identifier(rawValue: tabletID == 0 ? Self.beyondTablets + sessionID : tabletID)
  }
}
