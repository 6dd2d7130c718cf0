import Domain
import RPC

extension Caller {
  init(_ key: APIKey) {
    self.init(
      kind: .integration,
      scope: key.reach.locations.isEmpty ? .dealer(key.dealer) : .locations(key.reach.locations),
      name: key.name)
    apiKey = key.id
    mayWrite = key.reach.mayWrite
    services = key.reach.services
    expiresAt = key.expiresAt
  }

  /// What a staff member may do in a session now; `nil` when that has ended.
  static func current(_ session: Session, at now: Instant, in snapshot: any Snapshot) throws -> Caller? {
    guard session.isLive(at: now), let staff = try snapshot.staff(session.staff), !staff.isDisabled else {
      return nil
    }
    var caller = Caller(kind: .staff, scope: staff.scope, name: staff.displayName)
    caller.staff = staff.id
    caller.session = session.id
    caller.permissions = staff.permissions
    caller.expiresAt = session.expiresAt
    return caller
  }

  /// What a device is allowed now, with the staff member who is signed in on it; `nil` when revoked.
  static func current(_ device: Device, at now: Instant, in snapshot: any Snapshot) throws -> Caller? {
    guard device.revokedAt == nil else { return nil }
    var caller = Caller(kind: .tablet, scope: .locations([device.location]), name: device.name)
    caller.device = device.id
    caller.locker = device.locker
    caller.location = device.location
    switch device.kind {
    case .controller: caller.kind = .controller
    case .screen: caller.kind = .screen
    case .tablet:
      guard let signIn = device.signedIn, now < signIn.expiresAt,
        let staff = try snapshot.staff(signIn.staff), !staff.isDisabled, staff.works(at: device.location)
      else { return caller }
      caller.kind = .staff
      caller.staff = staff.id
      caller.name = staff.displayName
      caller.permissions = staff.permissions
      caller.expiresAt = signIn.expiresAt
      // Whoever is no admin sees the place where the tablet is.
      if staff.permissions.contains(.administer) { caller.scope = staff.scope }
    }
    return caller
  }

  /// Who this is now; `nil` when nothing is left of what was proved.
  func current(at now: Instant, in snapshot: any Snapshot) throws -> Caller? {
    if let session {
      return try snapshot.session(session).flatMap { try .current($0, at: now, in: snapshot) }
    }
    if let device { return try snapshot.device(device).flatMap { try .current($0, at: now, in: snapshot) } }
    if let apiKey {
      return try snapshot.apiKey(apiKey).flatMap { $0.isLive(at: now) ? Caller($0) : nil }
    }
    return self
  }

  /// What whoever has nothing left is told.
  fileprivate var revoked: Failure {
    if session != nil { return .signedOut }
    let (what, wayOut) =
      kind == .integration
      ? ("API key", "ask a dealer admin for another") : ("device", "enrol it anew")
    return Failure(
      .permissionDenied, reason: .deviceRevoked, "This \(what) was revoked, or its time is over; \(wayOut).")
  }
}

extension Staff {
  /// What one may see without a tablet that says where one is.
  fileprivate var scope: Caller.Scope {
    role == .dealerAdmin || locations.isEmpty ? .dealer(dealer) : .locations(locations)
  }
}

extension Failure {
  static let signedOut = Failure(
    .unauthenticated, reason: .notSignedIn,
    "The sign-in has ended, or its rights are fewer; connect again, and sign in where asked.")
}

extension Environment {
  /// Looks at every connection again after rights have changed: what was revoked ends at once, streams
  /// included (S3); who is still welcome goes on with the rights of now.
  public func reviewRights() async throws {
    var failure: (any Error)?
    for connection in sessions.connections {
      do { _ = try await reviewRights(of: connection) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The same for one connection. Returns what it ends with; `nil` where it goes on.
  func reviewRights(of connection: RPC.Connection) async throws -> Failure? {
    while true {
      let caller = connection.caller
      let now = clock.now
      let current = try await read { try caller.current(at: now, in: $0) }
      guard let current else {
        // Signing out is a call on the connection whose rights it ends, and its caller should hear that it is done.
        if caller.session != nil {
          connection.drain(caller.revoked)
        } else {
          connection.close(caller.revoked)
        }
        return caller.revoked
      }
      // Somebody else may have looked at the same time, and later.
      guard connection.caller == caller else { continue }
      if current == caller { return nil }
      // Who may do or see less now, or is no longer signed in, loses the streams that were opened with the rights
      // of before.
      if caller.kind == .staff, !caller.isStill(current) {
        connection.drain(.signedOut)
        return .signedOut
      }
      connection[CallerKey.self] = current
    }
  }

  /// Writes down that what callers have open is being used: an open stream keeps a session from ending for want of
  /// use. To be called now and again.
  func markUse() async throws {
    let callers = sessions.connections.map(\.caller)
    let used = Set(callers.compactMap(\.session))
    let keys = Set(callers.compactMap(\.apiKey))
    guard !used.isEmpty || !keys.isEmpty else { return }
    try await decide(at: clock.now) { decision in
      for session in used { try decision.markUse(of: session) }
      for key in keys { try decision.markUse(of: key) }
    }
  }
}

extension Caller {
  /// Whether who this is now is the same person, and may do and see at least as much.
  fileprivate func isStill(_ current: Caller) -> Bool {
    current.staff == staff && current.permissions.isSuperset(of: permissions) && current.scope.covers(scope)
  }

  /// Staff and programs may have lost their rights while a call of theirs waited, for a password to be hashed, or for
  /// its turn. Devices' calls do not wait, and what they had in work when they were revoked is done.
  func requireStill(at now: Instant, in snapshot: any Snapshot) throws {
    guard kind == .staff || kind == .integration else { return }
    guard let current = try current(at: now, in: snapshot) else { throw revoked }
    guard isStill(current) else { throw Failure.signedOut }
  }
}

extension Caller.Scope {
  fileprivate func covers(_ other: Caller.Scope) -> Bool {
    switch (self, other) {
    case (.everything, _), (_, .nothing): true
    case (.locations(let mine), .locations(let others)): mine.isSuperset(of: others)
    // Locations of its own dealer: no caller changes dealers.
    case (.dealer, .locations): true
    case (.dealer(let mine), .dealer(let other)): mine == other
    case (.nothing, _), (.locations, _), (.dealer, .everything): false
    }
  }
}

extension Decision {
  /// To a minute, so that few calls write.
  func markUse(of id: Session.ID) throws {
    guard var session = try tx.session(id), session.isLive(at: now), session.isDueToBeMarked(at: now) else {
      return
    }
    session.usedAt = now
    try tx.update(session)
  }

  func markUse(of id: APIKey.ID) throws {
    guard var key = try tx.apiKey(id), key.isDueToBeMarked(at: now) else { return }
    key.usedAt = now
    try tx.update(key)
  }
}
