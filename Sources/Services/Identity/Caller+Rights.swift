import Domain
import RPC

extension Caller {
  init(_ key: APIKey) {
    self.init(kind: .integration, scope: .dealer(key.dealer), name: key.name)
    apiKey = key.id
  }

  /// What a device is allowed now, with the staff member who is signed in on it; `nil` when revoked.
  static func current(_ device: Device, at now: Instant, in snapshot: any Snapshot) throws -> Caller? {
    guard device.revokedAt == nil else { return nil }
    var caller = Caller(kind: .tablet, scope: .location(device.location), name: device.name)
    caller.device = device.id
    caller.locker = device.locker
    caller.location = device.location
    switch device.kind {
    case .controller: caller.kind = .controller
    case .screen: caller.kind = .screen
    case .tablet:
      guard let signIn = device.signedIn, now < signIn.expiresAt,
        let staff = try snapshot.staff(signIn.staff),
        !staff.isDisabled
      else { return caller }
      caller.kind = .staff
      caller.staff = staff.id
      caller.name = staff.displayName
      caller.permissions = staff.permissions
      caller.expiresAt = signIn.expiresAt
      if staff.permissions.contains(.administer) { caller.scope = .dealer(staff.dealer) }
    }
    return caller
  }
}

extension Environment {
  /// Looks at every connection again after rights have changed: what was revoked ends at once, streams
  /// included (S3); who is still welcome goes on with the rights of now.
  public func reviewRights() async throws {
    for connection in sessions.connections { try await reviewRights(of: connection) }
  }

  /// The same for one connection.
  func reviewRights(of connection: RPC.Connection) async throws {
    let caller = connection.caller
    let now = clock.now
    let current = try await read { snapshot -> Caller? in
      if let id = caller.device {
        return try snapshot.device(id).flatMap { try .current($0, at: now, in: snapshot) }
      }
      if let id = caller.apiKey {
        return try snapshot.apiKey(id).flatMap { $0.revokedAt == nil ? Caller($0) : nil }
      }
      return caller
    }
    guard let current else {
      return connection.close(
        Failure(
          .permissionDenied, reason: .deviceRevoked,
          "This \(caller.kind == .integration ? "API key" : "device") was revoked; enrol it anew."))
    }
    if current == caller { return }
    // A staff member who is no longer signed in, or may do less now, loses the streams that were opened with
    // the rights of before.
    if caller.kind == .staff
      && (current.staff != caller.staff || !current.permissions.isSuperset(of: caller.permissions))
    {
      // Signing out is a call on that connection, and its caller should hear that it is done.
      connection.drain(
        Failure(
          .unauthenticated, reason: .notSignedIn,
          "The sign-in has ended, or its rights are fewer; connect again, and sign in where asked."))
    } else {
      sessions.admit(current, on: connection)
    }
  }
}
