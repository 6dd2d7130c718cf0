public import Domain

/// Reads. A lookup answers `nil` or an empty list for what is not there; it throws only when the database
/// itself fails. Lists are in the order of their ids unless a line says otherwise; those with `after` and `limit`
/// are pages of such a list.
public protocol Snapshot: AnyObject {
  // Places
  func dealer(_ id: Dealer.ID) throws -> Dealer?
  func dealer(named name: String) throws -> Dealer?
  func dealers(after id: Dealer.ID, limit: Int) throws -> [Dealer]
  func location(_ id: Location.ID) throws -> Location?
  /// All of a dealer, or of all dealers.
  func locations(of dealer: Dealer.ID?) throws -> [Location]
  /// Of all dealers.
  func locations(after id: Location.ID, limit: Int) throws -> [Location]
  /// A location has none until it is told; see `OpeningHours`.
  func openingHours(of location: Location.ID) throws -> OpeningHours
  func locker(_ id: Locker.ID) throws -> Locker?
  func lockers(at location: Location.ID) throws -> [Locker]
  func lockers(at location: Location.ID, after id: Locker.ID, limit: Int) throws -> [Locker]
  func compartment(_ id: Compartment.ID) throws -> Compartment?
  func compartment(_ number: Int, of locker: Locker.ID) throws -> Compartment?
  func compartments(of locker: Locker.ID) throws -> [Compartment]
  func agreement(_ id: Agreement.ID) throws -> Agreement?
  /// C7: the newest version of each that is shown there.
  func agreements(at location: Location.ID, shownIn module: Agreement.Module) throws -> [Agreement]
  func agreements(
    at location: Location.ID, includingEnded: Bool, after id: Agreement.ID, limit: Int
  ) throws -> [Agreement]
  func optionalService(_ id: OptionalService.ID) throws -> OptionalService?
  func optionalServices(
    at location: Location.ID, includingWithdrawn: Bool, after id: OptionalService.ID, limit: Int
  ) throws -> [OptionalService]

  // Appointments
  func workOrder(_ id: WorkOrder.ID) throws -> WorkOrder?
  func workOrder(_ number: String, at location: Location.ID) throws -> WorkOrder?
  /// Not cancelled, on that local date.
  func workOrders(at location: Location.ID, on date: LocalDate, plate: Plate) throws -> [WorkOrder]
  /// Not cancelled, on that local date, whose driver has this private or business mobile.
  func workOrders(at location: Location.ID, on date: LocalDate, driverMobile: Phone) throws -> [WorkOrder]
  /// W1: by local time, then number; both dates included; what stands after a position, whatever its rank.
  func workOrders(
    at location: Location.ID, from: LocalDate, through: LocalDate, after: ListPosition?, limit: Int
  ) throws -> [WorkOrder]
  /// W1, C10: pinned by hand, or with a key in a locker, on whatever date.
  func workOrdersOnTop(at location: Location.ID) throws -> [WorkOrder]
  func contacts(of workOrder: WorkOrder.ID) throws -> [Contact]
  func interventions(of workOrder: WorkOrder.ID) throws -> [PlannedIntervention]
  /// Texts that customers left, oldest first.
  func remarks(on workOrder: WorkOrder.ID) throws -> [String]
  /// What customers ticked, oldest first.
  func acceptances(of workOrder: WorkOrder.ID) throws -> [(agreement: Agreement, at: Instant)]

  // Keys
  func key(_ id: Key.ID) throws -> Key?
  func keys(of workOrder: WorkOrder.ID) throws -> [Key]
  func key(in compartment: Compartment.ID) throws -> Key?
  /// The compartments of a locker that hold a key, with it.
  func occupied(in locker: Locker.ID) throws -> [Compartment.ID: Key.ID]
  /// Keys that are anywhere but with their customer.
  func keysInCustody(at location: Location.ID) throws -> [Key]
  func keysInCustody(at location: Location.ID, after id: Key.ID, limit: Int) throws -> [Key]

  // Under way
  func visit(_ id: Visit.ID) throws -> Visit?
  /// The visit under way at a locker; at most one (S6).
  func activeVisit(at locker: Locker.ID) throws -> Visit?
  /// The visit, at any locker of the location, that is about this key.
  func activeVisit(of key: Key.ID, at location: Location.ID) throws -> Visit?
  /// The newest visit, under way or over.
  func latestVisit(at locker: Locker.ID) throws -> Visit?
  func handover(_ id: Handover.ID) throws -> Handover?
  /// Shown, opening or open; at most one (S6).
  func activeHandover(at locker: Locker.ID) throws -> Handover?
  /// The one that waits longest.
  func nextQueuedHandover(at locker: Locker.ID) throws -> Handover?
  /// Queued, shown, opening or open for this key; at most one.
  func activeHandover(of key: Key.ID) throws -> Handover?
  /// Without an outcome; at most one (S6).
  func pendingCommand(at locker: Locker.ID) throws -> Command?
  func command(_ sequence: Int64, at locker: Locker.ID) throws -> Command?
  /// The newest command of a compartment.
  func latestCommand(of compartment: Compartment.ID) throws -> Command?
  /// Without an outcome and newer than `sequence`, oldest first.
  func pendingCommands(at locker: Locker.ID, after sequence: Int64) throws -> [Command]
  /// Those whose `wakeUp` is at or before `now`.
  func dueVisits(at now: Instant) throws -> [Visit]
  func dueHandovers(at now: Instant) throws -> [Handover]
  func dueCommands(at now: Instant) throws -> [Command]
  func dueHelpCalls(at now: Instant) throws -> [HelpCall]
  /// The earliest `wakeUp` of all visits, handovers, commands and calls for help.
  func nextWakeUp() throws -> Instant?

  // Help
  func helpCall(_ id: HelpCall.ID) throws -> HelpCall?
  /// The one that is not over; at most one.
  func openHelpCall(at locker: Locker.ID) throws -> HelpCall?
  /// Those that nobody handles and this staff member has not ignored.
  func helpCalls(at location: Location.ID, for staff: Staff.ID) throws -> [HelpCall]
  /// The highest of all calls there; 0 where there was none.
  func helpRevision(at location: Location.ID) throws -> Int64

  // Who may call
  func device(_ id: Device.ID) throws -> Device?
  /// By the PASERK id of its public key, revoked ones too.
  func device(keyID: String) throws -> Device?
  func devices(at location: Location.ID) throws -> [Device]
  func devices(at location: Location.ID, after id: Device.ID, limit: Int) throws -> [Device]
  /// How many are not revoked.
  func unrevokedDevices(at location: Location.ID) throws -> Int
  func enrollmentCode(digest: [UInt8]) throws -> EnrollmentCode?
  /// How many may still enrol a device.
  func openEnrollmentCodes(at location: Location.ID, now: Instant) throws -> Int
  func staff(_ id: Staff.ID) throws -> Staff?
  func staff(named userName: String, of dealer: Dealer.ID) throws -> Staff?
  func staff(of dealer: Dealer.ID) throws -> [Staff]
  /// How many are not disabled.
  func enabledStaff(of dealer: Dealer.ID) throws -> Int
  func staff(of dealer: Dealer.ID, after id: Staff.ID, limit: Int) throws -> [Staff]
  func session(_ id: Session.ID) throws -> Session?
  func session(digest: [UInt8]) throws -> Session?
  /// By id, those too whose time is over and that are not purged yet.
  func sessions(of staff: Staff.ID) throws -> [Session]
  func apiKey(_ id: APIKey.ID) throws -> APIKey?
  func apiKey(digest: [UInt8]) throws -> APIKey?
  /// By id, revoked ones too.
  func apiKeys(of dealer: Dealer.ID, after id: APIKey.ID, limit: Int) throws -> [APIKey]
  /// How many are not revoked.
  func unrevokedAPIKeys(of dealer: Dealer.ID) throws -> Int

  // PINs
  func pin(_ id: IssuedPin.ID) throws -> IssuedPin?
  /// All with this digest at the location, newest first, whatever their state.
  func pins(digest: [UInt8], at location: Location.ID) throws -> [IssuedPin]
  /// Live or claimed, for a work order and purpose.
  func openPins(for workOrder: WorkOrder.ID, purpose: IssuedPin.Purpose) throws -> [IssuedPin]
  /// Live or claimed, whose time is over at `now`; at most `limit`.
  func overduePins(at now: Instant, limit: Int) throws -> [IssuedPin]
  func guessing(_ scope: GuessScope) throws -> Guessing

  // What happened
  func answer(to requestID: String, of procedure: String, from caller: String) throws -> StoredAnswer?
  /// By number, after `number`, at most `limit`.
  func events(at location: Location.ID, after number: Int64, limit: Int) throws -> [Event]
  /// Of one work order, oldest first, with the text that each commits to, where it is still kept.
  func timeline(of workOrder: WorkOrder.ID) throws -> [(event: Event, text: String?)]
  /// The newest event's number and hash; (0, empty) where there is none.
  func head(of location: Location.ID) throws -> (number: Int64, hash: [UInt8])
  /// The newest that was signed.
  func signedHead(of location: Location.ID) throws -> SignedHead?
  func outbox(at location: Location.ID) throws -> [OutboxMessage]
  /// When the message that waits longest was written, at any location.
  func oldestMessage() throws -> Instant?
  /// The epoch that goes on now; `nil` in the first.
  func latestEpoch() throws -> Epoch?
}

/// Reads and writes of one decision. `insert` returns the value with its id; `update` of a row that is not
/// there is a programmer's fault. A write that would break an invariant of the schema throws.
public protocol Transaction: Snapshot {
  func insert(_ dealer: Dealer) throws -> Dealer
  func update(_ dealer: Dealer) throws
  func insert(_ location: Location) throws -> Location
  func update(_ location: Location) throws
  func replaceOpeningHours(of location: Location.ID, with hours: OpeningHours) throws
  func insert(_ locker: Locker) throws -> Locker
  func update(_ locker: Locker) throws
  /// Adds one to the locker's revision, and changes nothing else.
  func raiseRevision(of locker: Locker.ID) throws
  func insert(_ compartment: Compartment) throws -> Compartment
  func update(_ compartment: Compartment) throws
  func insert(_ agreement: Agreement) throws -> Agreement
  /// C7: it is shown no longer; nothing else of an agreement ever changes.
  func end(_ agreement: Agreement.ID, at now: Instant) throws
  func insert(_ service: OptionalService) throws -> OptionalService
  func update(_ service: OptionalService) throws

  func insert(_ workOrder: WorkOrder) throws -> WorkOrder
  func update(_ workOrder: WorkOrder) throws
  func replaceContacts(of workOrder: WorkOrder.ID, with contacts: [Contact]) throws
  /// Keeps ids of interventions that stay the same by name; others go or come.
  func replaceInterventions(of workOrder: WorkOrder.ID, with interventions: [Intervention]) throws
  func update(_ intervention: PlannedIntervention) throws
  /// D6: which text was accepted stays for ever.
  func accept(_ agreement: Agreement.ID, for workOrder: WorkOrder.ID, visit: Visit.ID, at now: Instant) throws

  func insert(_ key: Key) throws -> Key
  func update(_ key: Key) throws

  func insert(_ visit: Visit) throws -> Visit
  func update(_ visit: Visit) throws
  func insert(_ handover: Handover) throws -> Handover
  func update(_ handover: Handover) throws
  func insert(_ command: Command) throws -> Command
  func update(_ command: Command) throws

  func insert(_ call: HelpCall) throws -> HelpCall
  func update(_ call: HelpCall) throws
  /// E2: closes the call for one staff member. Ignoring it again changes nothing.
  func ignore(_ call: HelpCall.ID, by staff: Staff.ID) throws

  func insert(_ device: Device) throws -> Device
  func update(_ device: Device) throws
  func insert(_ code: EnrollmentCode) throws -> EnrollmentCode
  func update(_ code: EnrollmentCode) throws
  func insert(_ staff: Staff) throws -> Staff
  func update(_ staff: Staff) throws
  func insert(_ session: Session) throws -> Session
  /// Changes when it was used, and nothing else.
  func update(_ session: Session) throws
  func delete(_ session: Session.ID) throws
  func insert(_ apiKey: APIKey) throws -> APIKey
  /// Changes name, use and revocation, and nothing else.
  func update(_ apiKey: APIKey) throws

  func insert(_ pin: IssuedPin) throws -> IssuedPin
  func update(_ pin: IssuedPin) throws
  func save(_ guessing: Guessing, for scope: GuessScope) throws

  /// Takes the place of an earlier one with the same caller, procedure and request id.
  func insert(_ answer: StoredAnswer) throws
  /// Removes answers older than their lifetime, outbox rows that have expired, and sessions that were not used for
  /// theirs; at most `limit` of each. Returns the largest of the three counts: `limit` when more may be left.
  func purge(at now: Instant, limit: Int) throws -> Int
  func insert(_ message: OutboxMessage) throws -> OutboxMessage

  /// Appends to the location's chain and returns the event with number, hash and commitment.
  ///
  /// - Parameters:
  ///   - text: kept in an erasable row of its own; the event holds a salted commitment to it.
  ///   - salt: 16 random bytes, with `text`.
  func append(_ event: Event, text: String?, salt: [UInt8]) throws -> Event
  func insert(_ head: SignedHead) throws
  /// Writes an epoch down, and lets new ids jump to the milliseconds since 1970: no row bears the id of one that was
  /// made after the backup, and that somebody outside may remember.
  func begin(_ epoch: Epoch) throws
  /// What no epoch hands on to the next (S8): all answers and messages go, and enrolment codes that nobody has used
  /// are over at `now`.
  func forgetEpoch(at now: Instant) throws

  /// Says that a topic has changed; sent after commit, once each.
  func touch(_ topic: Topic)
}
