public import Domain
public import RPC

/// Who calls, as the connection has proved it.
public struct Caller: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case anyone
    case controller
    case screen
    case tablet
    case staff
    case integration
    case `operator`
  }

  /// What a caller may see (S3): what lies outside looks as if it did not exist.
  public enum Scope: Hashable, Sendable {
    case nothing
    case location(Location.ID)
    case dealer(Dealer.ID)
    case everything
  }

  public var kind: Kind
  public var scope: Scope
  /// For people: the device's name, or the staff member's.
  public var name: String
  public var device: Device.ID?
  public var locker: Locker.ID?
  public var location: Location.ID?
  public var staff: Staff.ID?
  public var apiKey: APIKey.ID?
  public var permissions: Set<Staff.Permission> = []
  /// Of a staff member's sign-in.
  public var expiresAt: Instant?

  public static let anyone = Caller(kind: .anyone, scope: .nothing, name: "")
  public static let `operator` = Caller(kind: .operator, scope: .everything, name: "operator")

  /// Scopes request ids: the same id of two callers means two requests.
  var scopeOfRequests: String {
    switch kind {
    case .anyone: "anyone"
    case .operator: "operator"
    case .integration: "api-key/\(apiKey?.rawValue ?? 0)"
    case .controller, .screen, .tablet: "device/\(device?.rawValue ?? 0)"
    case .staff: "staff/\(staff?.rawValue ?? 0)"
    }
  }
}

/// Where a connection keeps its caller. A connection without one is a stranger's.
enum CallerKey: ConnectionKey {
  typealias Value = Caller
}

/// Where a connection keeps the nonce that it was given.
enum ChallengeKey: ConnectionKey {
  struct Value: Sendable {
    static let lifetime: Duration = .seconds(60)

    var nonce: [UInt8]
    var drawnAt: Instant
  }
}

extension RPC.Connection {
  /// Who is at the other end. Over the Unix-domain socket it is the operator: the socket's file mode says so.
  var caller: Caller {
    self[CallerKey.self] ?? (security == .local ? .operator : .anyone)
  }
}

/// The access rule of one procedure, as the contract's `access` option states it.
public struct Access: AccessRule, Hashable {
  public let callers: Set<Caller.Kind>
  /// Asked of staff only.
  public let permission: Staff.Permission?
  private let clock: any WallClock

  init(_ callers: Set<Caller.Kind>, _ permission: Staff.Permission? = nil, clock: any WallClock) {
    precondition(!callers.isEmpty, "a procedure that nobody may call")
    self.callers = callers
    self.permission = permission
    self.clock = clock
  }

  public func check(_ context: CallContext) throws(Failure) {
    if callers.contains(.anyone) { return }
    let caller = context.connection.caller
    if caller.kind == .staff, let expiresAt = caller.expiresAt, clock.now >= expiresAt {
      throw Failure(.unauthenticated, reason: .notSignedIn, "The sign-in has expired; sign in again.")
    }
    guard callers.contains(caller.kind) else {
      if caller.kind == .anyone || (caller.kind == .tablet && callers.contains(.staff)) {
        throw Failure(
          .unauthenticated, reason: .notSignedIn, "\(context.procedure) is for \(self); authenticate first.")
      }
      throw Failure(
        .permissionDenied, reason: .callerNotAdmitted,
        "\(context.procedure) is for \(self), and the caller is \(caller.kind.rawValue).")
    }
    if let permission, caller.kind == .staff, !caller.permissions.contains(permission) {
      throw Failure(
        .permissionDenied, reason: .callerNotAdmitted,
        "\(context.procedure) needs the permission '\(permission.rawValue)'; ask a dealer admin for it.")
    }
  }

  public var description: String {
    let kinds = callers.map(\.rawValue).sorted().joined(separator: ", ")
    return permission.map { "\(kinds) (staff with '\($0.rawValue)')" } ?? kinds
  }

  public static func == (left: Access, right: Access) -> Bool {
    left.callers == right.callers && left.permission == right.permission
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(callers)
    hasher.combine(permission)
  }
}
