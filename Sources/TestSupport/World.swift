public import API
public import Core
public import Domain
public import RPC
public import Services
public import Storage
import Synchronization

/// A workshop with one locker, staff and tablets, on a real store, under a manual clock: what tests of the
/// services start from. Calls go straight to the services, with the identity that a wire would have proved.
public final class World: Sendable {
  public let clock = ManualClock()
  public let environment: Environment
  public let store: SQLiteStore
  public let auth: AuthService
  public let kiosk: KioskService
  public let lockers: LockerService
  public let handovers: HandoverService
  public let workOrders: WorkOrderService
  public let events: EventService
  public let admin: AdminService
  public let help: HelpService
  private let requests = Mutex(0)

  /// - Parameter place: a file, where a test wants to look at what is on disk.
  public init(seed: UInt64 = 1, place: SQLiteStore.Place = .inMemory) throws {
    try Crypto.start()
    let entropy = SeededEntropy(seed: seed)
    let signals = Signals()
    store = try SQLiteStore(place, hash: .blake2b) { signals.changed($0) }
    func key() -> SecretKey { SecretKey(bytes: entropy.bytes(32))! }
    environment = Environment(
      store: store, clock: clock, entropy: entropy,
      secrets: ServerSecrets(
        pins: key(), codes: key(), outbox: key(), signing: SigningKey(seed: entropy.bytes(32))!),
      audience: "latchkey/test", signals: signals, sessions: Sessions())
    auth = AuthService(environment)
    kiosk = KioskService(environment)
    lockers = LockerService(environment)
    handovers = HandoverService(environment)
    workOrders = WorkOrderService(environment)
    events = EventService(environment)
    admin = AdminService(environment)
    help = HelpService(environment)
  }

  public var timers: Timers { Timers(environment) }

  /// A new id for each request.
  public var requestID: String {
    requests.withLock { count in
      count += 1
      return "request-\(count)"
    }
  }

  /// Moves the clock and takes what falls due, as the server does.
  public func pass(_ duration: Duration) async throws {
    clock.advance(duration)
    if try await timers.isDue() { try await timers.tick() }
  }

  // MARK: Connections

  /// A connection of somebody who has proved nothing yet.
  public func stranger() -> RPC.Connection {
    Connection(security: .loopback, remoteAddress: "127.0.0.1")
  }

  /// The operator's.
  public let operatorContext = World.context(Connection(security: .local, remoteAddress: "local"))

  public static func context(_ connection: RPC.Connection, _ procedure: String = "test/Test") -> CallContext {
    CallContext(procedure: ProcedureName(procedure), connection: connection, metadata: [], deadline: nil)
  }

  /// Enrols a device with a one-time code and authenticates its connection, with real signatures.
  public func enroll(_ kind: ProtoDeviceKind, name: String, locker: Int64 = 0, location: Int64 = 0)
    async throws
    -> EnrolledPeer
  {
    let code = try await admin.createEnrollmentCode(
      .with {
        $0.requestID = requestID
        $0.kind = kind
        $0.name = name
        $0.lockerID = locker
        $0.locationID = location
      }, operatorContext)
    let key = SigningKey(seed: environment.entropy.bytes(32))!
    let connection = stranger()
    let enrolled = try await auth.enroll(
      .with {
        $0.requestID = requestID
        $0.code = code.code
        $0.publicKey = .init(key.publicKey.bytes)
      }, World.context(connection))
    let peer = EnrolledPeer(
      id: Device.ID(rawValue: enrolled.deviceID), key: key, connection: connection)
    _ = try await authenticate(peer)
    return peer
  }

  public func authenticate(_ peer: EnrolledPeer) async throws -> ProtoIdentity {
    let challenge = try auth.challenge(.init(), peer.context)
    return try await auth.authenticate(
      .with { $0.assertion = peer.assertion(challenge, at: clock.now) }, peer.context
    ).identity
  }
}

/// A device with its own key pair and one connection.
public struct EnrolledPeer: Sendable {
  public let id: Device.ID
  public let key: SigningKey
  public let connection: RPC.Connection

  public var context: CallContext { World.context(connection) }

  public func context(_ procedure: String) -> CallContext { World.context(connection, procedure) }

  public func assertion(_ challenge: ProtoChallengeResponse, at now: Instant) -> String {
    let claims = DeviceClaims(audience: challenge.audience, device: id, issuedAt: now)
    // Claims and key are well-formed, so that signing cannot fail.
    return try! key.sign(
      message: claims.encoded, footer: Array(key.keyID.utf8), assertion: Array(challenge.nonce))
  }
}
