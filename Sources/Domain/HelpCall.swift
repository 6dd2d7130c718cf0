/// Somebody at a kiosk wants help (E1, E2). One a kiosk at a time.
///
/// What follows from a touch, a word of the desk or time is decided in `HelpCall+StateMachine.swift`; nothing else
/// changes `state`.
public struct HelpCall: Hashable, Sendable {
  public typealias ID = Identifier<HelpCall>

  public enum State: String, Sendable, CaseIterable {
    /// The desk is told.
    case calling
    /// Somebody has said to come.
    case coming
    /// Nobody is there: the kiosk shows the emergency number.
    case outsideHours = "outside_hours"
    case over

    public var isOver: Bool {
      switch self {
      case .calling, .coming, .outsideHours: false
      case .over: true
      }
    }
  }

  /// What the lower screen showed.
  public enum Screen: Hashable, Sendable {
    case welcome
    case closeDoor
    case outOfService
    case visit(Visit.State)
  }

  /// How long a call that nobody takes up stands: who called has found another way by then.
  public static let lifetime: Duration = .seconds(15 * 60)
  /// How long the kiosk says that somebody comes. After it a customer can call again.
  public static let arrival: Duration = .seconds(5 * 60)
  /// How long the emergency number stays.
  public static let notice: Duration = .seconds(2 * 60)

  public var id: ID
  public var location: Location.ID
  public var locker: Locker.ID
  public var state: State
  public var screen: Screen
  /// The box that the screen was about.
  public var compartment: Int?
  public var calledAt: Instant
  /// `coming`, and afterwards: who.
  public var handledBy: Staff.ID?
  public var handledAt: Instant?
  public var endedAt: Instant?
  /// Rises with every change at the location: the cursor of the desks' watch.
  public var revision: Int64

  /// - Parameter isAttended: whether somebody is there to be told.
  public init(
    id: ID = .unassigned, location: Location.ID, locker: Locker.ID, isAttended: Bool, screen: Screen,
    compartment: Int? = nil, calledAt: Instant, revision: Int64 = 1
  ) {
    self.init(
      id: id, location: location, locker: locker, state: isAttended ? .calling : .outsideHours,
      screen: screen, compartment: compartment, calledAt: calledAt, handledBy: nil, handledAt: nil,
      endedAt: nil, revision: revision)
  }

  /// As it was stored.
  public init(
    id: ID, location: Location.ID, locker: Locker.ID, state: State, screen: Screen, compartment: Int?,
    calledAt: Instant, handledBy: Staff.ID?, handledAt: Instant?, endedAt: Instant?, revision: Int64
  ) {
    self.id = id
    self.location = location
    self.locker = locker
    self.state = state
    self.screen = screen
    self.compartment = compartment
    self.calledAt = calledAt
    self.handledBy = handledBy
    self.handledAt = handledAt
    self.endedAt = endedAt
    self.revision = revision
  }
}
