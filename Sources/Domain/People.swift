/// A person who works for a dealer.
public struct Staff: Hashable, Sendable {
  public typealias ID = Identifier<Staff>

  public enum Role: String, Sendable, CaseIterable {
    case dealerAdmin = "dealer_admin"
    case receptionist
    case chiefMechanic = "chief_mechanic"
    case mechanic
  }

  public enum Permission: String, Sendable, CaseIterable {
    /// H4: person by person.
    case useKeyLocker = "use_key_locker"
    case desk
    case administer
  }

  public static let shortestPassword = 10
  /// How many of a dealer's may be at work: those who are disabled do not count.
  public static let maximumPerDealer = 2_000
  /// How many locations one may be kept to.
  public static let maximumLocations = 100

  public var id: ID
  public var dealer: Dealer.ID
  /// Where one works: none means everywhere at the dealer. A dealer admin is everywhere anyway.
  public var locations: Set<Location.ID>
  /// Lower-case; unique in a dealer.
  public var userName: String
  public var displayName: String
  public var role: Role
  public var usesKeyLocker: Bool
  public var isDisabled: Bool
  /// Argon2id string.
  public var passwordHash: String

  public init(
    id: ID = .unassigned, dealer: Dealer.ID, locations: Set<Location.ID> = [], userName: String,
    displayName: String, role: Role, usesKeyLocker: Bool, isDisabled: Bool = false, passwordHash: String
  ) {
    self.id = id
    self.dealer = dealer
    self.locations = locations
    self.userName = userName
    self.displayName = displayName
    self.role = role
    self.usesKeyLocker = usesKeyLocker
    self.isDisabled = isDisabled
    self.passwordHash = passwordHash
  }

  public var permissions: Set<Permission> {
    var all: Set<Permission> = usesKeyLocker ? [.useKeyLocker] : []
    switch role {
    case .dealerAdmin: all.formUnion([.desk, .administer])
    case .receptionist: all.insert(.desk)
    case .chiefMechanic, .mechanic: break
    }
    return all
  }

  /// Whether one works there, of the locations of the own dealer.
  public func works(at location: Location.ID) -> Bool {
    role == .dealerAdmin || locations.isEmpty || locations.contains(location)
  }
}

/// An enrolled machine with its own key pair.
public struct Device: Hashable, Sendable {
  public typealias ID = Identifier<Device>

  /// How many a location may have, with codes that may still enrol one; revoked ones do not count.
  public static let maximumPerLocation = 500

  public enum Kind: String, Sendable, CaseIterable {
    case controller
    case screen
    case tablet
  }

  public var id: ID
  public var kind: Kind
  public var name: String
  public var location: Location.ID
  /// `nil` for a tablet.
  public var locker: Locker.ID?
  /// Ed25519, 32 bytes.
  public var publicKey: [UInt8]
  /// PASERK id of the public key; unique.
  public var keyID: String
  public var enrolledAt: Instant
  public var revokedAt: Instant?
  /// A controller's highest report number that is on disk (L1).
  public var lastReport: Int64
  /// H4: who is signed in on a tablet, and until when.
  public var signedIn: SignIn?

  public struct SignIn: Hashable, Sendable {
    public static let lifetime: Duration = .seconds(12 * 60 * 60)

    public var staff: Staff.ID
    public var expiresAt: Instant

    public init(staff: Staff.ID, expiresAt: Instant) {
      self.staff = staff
      self.expiresAt = expiresAt
    }
  }

  public init(
    id: ID = .unassigned, kind: Kind, name: String, location: Location.ID, locker: Locker.ID?,
    publicKey: [UInt8], keyID: String, enrolledAt: Instant, revokedAt: Instant? = nil, lastReport: Int64 = 0,
    signedIn: SignIn? = nil
  ) {
    self.id = id
    self.kind = kind
    self.name = name
    self.location = location
    self.locker = locker
    self.publicKey = publicKey
    self.keyID = keyID
    self.enrolledAt = enrolledAt
    self.revokedAt = revokedAt
    self.lastReport = lastReport
    self.signedIn = signedIn
  }
}

/// A one-time code that enrols one device. At rest only its keyed digest.
public struct EnrollmentCode: Hashable, Sendable {
  public typealias ID = Identifier<EnrollmentCode>

  public static let lifetime: Duration = .seconds(15 * 60)

  public var id: ID
  public var digest: [UInt8]
  public var kind: Device.Kind
  public var name: String
  public var location: Location.ID
  public var locker: Locker.ID?
  public var expiresAt: Instant
  public var usedBy: Device.ID?

  public init(
    id: ID = .unassigned, digest: [UInt8], kind: Device.Kind, name: String, location: Location.ID,
    locker: Locker.ID?, expiresAt: Instant, usedBy: Device.ID? = nil
  ) {
    self.id = id
    self.digest = digest
    self.kind = kind
    self.name = name
    self.location = location
    self.locker = locker
    self.expiresAt = expiresAt
    self.usedBy = usedBy
  }
}

/// A key with which a dealer's programs call. At rest only its keyed digest.
public struct APIKey: Hashable, Sendable {
  public typealias ID = Identifier<APIKey>

  /// How many a dealer may have that are not revoked.
  public static let maximumPerDealer = 500
  /// Using it is written down this often.
  public static let usePrecision: Duration = .seconds(60)
  /// The first characters of a key, kept to tell it from others: 40 of its 200 bits.
  public static let prefixCharacters = 9
  /// How many of each a key may be kept to.
  public static let maximumLocations = 100

  public var id: ID
  public var dealer: Dealer.ID
  public var name: String
  public var digest: [UInt8]
  /// As it was shown; empty of a key made before prefixes were kept.
  public var prefix: String
  public var reach: Reach
  /// `nil` of a key made before this was kept.
  public var createdAt: Instant?
  public var usedAt: Instant?
  /// `nil` lasts until it is revoked.
  public var expiresAt: Instant?
  public var revokedAt: Instant?

  /// What it may be used for.
  public struct Reach: Hashable, Sendable {
    /// None means all of the dealer.
    public var locations: Set<Location.ID>
    /// Whether it may change anything.
    public var mayWrite: Bool
    /// Services by name, as `WorkOrderService`; none means all that programs may call.
    public var services: Set<String>

    public static let everything = Reach(locations: [], mayWrite: true, services: [])

    public init(locations: Set<Location.ID>, mayWrite: Bool, services: Set<String>) {
      self.locations = locations
      self.mayWrite = mayWrite
      self.services = services
    }
  }

  public init(
    id: ID = .unassigned, dealer: Dealer.ID, name: String, digest: [UInt8], prefix: String = "",
    reach: Reach = .everything, createdAt: Instant? = nil, usedAt: Instant? = nil, expiresAt: Instant? = nil,
    revokedAt: Instant? = nil
  ) {
    self.id = id
    self.dealer = dealer
    self.name = name
    self.digest = digest
    self.prefix = prefix
    self.reach = reach
    self.createdAt = createdAt
    self.usedAt = usedAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }

  /// Whether a use at `now` is to be written down.
  public func isDueToBeMarked(at now: Instant) -> Bool {
    usedAt.map { now - $0 >= Self.usePrecision } ?? true
  }

  /// Whether it still proves anything.
  public func isLive(at now: Instant) -> Bool { revokedAt == nil && expiresAt.map { now < $0 } ?? true }
}
