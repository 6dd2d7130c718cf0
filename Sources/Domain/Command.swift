/// An order to open one compartment, once: one cause, one person, one outcome (L2, S6).
public struct Command: Hashable, Sendable {
  public typealias ID = Identifier<Command>

  public enum Cause: Hashable, Sendable {
    case visit(Visit.ID)
    case handover(Handover.ID)
  }

  /// Who answers for it.
  public enum Person: Hashable, Sendable {
    case customer
    /// The one in front of the door; with a box PIN, the one who gave it (H6).
    case staff(Staff.ID)
    /// Who runs the server gave the box PIN.
    case `operator`
  }

  /// How far the controller has reported. Only ever goes forward.
  public enum Progress: Int, Comparable, Sendable, CaseIterable {
    case issued = 0
    case accepted
    case fired
    case opened

    public static func < (left: Progress, right: Progress) -> Bool { left.rawValue < right.rawValue }
  }

  /// No pulse starts later than this after the decision.
  public static let lifetime: Duration = .seconds(30)

  public var id: ID
  public var locker: Locker.ID
  public var sequence: Int64
  public var compartment: Compartment.ID
  public var cause: Cause
  public var person: Person
  public var issuedAt: Instant
  public var expiresAt: Instant
  public var progress: Progress
  /// `nil` while pending.
  public var outcome: CommandOutcome?
  public var refusal: CommandRefusal?
  public var endedAt: Instant?
  /// When silence becomes an outcome (L3); `nil` while the door is known open, and once ended.
  public var judgeAt: Instant?

  public init(
    id: ID = .unassigned, locker: Locker.ID, sequence: Int64, compartment: Compartment.ID, cause: Cause,
    person: Person, issuedAt: Instant, expiresAt: Instant, progress: Progress = .issued,
    outcome: CommandOutcome? = nil, refusal: CommandRefusal? = nil, endedAt: Instant? = nil,
    judgeAt: Instant? = nil
  ) {
    self.id = id
    self.locker = locker
    self.sequence = sequence
    self.compartment = compartment
    self.cause = cause
    self.person = person
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.progress = progress
    self.outcome = outcome
    self.refusal = refusal
    self.endedAt = endedAt
    self.judgeAt = judgeAt
  }
}
