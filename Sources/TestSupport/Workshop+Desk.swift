public import API
import Core
import Domain
public import RPC
public import Services

/// What tests of the desk's side need: more tablets, and a look at what was written down.
extension Workshop {
  /// A tablet of this location with a new staff member signed in on it.
  public func tablet(
    of name: String, _ role: ProtoStaffRole = .mechanic, usesKeyLocker: Bool = true
  ) async throws -> EnrolledPeer {
    let tablet = try await world.enroll(.tablet, name: "Tablet of \(name)", location: location.locationID)
    try await hire(name, role, usesKeyLocker: usesKeyLocker)
    try await signIn(name, on: tablet)
    return tablet
  }

  /// A connection that has proved a new API key of the dealer, and the key's id.
  public func program(_ name: String = "DMS") async throws -> (
    connection: RPC.Connection, id: Int64, key: String
  ) {
    let made = try await world.admin.createApiKey(
      .with {
        $0.requestID = world.requestID
        $0.locationID = location.locationID
        $0.name = name
      }, world.operatorContext)
    let connection = world.stranger()
    _ = try await world.auth.authenticate(.with { $0.apiKey = made.apiKey }, World.context(connection))
    return (connection, made.apiKeyID, made.apiKey)
  }

  // MARK: What is the case

  /// The boxes, as the desk sees them.
  public func boxes() async throws -> [ProtoCompartment] {
    try await world.admin.listLockers(.with { $0.locationID = location.locationID }, world.operatorContext)
      .lockers.first { $0.lockerID == locker.lockerID }?.compartments ?? []
  }

  /// The hand-over as it is now.
  public func current(_ handover: ProtoHandover) async throws -> ProtoHandoverState {
    let watch = Watching(
      world.handovers.watchHandover(.with { $0.handoverID = handover.handoverID }, tablet.context))
    let state = try await watch.messages(1)[0].handover.state
    await watch.cancel()
    return state
  }

  /// The token on the upper screen; empty where none is shown.
  public func token() async throws -> String { try await view().upper.handoverToken }

  /// A workshop in whose locker the key of a work order lies.
  public static func withKey(boxes: Int32 = 4, itemSensors: Bool = false) async throws -> (
    Workshop, ProtoWorkOrder
  ) {
    let shop = try await Workshop.open(boxes: boxes, itemSensors: itemSensors)
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    return (shop, workOrder)
  }

  // MARK: What the desk does

  @discardableResult
  public func cancel(_ handover: ProtoHandover, on tablet: EnrolledPeer? = nil) async throws -> ProtoHandover
  {
    try await world.handovers.cancelHandover(
      .with { $0.handoverID = handover.handoverID }, (tablet ?? self.tablet).context
    ).handover
  }

  /// Why hand-overs were refused, by the log.
  public func refusals() async throws -> [String] { try await log(.handoverRefused).map(\.reason) }

  /// Puts a box in or out of service.
  @discardableResult
  public func service(_ box: Int32, _ isInService: Bool) async throws -> ProtoLocker {
    try await world.admin.setCompartmentService(
      .with {
        $0.requestID = world.requestID
        $0.lockerID = locker.lockerID
        $0.compartment = box
        $0.inService = isInService
        $0.reason = "hinge bent"
      }, world.operatorContext
    ).locker
  }

  @discardableResult
  public func correct(
    _ key: ProtoKey, to holder: ProtoHolder, box: Int32 = 0, staff: Int64 = 0,
    reason: String = "seen at the desk",
    as context: CallContext? = nil
  ) async throws -> ProtoKey {
    try await world.admin.correctCustody(
      .with {
        $0.requestID = world.requestID
        $0.keyID = key.keyID
        $0.holder = holder
        $0.lockerID = holder == .compartment ? locker.lockerID : 0
        $0.compartment = box
        $0.staffID = staff
        $0.reason = reason
      }, context ?? world.operatorContext
    ).key
  }

  /// What waits for delivery.
  public func messages() async throws -> [OutboxMessage] {
    let id = Location.ID(rawValue: location.locationID)
    return try await world.store.read { try $0.outbox(at: id) }
  }

  /// The digits in a message with a pick-up PIN, as delivery would read them.
  public func unseal(_ message: OutboxMessage) throws -> String {
    let body = try Seal.unseal(
      message.sealedBody, context: "outbox/\(message.kind)/\(message.workOrder)",
      key: world.environment.secrets.outbox)
    return String(decoding: body, as: UTF8.self)
  }

  @discardableResult
  public func extend(_ view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.extendVisit(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
      }, screen.context
    ).view
  }

  /// Whether the server takes the locker for connected.
  public var isConnected: Bool {
    world.environment.sessions.isConnected(Locker.ID(rawValue: locker.lockerID))
  }

  public func untilConnected() async throws {
    while !isConnected { try await Task.sleep(for: .milliseconds(1)) }
  }

  @discardableResult
  public func override(_ box: Int32, reason: String = "closed by hand") async throws -> ProtoLocker {
    try await world.admin.overrideDoor(
      .with {
        $0.requestID = world.requestID
        $0.lockerID = locker.lockerID
        $0.compartment = box
        $0.reason = reason
      }, world.operatorContext
    ).locker
  }

  public func revoke(_ peer: EnrolledPeer) async throws {
    _ = try await world.admin.revokeDevice(
      .with {
        $0.requestID = world.requestID
        $0.deviceID = peer.id.rawValue
      }, world.operatorContext)
  }

  /// Changes a staff member; what `change` leaves stays.
  @discardableResult
  public func update(
    _ staff: ProtoStaff, _ change: (inout ProtoUpdateStaffRequest) -> Void
  ) async throws -> ProtoStaff {
    var request = ProtoUpdateStaffRequest()
    request.requestID = world.requestID
    request.staffID = staff.staffID
    request.role = staff.role
    request.useKeyLocker = staff.useKeyLocker
    change(&request)
    return try await world.admin.updateStaff(request, world.operatorContext).staff
  }

  public func revoke(apiKey id: Int64) async throws {
    _ = try await world.admin.revokeApiKey(
      .with {
        $0.requestID = world.requestID
        $0.apiKeyID = id
      }, world.operatorContext)
  }

  /// A staff member of the dealer, by user name.
  public func staff(_ name: String) async throws -> ProtoStaff {
    let all = try await world.admin.listStaff(
      .with { $0.locationID = location.locationID }, world.operatorContext)
    return all.staff.first { $0.userName == name } ?? .init()
  }
}
