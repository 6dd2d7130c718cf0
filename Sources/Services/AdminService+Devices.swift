public import API
import Core
import Domain
public import RPC

/// Devices (S3, W5).
extension AdminService {
  public func createEnrollmentCode(
    _ request: ProtoCreateEnrollmentCodeRequest, _ context: CallContext
  ) async throws -> ProtoCreateEnrollmentCodeResponse {
    var form = Form()
    let kind = form.value(Device.Kind(request.kind), "kind", "controller, screen or tablet")
    let name = form.text(request.name, "name", maximum: Self.maximumNameCharacters)
    try form.check()
    guard let kind else { throw Failure.invalid("kind", "controller, screen or tablet") }
    let environment = environment
    let code = CredentialCode.draw(
      characters: CredentialCode.enrollmentCharacters,
      entropy: environment.entropy.bytes(CredentialCode.enrollmentCharacters))
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let place = try decision.place(
        of: kind, locker: request.lockerID, location: request.locationID, for: caller)
      try decision.requireNoController(at: place.locker, for: kind)
      try decision.requireRoomForDevice(at: place.location)
      let digest = try decision.expect(
        CredentialCode.digest(code, key: environment.secrets.codes), "digest of a drawn code")
      let expiresAt = decision.now + EnrollmentCode.lifetime
      _ = try decision.tx.insert(
        EnrollmentCode(
          digest: digest, kind: kind, name: name, location: place.location, locker: place.locker,
          expiresAt: expiresAt))
      try decision.record(
        Event(
          .enrollmentCodeCreated, at: decision.now, location: place.location, locker: place.locker,
          by: caller, reason: kind.rawValue.uppercased()))
      return .secret(
        .with {
          $0.code = code
          $0.expireTime = .init(milliseconds: expiresAt.milliseconds)
        }, remembered: nil)
    }
  }

  public func listDevices(
    _ request: ProtoListDevicesRequest, _ context: CallContext
  ) async throws -> ProtoListDevicesResponse {
    let caller = context.connection.caller
    let page = try Page(of: "devices", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let (devices, next) = try page.items(id: \.id) {
        try snapshot.devices(at: location.id, after: $0, limit: $1)
      }
      return .with {
        $0.devices = devices.map(ProtoDevice.init)
        $0.nextPageToken = next
      }
    }
  }

  public func updateDevice(
    _ request: ProtoUpdateDeviceRequest, _ context: CallContext
  ) async throws -> ProtoUpdateDeviceResponse {
    var form = Form()
    let name = form.text(request.name, "name", maximum: Self.maximumNameCharacters)
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (device, location) = try decision.tx.device(request.deviceID, for: caller)
      device.name = name
      try decision.tx.update(device)
      // H4: a screen may name the tablet.
      try decision.screensChanged(at: location.id)
      try decision.record(
        Event(
          .deviceUpdated, at: decision.now, location: location.id, locker: device.locker,
          staff: caller.staff, device: device.id))
      // Callers carry their device's name.
      decision.tx.touch(.rights)
      return .accepted(.with { $0.device = ProtoDevice(device) })
    }
  }

  public func revokeDevice(
    _ request: ProtoRevokeDeviceRequest, _ context: CallContext
  ) async throws -> ProtoRevokeDeviceResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (device, location) = try decision.tx.device(request.deviceID, for: caller)
      if device.revokedAt == nil {
        device.revokedAt = decision.now
        device.signedIn = nil
        try decision.tx.update(device)
        try decision.record(
          Event(
            .deviceRevoked, at: decision.now, location: location.id, locker: device.locker,
            staff: caller.staff,
            device: device.id))
        decision.tx.touch(.rights)
        if device.kind == .controller { try decision.giveUpCommand(of: device) }
      }
      return .accepted(.init())
    }
  }
}

extension Decision {
  /// Where a new device belongs: controllers and screens to a locker, tablets to a location.
  func place(
    of kind: Device.Kind, locker lockerID: Int64, location locationID: Int64, for caller: Caller
  ) throws -> (location: Location.ID, locker: Locker.ID?) {
    switch kind {
    case .controller, .screen:
      let (locker, location) = try tx.locker(lockerID, for: caller)
      return (location.id, locker.id)
    case .tablet:
      return (try tx.location(locationID, for: caller).id, nil)
    }
  }

  /// What a revoked controller had in work, nobody will hear of: its successor would do it a second time.
  fileprivate func giveUpCommand(of controller: Device) throws {
    guard let pending = try controller.locker.flatMap(tx.pendingCommand) else { return }
    try end(pending, .unknown, item: .unknown)
  }

  /// A locker has one controller: two would both drive its locks, and each report would contradict the other's.
  func requireNoController(at locker: Locker.ID?, for kind: Device.Kind) throws {
    guard kind == .controller, let locker = try locker.flatMap(tx.locker),
      let other = try tx.devices(at: locker.location).first(where: {
        $0.kind == .controller && $0.locker == locker.id && $0.revokedAt == nil
      })
    else { return }
    throw Failure.precondition(
      .controllerEnrolled,
      "'\(locker.name)' has a controller, '\(other.name)'; revoke it before enrolling another.")
  }
}
