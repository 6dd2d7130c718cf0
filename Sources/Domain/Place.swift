/// An organisation with one or more workshops.
public struct Dealer: Hashable, Sendable {
  public typealias ID = Identifier<Dealer>

  public var id: ID
  public var name: String

  public init(id: ID = .unassigned, name: String) {
    self.id = id
    self.name = name
  }
}

/// One workshop of a dealer, with its settings.
public struct Location: Hashable, Sendable {
  public typealias ID = Identifier<Location>

  /// How many a dealer may have.
  public static let maximumPerDealer = 500

  public var id: ID
  public var dealer: Dealer.ID
  public var name: String
  /// IANA, e.g. `Europe/Amsterdam`.
  public var zone: Zone
  /// ISO 3166-1 alpha-2, upper-case: how phones and plates are read and shown.
  public var country: String
  /// `en`, `nl`, `fr`, `de`; the first is the default.
  public var languages: [String]
  /// ISO 4217, upper-case: what prices are in.
  public var currency: String
  public var limits: Limits
  /// C1.
  public var checkIn: CheckInSettings
  /// E1: what a kiosk shows outside opening hours.
  public var emergencyPhone: Phone?

  /// How long people are given here, whole milliseconds.
  public struct Limits: Hashable, Sendable {
    public static let qrLifetimes: ClosedRange<Duration> = .seconds(1) ... .seconds(60 * 10)
    public static let idleTimes: ClosedRange<Duration> = .seconds(5) ... .seconds(60 * 10)

    /// H2: from the QR being shown.
    public var qr: Duration
    /// D8: without a touch, until the warning.
    public var warning: Duration
    /// D8: without a touch, until the visit ends.
    public var end: Duration

    public init(qr: Duration = .seconds(60), warning: Duration = .seconds(40), end: Duration = .seconds(60)) {
      self.qr = qr
      self.warning = warning
      self.end = end
    }
  }

  public init(
    id: ID = .unassigned, dealer: Dealer.ID, name: String, zone: Zone, country: String, languages: [String],
    currency: String = "EUR", limits: Limits = Limits(), checkIn: CheckInSettings = CheckInSettings(),
    emergencyPhone: Phone? = nil
  ) {
    self.id = id
    self.dealer = dealer
    self.name = name
    self.zone = zone
    self.country = country
    self.languages = languages
    self.currency = currency
    self.limits = limits
    self.checkIn = checkIn
    self.emergencyPhone = emergencyPhone
  }
}

/// C1: when invitations to check in are sent.
public struct CheckInSettings: Hashable, Sendable {
  public static let possibleDaysAhead = 1...30

  /// Before the appointment's local date.
  public var daysAhead: Int
  /// Minutes since local midnight; `sendFrom` is before `sendUntil`, on one day.
  public var sendFrom: Int
  public var sendUntil: Int

  public init(daysAhead: Int = 3, sendFrom: Int = 19 * 60, sendUntil: Int = 21 * 60) {
    self.daysAhead = daysAhead
    self.sendFrom = sendFrom
    self.sendUntil = sendUntil
  }
}

/// A cabinet of compartments with two screens and a lock controller.
public struct Locker: Hashable, Sendable {
  public typealias ID = Identifier<Locker>

  public static let compartmentCounts = 1...64
  /// How many a location may have: a desk is told of all of them at once.
  public static let maximumPerLocation = 200

  public var id: ID
  public var location: Location.ID
  public var name: String
  public var isActive: Bool
  /// D2: a PIN is asked to drop off a key ("2FA to drop").
  public var asksPinToDrop: Bool
  public var hasItemSensors: Bool
  public var timing: LockTiming
  /// Rises with every change of what the screens show: the cursor of the kiosk watch.
  public var revision: Int64
  /// Sequence of the newest command; rises without end.
  public var lastCommandSequence: Int64
  /// As the controller reported it last; empty before.
  public var controllerVersion: String

  public init(
    id: ID = .unassigned, location: Location.ID, name: String, isActive: Bool = true, asksPinToDrop: Bool,
    hasItemSensors: Bool, timing: LockTiming, revision: Int64 = 1, lastCommandSequence: Int64 = 0,
    controllerVersion: String = ""
  ) {
    self.id = id
    self.location = location
    self.name = name
    self.isActive = isActive
    self.asksPinToDrop = asksPinToDrop
    self.hasItemSensors = hasItemSensors
    self.timing = timing
    self.revision = revision
    self.lastCommandSequence = lastCommandSequence
    self.controllerVersion = controllerVersion
  }
}
