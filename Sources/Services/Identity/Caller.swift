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
    case locations(Set<Location.ID>)
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
  /// Of a staff member who is signed in without a tablet.
  public var session: Session.ID?
  public var apiKey: APIKey.ID?
  public var permissions: Set<Staff.Permission> = []
  /// An API key may be kept to reading.
  public var mayWrite = true
  /// An API key may be kept to services, by name without the package; empty means it is not.
  public var services: Set<String> = []
  /// Of a staff member's sign-in, or an API key.
  public var expiresAt: Instant?

  public static let anyone = Caller(kind: .anyone, scope: .nothing, name: "")
  public static let `operator` = Caller(kind: .operator, scope: .everything, name: "operator")

  /// What has proved itself, whatever it may do.
  enum Identity: Hashable {
    case nobody
    case device(Device.ID)
    case session(Session.ID)
    case apiKey(APIKey.ID)
  }

  var identity: Identity {
    if let session { return .session(session) }
    if let device { return .device(device) }
    return apiKey.map(Identity.apiKey) ?? .nobody
  }

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

extension Caller {
  /// What logs say of who is at the other end: its kind and ids, and no name or address.
  @Sendable public static func logged(_ connection: RPC.Connection) -> [String: String] {
    let caller = connection.caller
    let ids: [(String, Int64?)] = [
      ("device", caller.device?.rawValue), ("locker", caller.locker?.rawValue),
      ("location", caller.location?.rawValue), ("staff", caller.staff?.rawValue),
      ("session", caller.session?.rawValue), ("api_key", caller.apiKey?.rawValue),
    ]
    return ids.reduce(into: ["caller": caller.kind.rawValue]) { $0[$1.0] = $1.1.map { "\($0)" } }
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
  /// Asked of staff only (H4): a session is not enough.
  public let isOnTablet: Bool
  /// The procedure changes nothing: keys that may only read may call it.
  public private(set) var isReading: Bool
  /// How many calls one counts for, where callers are held to a rate.
  private(set) var weight: Int
  private let clock: any WallClock
  private let quotas: Quotas

  /// Of a procedure that hashes a password: some tens of milliseconds of a core.
  public static let passwordWeight = 20
  /// Of a procedure that takes a file.
  public static let fileWeight = 50

  init(
    _ callers: Set<Caller.Kind>, _ permission: Staff.Permission? = nil, isOnTablet: Bool = false,
    clock: any WallClock, quotas: Quotas
  ) {
    precondition(!callers.isEmpty, "a procedure that nobody may call")
    self.callers = callers
    self.permission = permission
    self.isOnTablet = isOnTablet
    isReading = false
    weight = 1
    self.clock = clock
    self.quotas = quotas
  }

  /// The same rule for a procedure that changes nothing.
  var reading: Access {
    var copy = self
    copy.isReading = true
    return copy
  }

  /// The same rule for a procedure that is more work than others.
  func weighing(_ weight: Int) -> Access {
    var copy = self
    copy.weight = weight
    return copy
  }

  public func check(_ context: CallContext) throws(Failure) {
    let caller = context.connection.caller
    // First, so that calls which are refused count, too.
    try quotas.admit(caller, from: context.connection.remoteNetwork, weight: weight, at: clock.now)
    if callers.contains(.anyone) { return }
    if let expiresAt = caller.expiresAt, clock.now >= expiresAt {
      throw Failure(
        .unauthenticated, reason: .notSignedIn,
        caller.kind == .integration
          ? "The API key has expired; ask a dealer admin for another."
          : "The sign-in has expired; sign in again."
      )
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
    switch caller.kind {
    case .staff: try checkStaff(caller, context.procedure)
    case .integration: try checkProgram(caller, context.procedure)
    case .anyone, .controller, .screen, .tablet, .operator: break
    }
  }

  private func checkStaff(_ caller: Caller, _ procedure: ProcedureName) throws(Failure) {
    if let permission, !caller.permissions.contains(permission) {
      throw Failure(
        .permissionDenied, reason: .callerNotAdmitted,
        "\(procedure) needs the permission '\(permission.rawValue)'; ask a dealer admin for it.")
    }
    if isOnTablet, caller.device == nil {
      throw Failure(
        .permissionDenied, reason: .callerNotAdmitted,
        "\(procedure) is for staff on an enrolled tablet; sign in on one.")
    }
  }

  private func checkProgram(_ caller: Caller, _ procedure: ProcedureName) throws(Failure) {
    if !caller.mayWrite, !isReading {
      throw Failure(
        .permissionDenied, reason: .callerNotAdmitted,
        "\(procedure) changes something, and this API key may only read; ask a dealer admin for another.")
    }
    if !caller.services.isEmpty, !caller.services.contains(procedure.shortService) {
      throw Failure(
        .permissionDenied, reason: .callerNotAdmitted,
        "This API key is for \(caller.services.sorted().joined(separator: ", ")) only; ask a dealer admin for another."
      )
    }
  }

  public var description: String {
    let kinds = callers.map(\.rawValue).sorted().joined(separator: ", ")
    let asked = [permission.map { "with '\($0.rawValue)'" }, isOnTablet ? "on a tablet" : nil].compactMap {
      $0
    }
    return asked.isEmpty ? kinds : "\(kinds) (staff \(asked.joined(separator: " ")))"
  }

  public static func == (left: Access, right: Access) -> Bool {
    left.callers == right.callers && left.permission == right.permission
      && left.isOnTablet == right.isOnTablet && left.isReading == right.isReading
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(callers)
    hasher.combine(permission)
    hasher.combine(isOnTablet)
    hasher.combine(isReading)
  }
}

extension ProcedureName {
  /// Without its package: `WorkOrderService`.
  var shortService: String { String(service.split(separator: ".").last ?? service) }
}
