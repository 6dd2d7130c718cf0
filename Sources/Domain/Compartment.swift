/// One box of a locker: lock, door sensor, perhaps an item sensor.
public struct Compartment: Hashable, Sendable {
  public typealias ID = Identifier<Compartment>

  public enum Door: String, Sendable, CaseIterable {
    /// Not read since the locker was made, or since its board failed.
    case unread
    case closed
    case open
  }

  /// Who has the compartment for the moment. A compartment with a key is occupied through custody, not through this.
  public enum Reservation: Hashable, Sendable {
    case visit(Visit.ID)
    case handover(Handover.ID)
  }

  public var id: ID
  public var locker: Locker.ID
  /// 1 … the locker's count, as printed on the door.
  public var number: Int
  /// Why it is out of service; `nil` in service.
  public var quarantine: Quarantine?
  public var reservation: Reservation?
  public var door: Door
  /// D8: a person said that an open or unread door shall not hold up visits; cleared when the door closes.
  public var isDoorOverridden: Bool
  public var item: ItemState
  /// How often its door was opened by command: what wear is spread by.
  public var openings: Int64
  /// The lock machine that mirrors the controller's (L3), as `Lock.saved`; empty before the first command.
  public var mirror: [UInt8]

  public init(
    id: ID = .unassigned, locker: Locker.ID, number: Int, quarantine: Quarantine? = nil,
    reservation: Reservation? = nil, door: Door = .unread, isDoorOverridden: Bool = false,
    item: ItemState = .unknown, openings: Int64 = 0, mirror: [UInt8] = []
  ) {
    self.id = id
    self.locker = locker
    self.number = number
    self.quarantine = quarantine
    self.reservation = reservation
    self.door = door
    self.isDoorOverridden = isDoorOverridden
    self.item = item
    self.openings = openings
    self.mirror = mirror
  }

  /// D8: an open door holds up the locker until it is closed or a person overrides.
  public var blocksLocker: Bool { door == .open && !isDoorOverridden }
}

/// Why a compartment is out of service until a person puts it back.
public enum Quarantine: String, Hashable, Sendable, CaseIterable {
  /// Fired, never opened.
  case jammed
  /// A command ended unknown.
  case outcomeUnknown = "outcome_unknown"
  /// A visit ended with a key perhaps inside (D8).
  case keyMayBeInside = "key_may_be_inside"
  /// Taken out of service by the desk.
  case byHand = "by_hand"
}

extension Compartment {
  /// Whether it can be given out: in service, empty, not reserved, its door known to be closed.
  public func isFree(occupied: Bool) -> Bool {
    quarantine == nil && reservation == nil && door == .closed && item != .present && !occupied
  }

  /// The compartment to give out next: in service, empty, not reserved, its door known to be closed, and the one
  /// with the fewest openings, so that wear is spread; ties go to the lowest number.
  ///
  /// - Parameter occupied: the compartments that hold a key.
  public static func choose(from all: [Compartment], occupied: Set<Compartment.ID>) -> Compartment? {
    all
      .filter { $0.isFree(occupied: occupied.contains($0.id)) }
      .min { ($0.openings, $0.number) < ($1.openings, $1.number) }
  }
}
