/// A staff member's sign-in of its own, in a browser or a program: not bound to a tablet. At rest only the keyed
/// digest of its token. It ends when it was not used for a while, at its latest moment, or by hand; then it is gone.
public struct Session: Hashable, Sendable {
  public typealias ID = Identifier<Session>

  /// How long it lasts without being used. An open stream uses it.
  public static let idleLifetime: Duration = .seconds(2 * 60 * 60)
  /// How long it lasts at most: a long day.
  public static let lifetime: Duration = .seconds(14 * 60 * 60)
  /// Using it is written down this often: what is written says when it was used, give or take this.
  public static let usePrecision: Duration = .seconds(60)
  /// How many a staff member may have at once; a further one ends the one that was not used for longest.
  public static let maximumPerStaff = 20

  public var id: ID
  public var staff: Staff.ID
  public var digest: [UInt8]
  /// Its token lives in a browser's cookie, which programs cannot read, and nowhere else.
  public var isCookie: Bool
  public var openedAt: Instant
  public var usedAt: Instant
  /// Whatever it is used.
  public var expiresAt: Instant

  public init(
    id: ID = .unassigned, staff: Staff.ID, digest: [UInt8], isCookie: Bool, openedAt: Instant
  ) {
    self.init(
      id: id, staff: staff, digest: digest, isCookie: isCookie, openedAt: openedAt, usedAt: openedAt,
      expiresAt: openedAt + Self.lifetime)
  }

  public init(
    id: ID, staff: Staff.ID, digest: [UInt8], isCookie: Bool, openedAt: Instant, usedAt: Instant,
    expiresAt: Instant
  ) {
    self.id = id
    self.staff = staff
    self.digest = digest
    self.isCookie = isCookie
    self.openedAt = openedAt
    self.usedAt = usedAt
    self.expiresAt = expiresAt
  }

  /// When it ends if it is not used any more.
  public var endsAt: Instant { min(expiresAt, usedAt + Self.idleLifetime) }

  /// Whether its token still proves anything. A use that lies ahead was written by a clock that ran wrong.
  public func isLive(at now: Instant) -> Bool { now < endsAt }

  /// Whether a use at `now` is to be written down.
  public func isDueToBeMarked(at now: Instant) -> Bool { now - usedAt >= Self.usePrecision }
}
