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
    if form.hasFaults { form.require(Self.isLongEnough(request.password), "password", Self.passwordRule) }
    try form.check()
    guard let role else { throw Failure.invalid("role", "one of the four roles") }
    // Hashed before the decision: Argon2id takes its time, and the writer is not kept waiting for it.
    let hash = try await hash(request.password)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.location(request.locationID, for: caller)
      guard try decision.tx.staff(named: userName, of: location.dealer) == nil else {
        throw Self.nameInUse("staff member", userName)
      }
      let staff = try decision.tx.insert(
        Staff(
          dealer: location.dealer, userName: userName, displayName: displayName, role: role,
          usesKeyLocker: request.useKeyLocker, passwordHash: hash))
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
    try form.check()
    let hash = request.password.isEmpty ? nil : try await hash(request.password)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      guard var staff = try decision.tx.staff(Staff.ID(rawValue: request.staffID)),
        let location = try decision.tx.locations(of: staff.dealer).first, caller.mayBeAt(location)
      else { throw Failure.notFound("staff member") }
      if let role { staff.role = role }
      if request.hasUseKeyLocker { staff.usesKeyLocker = request.useKeyLocker }
      if request.hasDisabled { staff.isDisabled = request.disabled }
      if let hash { staff.passwordHash = hash }
      try decision.tx.update(staff)
      if staff.isDisabled || hash != nil { try decision.endSignIns(of: staff) }
      try decision.record(
        Event(
          .staffUpdated, at: decision.now, location: location.id, staff: staff.id, device: caller.device,
          reason: staff.isDisabled ? "DISABLED" : ""))
      decision.tx.touch(.rights)
      return .accepted(.with { $0.staff = ProtoStaff(staff) })
    }
  }

  public func listStaff(
    _ request: ProtoListStaffRequest, _ context: CallContext
  ) async throws -> ProtoListStaffResponse {
    let caller = context.connection.caller
    return try await environment.read { snapshot in
      guard let location = try snapshot.location(Location.ID(rawValue: request.locationID)),
        caller.mayBeAt(location)
      else { throw Failure.notFound("location") }
      return try .with { $0.staff = try snapshot.staff(of: location.dealer).map(ProtoStaff.init) }
    }
  }

  private static let passwordRule = "at least \(Staff.shortestPassword) characters"

  private static func isLongEnough(_ password: String) -> Bool { password.count >= Staff.shortestPassword }

  private func hash(_ password: String) async throws -> String {
    guard Self.isLongEnough(password) else {
      throw Failure(
        .invalidArgument, reason: .passwordTooShort,
        "A password has at least \(Staff.shortestPassword) characters.",
        violations: [.init(field: "password", description: Self.passwordRule)])
    }
    do {
      return try await environment.passwords.hash(password)
    } catch {
      throw Failure(error)
    }
  }
}

extension Decision {
  /// Who signed in before has to do so again, on every tablet.
  fileprivate func endSignIns(of staff: Staff) throws {
    for location in try tx.locations(of: staff.dealer) {
      for var device in try tx.devices(at: location.id) where device.signedIn?.staff == staff.id {
        device.signedIn = nil
        try tx.update(device)
        try record(
          Event(.staffSignedOut, at: now, location: location.id, staff: staff.id, device: device.id))
      }
    }
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
