/// A PIN that somebody was given: what is kept of it is its digest, never the digits (S1).
public struct IssuedPin: Hashable, Sendable {
  public typealias ID = Identifier<IssuedPin>

  public enum Purpose: String, Sendable, CaseIterable {
    case dropOff = "drop_off"
    case pickUp = "pick_up"
    /// H6: opens one box, whatever is in it.
    case box
  }

  public enum State: String, Sendable, CaseIterable {
    case live
    /// A visit has it; used up when custody moves, live again when the visit ends otherwise.
    case claimed
    case used
    /// A newer one took its place: entering it is not a guess (S2).
    case superseded
    case expired
    /// Its work order was cancelled, or a person ended it.
    case revoked
  }

  public static let pickUpLifetime: Duration = .seconds(7 * 24 * 60 * 60)
  public static let boxLifetime: Duration = .seconds(15 * 60)

  public var id: ID
  public var location: Location.ID
  /// Keyed BLAKE2b of location and digits; unique among the location's live and claimed PINs.
  public var digest: [UInt8]
  public var purpose: Purpose
  public var state: State
  /// `nil` for a box PIN.
  public var workOrder: WorkOrder.ID?
  /// Pick-up: the key to give back.
  public var key: Key.ID?
  /// Box PIN: the box.
  public var compartment: Compartment.ID?
  /// Who gave it; `nil` for the server itself, an integration and the operator.
  public var issuedBy: Staff.ID?
  public var issuedAt: Instant
  public var expiresAt: Instant

  public init(
    id: ID = .unassigned, location: Location.ID, digest: [UInt8], purpose: Purpose, state: State = .live,
    workOrder: WorkOrder.ID? = nil, key: Key.ID? = nil, compartment: Compartment.ID? = nil,
    issuedBy: Staff.ID? = nil, issuedAt: Instant, expiresAt: Instant
  ) {
    self.id = id
    self.location = location
    self.digest = digest
    self.purpose = purpose
    self.state = state
    self.workOrder = workOrder
    self.key = key
    self.compartment = compartment
    self.issuedBy = issuedBy
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }
}
