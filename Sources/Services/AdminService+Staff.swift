public import API
import Core
import Domain
public import RPC

/// People (W5).
extension AdminService {
  public func createStaff(
    _ request: ProtoCreateStaffRequest, _ context: CallContext
  ) async throws -> ProtoCreateStaffResponse {
    var form = Form()
    let userName = form.text(request.userName, "user_name", maximum: Self.maximumNameCharacters).lowercased()
    let displayName =
      request.displayName.trimmed.isEmpty
      ? userName : form.text(request.displayName, "display_name", maximum: Self.maximumNameCharacters)
    let role = form.value(
      Staff.Role(request.role), "role", "dealer admin, receptionist, chief mechanic or mechanic")
    let worksAt = form.locations(request.worksAt, "works_at", maximum: Staff.maximumLocations)
    if form.hasFaults { form.require(Self.isLongEnough(request.password), "password", Self.passwordRule) }
    try form.check()
    guard let role else { throw Failure.invalid("role", "one of the four roles") }
    // Hashed before the decision: Argon2id takes its time, and the writer is not kept waiting for it.
    let hash = try await hash(request.password)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.tx.location(request.locationID, for: caller)
      guard try decision.tx.staff(named: userName, of: location.dealer) == nil else {
        throw Self.nameInUse("staff member", userName)
      }
      try decision.requireRoomForStaff(of: location.dealer)
      let staff = try decision.tx.insert(
        Staff(
          dealer: location.dealer,
          locations: try decision.locations(worksAt, of: location.dealer, for: caller),
          userName: userName, displayName: displayName, role: role, usesKeyLocker: request.useKeyLocker,
          passwordHash: hash))
      try decision.record(
        Event(.staffCreated, at: decision.now, location: location.id, staff: staff.id, device: caller.device))
      return .accepted(.with { $0.staff = ProtoStaff(staff) })
    }
  }

  public func updateStaff(
    _ request: ProtoUpdateStaffRequest, _ context: CallContext
  ) async throws -> ProtoUpdateStaffResponse {
    let role = Staff.Role(request.role)
    var form = Form()
    form.require(
      role != nil || request.role == .unspecified, "role",
      "dealer admin, receptionist, chief mechanic or mechanic; unset to keep it")
    let worksAt = form.locations(request.worksAt, "works_at", maximum: Staff.maximumLocations)
    let displayName =
      request.hasDisplayName
      ? form.text(request.displayName, "display_name", maximum: Self.maximumNameCharacters) : nil
    try form.check()
    let hash = request.password.isEmpty ? nil : try await hash(request.password)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (staff, location) = try decision.tx.staff(request.staffID, for: caller)
      let wasAdmin = staff.isActingAdmin
      let isRenamed = displayName.map { $0 != staff.displayName } ?? false
      if let displayName { staff.displayName = displayName }
      if let role { staff.role = role }
      if request.hasUseKeyLocker { staff.usesKeyLocker = request.useKeyLocker }
      if request.hasDisabled {
        if staff.isDisabled && !request.disabled { try decision.requireRoomForStaff(of: staff.dealer) }
        staff.isDisabled = request.disabled
      }
      if request.hasWorksAt {
        staff.locations = try decision.locations(worksAt, of: staff.dealer, for: caller)
      }
      if let hash { staff.passwordHash = hash }
      if wasAdmin && !staff.isActingAdmin { try decision.requireAnotherAdmin(than: staff) }
      try decision.tx.update(staff)
      if staff.isDisabled || hash != nil { try decision.endSignIns(of: staff) }
      // Rows of every desk show the name of who has a key.
      let places = isRenamed ? try decision.tx.locations(of: staff.dealer).map(\.id) : [location.id]
      for place in places {
        try decision.record(
          Event(
            .staffUpdated, at: decision.now, location: place, staff: staff.id, device: caller.device,
            reason: isRenamed ? Event.renamed : staff.isDisabled ? "DISABLED" : ""))
      }
      decision.tx.touch(.rights)
      return .accepted(.with { $0.staff = ProtoStaff(staff) })
    }
  }

  public func listStaff(
    _ request: ProtoListStaffRequest, _ context: CallContext
  ) async throws -> ProtoListStaffResponse {
    let caller = context.connection.caller
    let page = try Page(of: "staff", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let (staff, next) = try page.items(id: \.id) {
        try snapshot.staff(of: location.dealer, after: $0, limit: $1)
      }
      return .with {
        $0.staff = staff.map(ProtoStaff.init)
        $0.nextPageToken = next
      }
    }
  }

  public func listStaffSessions(
    _ request: ProtoListStaffSessionsRequest, _ context: CallContext
  ) async throws -> ProtoListStaffSessionsResponse {
    let caller = context.connection.caller
    let page = try Page(of: "sessions", size: request.pageSize, token: request.pageToken)
    let now = environment.clock.now
    return try await environment.read { snapshot in
      let (staff, _) = try snapshot.staff(request.staffID, for: caller)
      let all = try snapshot.sessions(of: staff, at: now, askedBy: caller)
      let (sessions, next) = page.items(id: \.place) { place, limit in
        Array(all.filter { $0.place > place }.prefix(limit))
      }
      return .with {
        $0.sessions = sessions
        $0.nextPageToken = next
      }
    }
  }

  public func endStaffSessions(
    _ request: ProtoEndStaffSessionsRequest, _ context: CallContext
  ) async throws -> ProtoEndStaffSessionsResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let (staff, _) = try decision.tx.staff(request.staffID, for: caller)
      try decision.endSignIns(of: staff)
      return .accepted(.init())
    }
  }

  private static let passwordRule = "at least \(Staff.shortestPassword) characters"

  private static func isLongEnough(_ password: String) -> Bool { password.count >= Staff.shortestPassword }

  func hash(_ password: String, field: String = "password") async throws -> String {
    guard Self.isLongEnough(password) else {
      throw Failure(
        .invalidArgument, reason: .passwordTooShort,
        "A password has at least \(Staff.shortestPassword) characters.",
        violations: [.init(field: field, description: Self.passwordRule)])
    }
    do {
      return try await environment.passwords.hash(password)
    } catch {
      throw Failure(error)
    }
  }
}

extension Staff {
  fileprivate var isActingAdmin: Bool { role == .dealerAdmin && !isDisabled }
}

extension Decision {
  /// W5: a dealer that nobody can administer would have to ask the operator.
  fileprivate func requireAnotherAdmin(than staff: Staff) throws {
    guard try !tx.staff(of: staff.dealer).contains(where: { $0.id != staff.id && $0.isActingAdmin }) else {
      return
    }
    throw Failure.precondition(
      .lastAdmin, "'\(staff.userName)' is the only dealer admin; make another one first.")
  }
}

extension Snapshot {
  /// A staff member of the caller's dealer, and a location of that.
  func staff(_ id: Int64, for caller: Caller) throws -> (Staff, Location) {
    guard let staff = try staff(Staff.ID(rawValue: id)), let location = try locations(of: staff.dealer).first,
      caller.mayBeAt(location)
    else { throw Failure.notFound("staff member") }
    return (staff, location)
  }
}

extension Form {
  /// Ids of locations, each once.
  mutating func locations(_ typed: ProtoLocationSet, _ field: String, maximum: Int) -> Set<Location.ID> {
    require(typed.locationIds.count <= maximum, "\(field).location_ids", "at most \(maximum)")
    return Set(typed.locationIds.map(Location.ID.init(rawValue:)))
  }
}

extension Decision {
  /// Each has to be one of the dealer's, and of those that the caller may see.
  func locations(
    _ ids: Set<Location.ID>, of dealer: Dealer.ID, for caller: Caller
  ) throws -> Set<Location.ID> {
    for id in ids {
      guard try tx.location(id.rawValue, for: caller).dealer == dealer else {
        throw Failure.notFound("location")
      }
    }
    return ids
  }
}

extension Failure {
  init(_ refusal: Password.Refusal) {
    switch refusal {
    case .empty, .tooLong: self = .invalid("password", "1 to \(Password.maximumBytes) bytes")
    case .outOfMemory, .tooManyWaiting:
      self.init(
        .resourceExhausted, reason: .overloaded, "Too many passwords are being checked; try again.",
        retryDelay: .seconds(2))
    }
  }
}
