/// The thing in custody.
public struct Key: Hashable, Sendable {
  public typealias ID = Identifier<Key>

  public var id: ID
  public var location: Location.ID
  /// `nil` for a loan car or a spare.
  public var workOrder: WorkOrder.ID?
  public var label: String
  public var custody: Custody

  public init(
    id: ID = .unassigned, location: Location.ID, workOrder: WorkOrder.ID?, label: String, custody: Custody
  ) {
    self.id = id
    self.location = location
    self.workOrder = workOrder
    self.label = label
    self.custody = custody
  }
}

/// Where a key is: in exactly one place (S6).
public struct Custody: Hashable, Sendable {
  public enum Holder: Hashable, Sendable {
    case customer
    case compartment(Compartment.ID)
    case staff(Staff.ID)
    case desk
    /// Nobody can say; a person has to look (D8, H6).
    case uncertain
  }

  public var holder: Holder
  public var since: Instant
  /// D10: the item sensor saw the key; only with `.compartment`.
  public var isVerifiedBySensor: Bool

  public init(holder: Holder, since: Instant, isVerifiedBySensor: Bool = false) {
    self.holder = holder
    self.since = since
    self.isVerifiedBySensor = isVerifiedBySensor
  }
}
