public import API
import Core
import Domain
public import RPC

/// Setting up, and putting right by hand (W4, W5, H6). The contract is `Protos/latchkey/v1/admin.proto`.
///
/// Lockers are here; dealers and locations, agreements, services, devices, people and custody in the files beside
/// it.
public struct AdminService: Sendable {
  static let maximumNameCharacters = 60
  static let maximumReasonCharacters = 500

  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  // MARK: Locations

  public func updateLimits(
    _ request: ProtoUpdateLimitsRequest, _ context: CallContext
  ) async throws -> ProtoUpdateLimitsResponse {
    var form = Form()
    let limits = form.limits(request.limits)
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var location = try decision.tx.location(request.locationID, for: caller)
      location.limits = limits
      try decision.tx.update(location)
      try decision.record(Event(.limitsUpdated, at: decision.now, location: location.id, by: caller))
      return .accepted(try .with { $0.location = try ProtoLocation(location, in: decision.tx) })
    }
  }

  public func listLocations(
    _ request: ProtoListLocationsRequest, _ context: CallContext
  ) async throws -> ProtoListLocationsResponse {
    let caller = context.connection.caller
    let page = try Page(of: "locations", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let (visible, next) = try page.items(id: \.id, where: caller.mayBeAt, snapshot.locations)
      return try .with {
        $0.locations = try visible.map { try ProtoLocation($0, in: snapshot) }
        $0.nextPageToken = next
      }
    }
  }

  // MARK: Lockers

  public func createLocker(
    _ request: ProtoCreateLockerRequest, _ context: CallContext
  ) async throws -> ProtoCreateLockerResponse {
    var form = Form()
    let name = form.text(request.name, "name", maximum: Self.maximumNameCharacters)
    let count = request.compartmentCount == 0 ? 16 : Int(request.compartmentCount)
    form.require(Locker.compartmentCounts.contains(count), "compartment_count", "1 to 64, or 0 for 16")
    let timing = LockTiming(request.timing)
    form.require(
      timing.isValid, "timing",
      "pulse 200–600 ms, cool-down 500–60,000, window more than the pulse and at most 10,000, "
        + "left open 1,000–3,600,000, debounce 0–1,000")
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.tx.location(request.locationID, for: caller)
      guard try !decision.tx.lockers(at: location.id).contains(where: { $0.name == name }) else {
        throw Self.nameInUse("locker", name)
      }
      try decision.requireRoomForLocker(at: location)
      let locker = try decision.tx.insert(
        Locker(
          location: location.id, name: name, asksPinToDrop: request.pinToDrop,
          hasItemSensors: request.hasItemSensors_p, timing: timing))
      for number in 1...count { _ = try decision.tx.insert(Compartment(locker: locker.id, number: number)) }
      try decision.record(
        Event(.lockerCreated, at: decision.now, location: location.id, locker: locker.id, by: caller))
      return .accepted(try .with { $0.locker = try decision.proto(locker.id) })
    }
  }

  public func listLockers(
    _ request: ProtoListLockersRequest, _ context: CallContext
  ) async throws -> ProtoListLockersResponse {
    let caller = context.connection.caller
    let sessions = environment.sessions
    let page = try Page(of: "lockers", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let (lockers, next) = try page.items(id: \.id) {
        try snapshot.lockers(at: location.id, after: $0, limit: $1)
      }
      return try .with {
        $0.lockers = try lockers.map {
          try ProtoLocker($0, isConnected: sessions.isConnected($0.id), in: snapshot)
        }
        $0.nextPageToken = next
      }
    }
  }

  public func updateLocker(
    _ request: ProtoUpdateLockerRequest, _ context: CallContext
  ) async throws -> ProtoUpdateLockerResponse {
    var form = Form()
    let name = request.hasName ? form.text(request.name, "name", maximum: Self.maximumNameCharacters) : nil
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (locker, location) = try decision.tx.locker(request.lockerID, for: caller)
      let isActive = request.hasActive ? request.active : locker.isActive
      if locker.isActive && !isActive {
        guard try decision.tx.occupied(in: locker.id).isEmpty,
          try decision.tx.activeVisit(at: locker.id) == nil,
          try decision.tx.activeHandover(at: locker.id) == nil
        else {
          throw Failure.precondition(
            .lockerNotEmpty, "'\(locker.name)' holds keys or is in use; empty it before switching it off.")
        }
      }
      locker.isActive = isActive
      if request.hasPinToDrop { locker.asksPinToDrop = request.pinToDrop }
      if let name, name != locker.name {
        guard try !decision.tx.lockers(at: location.id).contains(where: { $0.name == name }) else {
          throw Self.nameInUse("locker", name)
        }
        locker.name = name
      }
      try decision.tx.update(locker)
      try decision.changed(locker.id)
      try decision.record(
        Event(
          .lockerUpdated, at: decision.now, location: location.id, locker: locker.id, by: caller,
          reason: locker.isActive ? "ACTIVE" : "INACTIVE"))
      return .accepted(try .with { $0.locker = try decision.proto(locker.id) })
    }
  }

  public func setCompartmentService(
    _ request: ProtoSetCompartmentServiceRequest, _ context: CallContext
  ) async throws -> ProtoSetCompartmentServiceResponse {
    let reason = try Form.reason(request.reason)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (box, locker) = try decision.compartment(request.compartment, of: request.lockerID, for: caller)
      let isPending = try decision.tx.pendingCommand(at: locker.id)?.compartment == box.id
      guard box.reservation == nil, !isPending else {
        throw Failure.precondition(
          .compartmentInUse, "A visit or hand-over is using it; wait until it is over.")
      }
      if request.inService != (box.quarantine == nil) {
        box.quarantine = request.inService ? nil : .byHand
        try decision.tx.update(box)
        try decision.changed(locker.id)
        try decision.record(
          Event(
            request.inService ? .compartmentRestored : .compartmentQuarantined, at: decision.now,
            location: locker.location, locker: locker.id, compartment: box.number, by: caller,
            reason: request.inService ? "" : "BY_HAND"),
          text: reason)
      }
      return .accepted(try .with { $0.locker = try decision.proto(locker.id) })
    }
  }

  public func overrideDoor(
    _ request: ProtoOverrideDoorRequest, _ context: CallContext
  ) async throws -> ProtoOverrideDoorResponse {
    let reason = try Form.reason(request.reason)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (box, locker) = try decision.compartment(request.compartment, of: request.lockerID, for: caller)
      // A door that is not open holds nothing up, and an override is not for later.
      box.isDoorOverridden = box.door == .open
      try decision.tx.update(box)
      // Nobody waits for that door any more: what was under way there ends, and nobody knows how.
      if box.door != .closed, let pending = try decision.tx.pendingCommand(at: locker.id),
        pending.compartment == box.id
      {
        try decision.end(pending, .unknown, item: box.item)
      }
      try decision.changed(locker.id)
      try decision.record(
        Event(
          .doorOverridden, at: decision.now, location: locker.location, locker: locker.id,
          compartment: box.number, by: caller),
        text: reason)
      try decision.giveTurn(at: locker.id)
      return .accepted(try .with { $0.locker = try decision.proto(locker.id) })
    }
  }

  static func nameInUse(_ what: String, _ name: String) -> Failure {
    Failure(.alreadyExists, reason: .nameInUse, "There is a \(what) '\(name)' already; choose another name.")
  }
}

extension Decision {
  func proto(_ id: Locker.ID) throws -> ProtoLocker {
    let locker = try expect(try tx.locker(id), "locker")
    return try ProtoLocker(locker, isConnected: environment.sessions.isConnected(id), in: tx)
  }

  func compartment(_ number: Int32, of locker: Int64, for caller: Caller) throws -> (Compartment, Locker) {
    let (locker, _) = try tx.locker(locker, for: caller)
    guard let box = try tx.compartment(Int(number), of: locker.id) else {
      throw Failure.notFound("compartment")
    }
    return (box, locker)
  }
}
