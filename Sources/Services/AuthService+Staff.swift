public import API
import Core
import Domain
public import RPC

/// Passwords, and staff who sign in on a tablet (S3, H4).
extension AuthService {
  /// Of 32 random bytes that nobody kept, at the costs of now: a test holds them to be.
  static let hashOfNobody =
    "$argon2id$v=19$m=19456,t=2,p=1$7H2FEV/BYf3WVEHhIago1g$sfWl5GTxiuBZPgCwfyvxtOEdklD/Z62v/kZHelqvMXI"

  /// Whether it is the password of `staff`. A hash is compared for nobody too, so that the time does not tell whether
  /// a name exists.
  func isRight(_ password: String, of staff: Staff?) async throws -> Bool {
    do {
      let matches = try await environment.passwords.matches(
        password, hash: staff?.passwordHash ?? Self.hashOfNobody)
      return matches && staff?.isDisabled == false
    } catch {
      throw Failure(error)
    }
  }

  /// The hash that a right password is to be kept as: a new one where the old was made with costs of before.
  func currentHash(of password: String, _ staff: Staff) async throws -> String {
    guard Password.isOutdated(hash: staff.passwordHash) else { return staff.passwordHash }
    do {
      return try await environment.passwords.hash(password)
    } catch {
      throw Failure(error)
    }
  }

  public func signIn(_ request: ProtoSignInRequest, _ context: CallContext) async throws
    -> ProtoSignInResponse
  {
    let caller = context.connection.caller
    guard let tablet = caller.device, let location = caller.location else { throw Self.credentialRefused }
    let userName = request.userName.lowercased()
    let now = environment.clock.now
    let candidate = try await environment.read { snapshot -> Staff? in
      try Decision.refuseBlocked(.tablet(tablet), at: now, in: snapshot)
      guard let dealer = try snapshot.location(location)?.dealer else { return nil }
      return try snapshot.staff(named: userName, of: dealer)
    }
    let isRight = try await isRight(request.password, of: candidate)
    guard let candidate, isRight, candidate.works(at: location) else {
      try await environment.decide(at: now) { decision in
        // Asked again: many guesses at once have all passed the first time.
        try decision.refuseBlocked(.tablet(tablet))
        try decision.countWrong(.tablet(tablet), limit: Guessing.kioskLimit)
        try decision.record(Event(.signInRefused, at: now, location: location, device: tablet))
      }
      throw Self.credentialRefused
    }
    let expiresAt = now + Device.SignIn.lifetime
    let hash = try await currentHash(of: request.password, candidate)
    let signedIn = try await environment.decide(at: now) { decision -> Caller in
      try decision.refuseBlocked(.tablet(tablet))
      try decision.requireStill(candidate)
      var device = try decision.expect(try decision.tx.device(tablet), "device")
      device.signedIn = Device.SignIn(staff: candidate.id, expiresAt: expiresAt)
      try decision.tx.update(device)
      try decision.tx.save(Guessing(), for: .tablet(tablet))
      try decision.keep(hash, for: candidate)
      try decision.record(
        Event(.staffSignedIn, at: now, location: location, staff: candidate.id, device: tablet))
      decision.tx.touch(.rights)
      return try decision.expect(try Caller.current(device, at: now, in: decision.tx), "device")
    }
    try environment.sessions.admit(signedIn, on: context.connection)
    // What was revoked since is not among the connections that the revocation ended.
    _ = try await environment.reviewRights(of: context.connection)
    // What is open belongs to the one before, and ends; this answer still goes out.
    if let earlier = caller.staff, earlier != signedIn.staff { context.connection.drain(.signedOut) }
    return .with {
      $0.identity = ProtoIdentity(signedIn)
      $0.expireTime = .init(milliseconds: expiresAt.milliseconds)
    }
  }

  public func signOut(_: ProtoSignOutRequest, _ context: CallContext) async throws -> ProtoSignOutResponse {
    let caller = context.connection.caller
    if let session = caller.session {
      try await environment.decide(at: environment.clock.now) { try $0.end(session, by: caller) }
      clearCookie(context)
    } else if let tablet = caller.device {
      try await environment.decide(at: environment.clock.now) { try $0.endSignIn(on: tablet) }
    }
    return .init()
  }

  public func changePassword(
    _ request: ProtoChangePasswordRequest, _ context: CallContext
  ) async throws -> ProtoChangePasswordResponse {
    let caller = context.connection.caller
    guard let id = caller.staff else { throw Self.credentialRefused }
    if let earlier: ProtoChangePasswordResponse = try await environment.earlierAnswer(
      to: request, id: request.requestID, context)
    {
      return earlier
    }
    let now = environment.clock.now
    let scope = GuessScope.account("staff/\(id.rawValue)")
    let staff = try await environment.read { snapshot -> Staff? in
      try Decision.refuseBlocked(scope, at: now, in: snapshot)
      return try snapshot.staff(id)
    }
    guard let staff, try await isRight(request.oldPassword, of: staff) else {
      try await environment.decide(at: now) { decision in
        try decision.refuseBlocked(scope)
        try decision.countWrong(scope, limit: Guessing.kioskLimit)
      }
      throw Failure(.unauthenticated, reason: .credentialRefused, "The old password is wrong; type it again.")
    }
    let hash = try await AdminService(environment).hash(request.newPassword, field: "new_password")
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      try decision.refuseBlocked(scope)
      var staff = try decision.requireStill(staff)
      staff.passwordHash = hash
      try decision.tx.update(staff)
      try decision.countRight(scope)
      try decision.endSignIns(of: staff, except: caller)
      try decision.record(.staffUpdated, of: staff, by: caller, reason: "PASSWORD")
      return .accepted(.init())
    }
  }
}

extension Decision {
  /// While a password was looked at, it may have been changed, and whose it is disabled or sent elsewhere.
  @discardableResult
  func requireStill(_ verified: Staff) throws -> Staff {
    guard let staff = try tx.staff(verified.id), staff.passwordHash == verified.passwordHash,
      !staff.isDisabled,
      staff.locations == verified.locations, staff.role == verified.role
    else { throw AuthService.credentialRefused }
    return staff
  }

  /// A right password is kept as `hash` from now on, unless it was changed meanwhile.
  func keep(_ hash: String, for staff: Staff) throws {
    guard hash != staff.passwordHash, var current = try tx.staff(staff.id),
      current.passwordHash == staff.passwordHash
    else { return }
    current.passwordHash = hash
    try tx.update(current)
  }

  /// Writes down what happened to a staff member, at a location of theirs: the log is by location.
  func record(_ kind: Event.Kind, of staff: Staff, by caller: Caller, reason: String = "") throws {
    guard let location = try tx.locations(of: staff.dealer).first(where: { staff.works(at: $0.id) }) else {
      return
    }
    try record(
      Event(kind, at: now, location: location.id, staff: staff.id, device: caller.device, reason: reason))
  }

  func endSignIn(on tablet: Device.ID) throws {
    guard var device = try tx.device(tablet), let signIn = device.signedIn else { return }
    device.signedIn = nil
    try tx.update(device)
    try record(
      Event(.staffSignedOut, at: now, location: device.location, staff: signIn.staff, device: tablet))
    tx.touch(.rights)
  }

  /// What runs in the session ends with it.
  func end(_ id: Session.ID, by caller: Caller) throws {
    guard let session = try tx.session(id), let staff = try tx.staff(session.staff) else { return }
    try tx.delete(id)
    try record(.staffSignedOut, of: staff, by: caller, reason: "SESSION")
    tx.touch(.rights)
  }

  /// Who signed in before has to do so again, on every tablet and in every session.
  ///
  /// - Parameter caller: what it calls from is left.
  func endSignIns(of staff: Staff, except caller: Caller? = nil) throws {
    for session in try tx.sessions(of: staff.id) where session.id != caller?.session {
      try end(session.id, by: caller ?? .operator)
    }
    for tablet in try tx.tablets(withSignedIn: staff) where tablet.id != caller?.device {
      try endSignIn(on: tablet.id)
    }
  }
}

extension Snapshot {
  /// Where a staff member is signed in.
  func tablets(withSignedIn staff: Staff) throws -> [Device] {
    try locations(of: staff.dealer).flatMap { try devices(at: $0.id) }.filter {
      $0.signedIn?.staff == staff.id
    }
  }
}
