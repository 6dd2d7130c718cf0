/// One line of a location's append-only log (S4): ids and facts, never names, addresses or texts.
public struct Event: Hashable, Sendable {
  /// What happened. New kinds are added at will; a kind is never renamed.
  public enum Kind: String, Sendable, CaseIterable {
    case workOrderCreated = "WORK_ORDER_CREATED"
    case workOrderUpdated = "WORK_ORDER_UPDATED"
    case workOrderCancelled = "WORK_ORDER_CANCELLED"
    case workOrderRestored = "WORK_ORDER_RESTORED"
    case workOrderPinned = "WORK_ORDER_PINNED"
    case workOrderUnpinned = "WORK_ORDER_UNPINNED"
    case pinIssued = "PIN_ISSUED"
    case pinRefused = "PIN_REFUSED"
    case visitStarted = "VISIT_STARTED"
    case visitIdentified = "VISIT_IDENTIFIED"
    case contactChanged = "CONTACT_CHANGED"
    case appointmentValidated = "APPOINTMENT_VALIDATED"
    case agreementAccepted = "AGREEMENT_ACCEPTED"
    case remarkAdded = "REMARK_ADDED"
    case visitEnded = "VISIT_ENDED"
    case carInShop = "CAR_IN_SHOP"
    case keyDropped = "KEY_DROPPED"
    case keyCollected = "KEY_COLLECTED"
    case keyPutBack = "KEY_PUT_BACK"
    case keyReturned = "KEY_RETURNED"
    case custodyUncertain = "CUSTODY_UNCERTAIN"
    case custodyCorrected = "CUSTODY_CORRECTED"
    case handoverRequested = "HANDOVER_REQUESTED"
    case handoverShown = "HANDOVER_SHOWN"
    case handoverRedeemed = "HANDOVER_REDEEMED"
    case handoverRefused = "HANDOVER_REFUSED"
    case handoverEnded = "HANDOVER_ENDED"
    case commandIssued = "COMMAND_ISSUED"
    case commandEnded = "COMMAND_ENDED"
    case doorForced = "DOOR_FORCED"
    case doorLeftOpen = "DOOR_LEFT_OPEN"
    case doorClosed = "DOOR_CLOSED"
    case doorOverridden = "DOOR_OVERRIDDEN"
    case boardFailed = "BOARD_FAILED"
    case compartmentQuarantined = "COMPARTMENT_QUARANTINED"
    case compartmentRestored = "COMPARTMENT_RESTORED"
    case boxOpened = "BOX_OPENED"
    case helpCalled = "HELP_CALLED"
    case helpHandled = "HELP_HANDLED"
    case helpIgnored = "HELP_IGNORED"
    case helpEnded = "HELP_ENDED"
    case dealerUpdated = "DEALER_UPDATED"
    case locationCreated = "LOCATION_CREATED"
    case locationUpdated = "LOCATION_UPDATED"
    case limitsUpdated = "LIMITS_UPDATED"
    case lockerCreated = "LOCKER_CREATED"
    case lockerUpdated = "LOCKER_UPDATED"
    case agreementCreated = "AGREEMENT_CREATED"
    case agreementPublished = "AGREEMENT_PUBLISHED"
    case agreementWithdrawn = "AGREEMENT_WITHDRAWN"
    case optionalServiceCreated = "OPTIONAL_SERVICE_CREATED"
    case optionalServiceUpdated = "OPTIONAL_SERVICE_UPDATED"
    case optionalServiceWithdrawn = "OPTIONAL_SERVICE_WITHDRAWN"
    case enrollmentCodeCreated = "ENROLLMENT_CODE_CREATED"
    case deviceEnrolled = "DEVICE_ENROLLED"
    case deviceUpdated = "DEVICE_UPDATED"
    case deviceRevoked = "DEVICE_REVOKED"
    case staffCreated = "STAFF_CREATED"
    case staffUpdated = "STAFF_UPDATED"
    case staffSignedIn = "STAFF_SIGNED_IN"
    case staffSignedOut = "STAFF_SIGNED_OUT"
    case signInRefused = "SIGN_IN_REFUSED"
    case apiKeyCreated = "API_KEY_CREATED"
    case apiKeyRevoked = "API_KEY_REVOKED"
    case epochStarted = "EPOCH_STARTED"
    case stockTakingNeeded = "STOCK_TAKING_NEEDED"
  }

  public var location: Location.ID
  /// Rises by one from 1 in a location; assigned when appended.
  public var number: Int64
  public var time: Instant
  public var kind: Kind
  public var workOrder: WorkOrder.ID?
  public var key: Key.ID?
  public var locker: Locker.ID?
  /// The box's number, 1 … 64.
  public var compartment: Int?
  public var visit: Visit.ID?
  public var handover: Handover.ID?
  public var commandSequence: Int64?
  public var staff: Staff.ID?
  public var device: Device.ID?
  /// UPPER_SNAKE; empty where the kind says it all.
  public var reason: String
  /// Over the event before it and all of the above; assigned when appended.
  public var hash: [UInt8]
  /// Salted digest of a text kept apart; assigned when appended, empty where there is none.
  public var commitment: [UInt8]

  public init(
    _ kind: Kind, at time: Instant, location: Location.ID, workOrder: WorkOrder.ID? = nil, key: Key.ID? = nil,
    locker: Locker.ID? = nil, compartment: Int? = nil, visit: Visit.ID? = nil, handover: Handover.ID? = nil,
    commandSequence: Int64? = nil, staff: Staff.ID? = nil, device: Device.ID? = nil, reason: String = "",
    number: Int64 = 0, hash: [UInt8] = [], commitment: [UInt8] = []
  ) {
    self.location = location
    self.number = number
    self.time = time
    self.kind = kind
    self.workOrder = workOrder
    self.key = key
    self.locker = locker
    self.compartment = compartment
    self.visit = visit
    self.handover = handover
    self.commandSequence = commandSequence
    self.staff = staff
    self.device = device
    self.reason = reason
    self.hash = hash
    self.commitment = commitment
  }
}
