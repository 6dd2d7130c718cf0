import Domain
import Services

/// SplitMix64: the same values for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension SeededGenerator {
  mutating func flag() -> Bool { .random(using: &self) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255, using: &self) } }

  mutating func instant() -> Instant {
    Instant(milliseconds: .random(in: 0...4_000_000_000_000, using: &self))
  }

  mutating func duration() -> Duration { .milliseconds(Int.random(in: 1...600_000, using: &self)) }

  /// With quotes, line ends, control characters and signs of other scripts, as people and attackers write.
  mutating func text() -> String {
    let signs = ["a", "Z", "é", "'", "\"", ";", "\n", "漢", "👩‍🔧", "--", "%", "\u{1}", "ß", " "]
    return (0..<Int.random(in: 1...20, using: &self)).map { _ in signs.randomElement(using: &self)! }.joined()
  }

  mutating func optional<Value>(_ value: Value) -> Value? { flag() ? value : nil }

  mutating func zone() -> Zone {
    Zone(
      identifier: ["Europe/Amsterdam", "Europe/Berlin", "UTC", "America/New_York"].randomElement(
        using: &self)!)!
  }

  mutating func phone() -> Phone {
    Phone(stored: "+316" + String(Int.random(in: 10_000_000...99_999_999, using: &self)))!
  }

  mutating func localTime() -> LocalDateTime {
    LocalDateTime(
      date: LocalDate.first.adding(days: .random(in: 0...3_000_000, using: &self)),
      hour: .random(in: 0...23, using: &self), minute: .random(in: 0...59, using: &self))!
  }

  mutating func locker(at location: Location.ID, atLeast earlier: Locker? = nil) -> Locker {
    Locker(
      location: location, name: text(), isActive: flag(), asksPinToDrop: flag(), hasItemSensors: flag(),
      timing: LockTiming(
        pulse: .random(in: 200...600, using: &self), coolDown: .random(in: 500...60_000, using: &self),
        openWindow: .random(in: 601...10_000, using: &self),
        leftOpen: .random(in: 1000...3_600_000, using: &self),
        debounce: .random(in: 0...1000, using: &self)),
      revision: (earlier?.revision ?? 0) + .random(in: 1...1_000_000, using: &self),
      lastCommandSequence: (earlier?.lastCommandSequence ?? 0) + .random(in: 0...1_000_000, using: &self),
      controllerVersion: text())
  }

  mutating func compartment(of locker: Locker.ID) -> Compartment {
    Compartment(
      locker: locker, number: .random(in: 1...64, using: &self),
      quarantine: optional(Quarantine.allCases.randomElement(using: &self)!),
      door: Compartment.Door.allCases.randomElement(using: &self)!, isDoorOverridden: flag(),
      item: ItemState.allCases.randomElement(using: &self)!,
      openings: .random(in: 0...Int64.max, using: &self),
      mirror: bytes(.random(in: 0...80, using: &self)))
  }

  mutating func staff(of dealer: Dealer.ID) -> Staff {
    Staff(
      dealer: dealer, userName: "user" + String(next()), displayName: text(),
      role: Staff.Role.allCases.randomElement(using: &self)!, usesKeyLocker: flag(), isDisabled: flag(),
      passwordHash: text())
  }

  mutating func device(at world: Shared) -> Device {
    let kind = Device.Kind.allCases.randomElement(using: &self)!
    return Device(
      kind: kind, name: text(), location: world.location.id, locker: kind == .tablet ? nil : world.locker.id,
      publicKey: bytes(32), keyID: "k4.pid." + String(next()), enrolledAt: instant(),
      lastReport: .random(in: 0...1_000_000, using: &self))
  }

  mutating func code(at world: Shared) -> EnrollmentCode {
    let kind = Device.Kind.allCases.randomElement(using: &self)!
    return EnrollmentCode(
      digest: bytes(32), kind: kind, name: text(), location: world.location.id,
      locker: kind == .tablet ? nil : world.locker.id, expiresAt: instant())
  }

  mutating func workOrder(at location: Location.ID) -> WorkOrder {
    let status = WorkOrder.Status.allCases.randomElement(using: &self)!
    return WorkOrder(
      location: location, number: text() + String(next()), localTime: localTime(), status: status,
      cancelReason: status == .cancelled ? WorkOrder.CancelReason.allCases.randomElement(using: &self) : nil,
      plate: Plate(parsing: String(next(), radix: 36).suffix(8).uppercased())!, brand: text(), model: text(),
      additionalPhone: optional(phone()), isPinnedByHand: flag())
  }

  mutating func contact() -> Contact {
    Contact(
      role: ContactRole.allCases.randomElement(using: &self)!, name: text(), privateEmail: text(),
      businessEmail: text(), privateMobile: optional(phone()), businessMobile: optional(phone()),
      language: text(), isBlocked: flag())
  }

  mutating func visit(in world: Shared) -> Visit {
    let state = Visit.State.allCases.randomElement(using: &self)!
    return Visit(
      locker: world.locker.id, purpose: Visit.Purpose.allCases.randomElement(using: &self)!, state: state,
      notice: optional(Visit.Notice.allCases.randomElement(using: &self)!), startedAt: instant(),
      warningAfter: duration(), endAfter: duration(), lastTouch: instant(),
      endedAt: state.isOver ? instant() : nil, isFarewellShown: state.isOver && flag(), isPinVerified: flag(),
      choices: (0..<Int.random(in: 0...3, using: &self)).map { _ in
        WorkOrder.ID(rawValue: .random(in: 1...Int64.max, using: &self))
      },
      workOrder: optional(world.workOrder.id), keyMayBeInside: flag())
  }

  mutating func pin(in world: Shared) -> IssuedPin {
    let purpose = IssuedPin.Purpose.allCases.randomElement(using: &self)!
    return IssuedPin(
      location: world.location.id, digest: bytes(32), purpose: purpose,
      workOrder: purpose == .box ? nil : world.workOrder.id, key: purpose == .pickUp ? world.key.id : nil,
      compartment: purpose == .box ? world.boxes[0].id : nil, issuedAt: instant(), expiresAt: instant())
  }

  mutating func event(in world: Shared) -> Event {
    Event(
      Event.Kind.allCases.filter { !$0.movesCustody }.randomElement(using: &self)!, at: instant(),
      location: world.location.id, workOrder: optional(world.workOrder.id), key: optional(world.key.id),
      locker: optional(world.locker.id), compartment: optional(Int.random(in: 1...64, using: &self)),
      visit: optional(Visit.ID(rawValue: .random(in: 1...1000, using: &self))),
      handover: optional(Handover.ID(rawValue: .random(in: 1...1000, using: &self))),
      commandSequence: optional(.random(in: 1...Int64.max, using: &self)), staff: optional(world.staff.id),
      device: optional(world.tablet.id), reason: flag() ? "OUTCOME_2" : "")
  }

  mutating func answer(number: UInt64) -> StoredAnswer {
    let outcomes: [StoredAnswer.Outcome] = [
      .response(bytes(40)), .response([]), .secretGiven, .refusal(bytes(10)),
    ]
    return StoredAnswer(
      caller: text(), procedure: text(), requestID: "request \(number)", requestDigest: bytes(32),
      outcome: outcomes.randomElement(using: &self)!, answeredAt: instant())
  }
}

extension Event.Kind {
  /// A key is elsewhere afterwards.
  var movesCustody: Bool {
    switch self {
    case .keyDropped, .keyCollected, .keyPutBack, .keyReturned, .custodyUncertain, .custodyCorrected: true
    default: false
    }
  }
}

/// A copy with one field changed.
protocol Changeable {}
extension Changeable {
  func with<Value>(_ field: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
    var copy = self
    copy[keyPath: field] = value
    return copy
  }
}
extension Location: Changeable {}
extension Locker: Changeable {}
extension Compartment: Changeable {}
extension Staff: Changeable {}
extension WorkOrder: Changeable {}
extension Key: Changeable {}
extension Visit: Changeable {}
extension Handover: Changeable {}
extension Command: Changeable {}
extension IssuedPin: Changeable {}
extension Event: Changeable {}
extension Agreement: Changeable {}
extension OptionalService: Changeable {}
extension HelpCall: Changeable {}
