/// A staff member's one-time right, by QR, to open one compartment (H1–H5).
///
/// At most one per locker is shown or under way; the others wait their turn (H4).
public struct Handover: Hashable, Sendable {
  public typealias ID = Identifier<Handover>

  public enum Direction: String, Sendable, CaseIterable {
    case takeOut = "take_out"
    case putBack = "put_back"
  }

  public enum State: String, Sendable, CaseIterable {
    case queued
    /// The QR is on the locker's upper screen.
    case shown
    /// Redeemed; a command to open is under way.
    case opening
    case open
    case completed
    case keyNotMoved = "key_not_moved"
    case expired
    case cancelled
    case jammed
    case failed
    case unknown

    public var isOver: Bool {
      switch self {
      case .queued, .shown, .opening, .open: false
      case .completed, .keyNotMoved, .expired, .cancelled, .jammed, .failed, .unknown: true
      }
    }

    /// It has been redeemed, whatever came of it.
    public var isRedeemed: Bool {
      switch self {
      case .queued, .shown, .expired, .cancelled: false
      case .opening, .open, .completed, .keyNotMoved, .jammed, .failed, .unknown: true
      }
    }
  }

  /// How long it waits its turn.
  public static let queueLifetime: Duration = .seconds(10 * 60)

  public var id: ID
  public var location: Location.ID
  public var workOrder: WorkOrder.ID
  public var key: Key.ID
  public var locker: Locker.ID
  public var compartment: Compartment.ID
  public var direction: Direction
  public var state: State
  public var tablet: Device.ID
  public var staff: Staff.ID
  public var requestedAt: Instant
  public var shownAt: Instant?
  public var expiresAt: Instant?
  public var endedAt: Instant?
  /// Rises with every change: the cursor of the watch.
  public var revision: Int64

  public init(
    id: ID = .unassigned, location: Location.ID, workOrder: WorkOrder.ID, key: Key.ID, locker: Locker.ID,
    compartment: Compartment.ID, direction: Direction, state: State = .queued, tablet: Device.ID,
    staff: Staff.ID, requestedAt: Instant, shownAt: Instant? = nil, expiresAt: Instant? = nil,
    endedAt: Instant? = nil, revision: Int64 = 1
  ) {
    self.id = id
    self.location = location
    self.workOrder = workOrder
    self.key = key
    self.locker = locker
    self.compartment = compartment
    self.direction = direction
    self.state = state
    self.tablet = tablet
    self.staff = staff
    self.requestedAt = requestedAt
    self.shownAt = shownAt
    self.expiresAt = expiresAt
    self.endedAt = endedAt
    self.revision = revision
  }
}
