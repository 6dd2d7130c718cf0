public import Domain

/// Where decisions are kept. `Storage` implements it over SQLite.
public protocol Store: Sendable {
  /// Runs one decision: all of it is stored, or, when `body` throws, nothing.
  ///
  /// Returns after the decision is on disk (S5). Decisions run one after another, in the order of their
  /// calls; several may share one commit. `body` must not block, and may run on any thread.
  func decide<Value: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Value
  ) async throws -> Value

  /// Reads one consistent state, of all that has been acknowledged; never waits for a decision.
  func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value

  /// The same on the caller's thread, which it blocks: for rounds of watches, never for an event loop.
  func readNow<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value
}

/// What can change under a watch. Sent after commit, so whoever reads on hearing it sees the change.
public enum Topic: Hashable, Sendable {
  case kiosk(Locker.ID)
  case commands(Locker.ID)
  case handover(Handover.ID)
  case events(Location.ID)
  case help(Location.ID)
  /// A device, staff member or API key has lost its rights: connections have to be looked at again.
  case rights
}

/// A mutation that has been answered, kept for 24 hours so that a repeat gets the same answer.
public struct StoredAnswer: Hashable, Sendable {
  public static let lifetime: Duration = .seconds(24 * 60 * 60)

  /// Who called: the same request id of two callers means two requests.
  public var caller: String
  public var procedure: String
  public var requestID: String
  /// Digest of the request's bytes: another payload under the same id is refused.
  public var requestDigest: [UInt8]
  public var outcome: Outcome
  public var answeredAt: Instant

  public enum Outcome: Hashable, Sendable {
    /// The response's bytes, without secrets.
    case response([UInt8])
    /// The response was a secret and nothing else: only that it was done is known.
    case secretGiven
    /// The `google.rpc.Status` that refused.
    case refusal([UInt8])
  }

  public init(
    caller: String, procedure: String, requestID: String, requestDigest: [UInt8], outcome: Outcome,
    answeredAt: Instant
  ) {
    self.caller = caller
    self.procedure = procedure
    self.requestID = requestID
    self.requestDigest = requestDigest
    self.outcome = outcome
    self.answeredAt = answeredAt
  }
}

/// A message that waits for delivery. Its body is sealed: it may hold a PIN (S1).
public struct OutboxMessage: Hashable, Sendable {
  public var id: Int64
  public var location: Location.ID
  public var workOrder: WorkOrder.ID
  /// UPPER_SNAKE, e.g. `PICK_UP_PIN`.
  public var kind: String
  public var sealedBody: [UInt8]
  public var createdAt: Instant
  public var expiresAt: Instant

  public init(
    id: Int64 = 0, location: Location.ID, workOrder: WorkOrder.ID, kind: String, sealedBody: [UInt8],
    createdAt: Instant, expiresAt: Instant
  ) {
    self.id = id
    self.location = location
    self.workOrder = workOrder
    self.kind = kind
    self.sealedBody = sealedBody
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// Whose wrong guesses are counted (S2).
public enum GuessScope: Hashable, Sendable {
  /// PINs, by kiosk.
  case kiosk(Locker.ID)
  /// Registrations and mobile numbers, by kiosk: a right one must not wipe wrong PINs out.
  case number(Locker.ID)
  case location(Location.ID)
  /// Enrolment codes, API keys and assertions, by remote address.
  case address(String)
  /// Passwords, by tablet.
  case tablet(Device.ID)
  /// Passwords without a tablet: at a name, in one of so many places, whether there is such a one or not; and of whoever
  /// changes their own, by id.
  case account(String)
  /// Enrolment codes, whoever guesses.
  case enrollment
}

/// The newest event of a location, as far as it has been signed.
public struct SignedHead: Hashable, Sendable {
  public var location: Location.ID
  public var number: Int64
  public var hash: [UInt8]
  /// PASETO v4.public.
  public var token: String
  public var signedAt: Instant

  public init(location: Location.ID, number: Int64, hash: [UInt8], token: String, signedAt: Instant) {
    self.location = location
    self.number = number
    self.hash = hash
    self.token = token
    self.signedAt = signedAt
  }
}
