/// One person's walk through the kiosk, from the welcome screen to done, aborted, timed out or failed.
///
/// At most one visit per locker is under way. What follows from a touch, a door or time is decided in
/// `Visit+StateMachine.swift`; nothing else changes `state`.
public struct Visit: Hashable, Sendable {
  public typealias ID = Identifier<Visit>

  public enum Purpose: String, Sendable, CaseIterable {
    case dropOff = "drop_off"
    case pickUp = "pick_up"
    /// H6: behind the discreet third choice, with a box PIN.
    case openBox = "open_box"
  }

  public enum State: String, Sendable, CaseIterable {
    case authenticating
    /// D11: one plate on several appointments of today.
    case choosing
    case contact
    case validating
    /// A command to open is under way.
    case opening
    case doorOpen = "door_open"
    /// Drop-off: is the key in? Pick-up: the key is still inside.
    case doorClosed = "door_closed"
    /// Aborted; the box is about to open so that the key can be taken back.
    case returnOpening = "return_opening"
    /// Aborted; the box is open.
    case returnOpen = "return_open"
    case done
    case aborted
    case timedOut = "timed_out"
    case failed

    public var isOver: Bool {
      switch self {
      case .done, .aborted, .timedOut, .failed: true
      case .authenticating, .choosing, .contact, .validating, .opening, .doorOpen, .doorClosed,
        .returnOpening, .returnOpen:
        false
      }
    }
  }

  /// What the screen says beside its step; also why a visit ended.
  public enum Notice: String, Sendable, CaseIterable {
    case keyNotDetected = "KEY_NOT_DETECTED"
    case keyStillInside = "KEY_STILL_INSIDE"
    case keyLeftInside = "KEY_LEFT_INSIDE"
    case doorJammed = "DOOR_JAMMED"
    case noFreeCompartment = "NO_FREE_COMPARTMENT"
    case lockerNotAnswering = "LOCKER_NOT_ANSWERING"
    case outcomeUnknown = "OUTCOME_UNKNOWN"
    case keyMayBeInside = "KEY_MAY_BE_INSIDE"
  }

  /// How long the last screen of a visit stays without a touch.
  public static let farewell: Duration = .seconds(10)

  public var id: ID
  public var locker: Locker.ID
  public var purpose: Purpose
  public var state: State
  public var notice: Notice?
  public var startedAt: Instant
  /// D8: the location's limits when the visit began.
  public var warningAfter: Duration
  public var endAfter: Duration
  /// The latest touch or movement of the door: what the idle time is counted from.
  public var lastTouch: Instant
  public var endedAt: Instant?
  /// Ended, and its last screen is still up.
  public var isFarewellShown: Bool
  /// D4: a PIN was given, so that personal details may be shown.
  public var isPinVerified: Bool
  public var pin: IssuedPin.ID?
  public var choices: [WorkOrder.ID]
  public var workOrder: WorkOrder.ID?
  public var key: Key.ID?
  public var compartment: Compartment.ID?
  /// The box was open once while the customer had a key to lay in.
  public var keyMayBeInside: Bool

  public init(
    id: ID = .unassigned, locker: Locker.ID, purpose: Purpose, state: State = .authenticating,
    notice: Notice? = nil, startedAt: Instant, warningAfter: Duration = Location.Limits().warning,
    endAfter: Duration = Location.Limits().end, lastTouch: Instant? = nil, endedAt: Instant? = nil,
    isFarewellShown: Bool = false, isPinVerified: Bool = false, pin: IssuedPin.ID? = nil,
    choices: [WorkOrder.ID] = [], workOrder: WorkOrder.ID? = nil, key: Key.ID? = nil,
    compartment: Compartment.ID? = nil, keyMayBeInside: Bool = false
  ) {
    self.id = id
    self.locker = locker
    self.purpose = purpose
    self.state = state
    self.notice = notice
    self.startedAt = startedAt
    self.warningAfter = warningAfter
    self.endAfter = endAfter
    self.lastTouch = lastTouch ?? startedAt
    self.endedAt = endedAt
    self.isFarewellShown = isFarewellShown
    self.isPinVerified = isPinVerified
    self.pin = pin
    self.choices = choices
    self.workOrder = workOrder
    self.key = key
    self.compartment = compartment
    self.keyMayBeInside = keyMayBeInside
  }
}
