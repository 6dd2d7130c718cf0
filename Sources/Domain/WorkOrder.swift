/// One appointment.
public struct WorkOrder: Hashable, Sendable {
  public typealias ID = Identifier<WorkOrder>

  public enum Status: String, Sendable, CaseIterable {
    case planned
    /// The car is in the shop.
    case inShop = "in_shop"
    /// The key went back to the customer.
    case returned
    case cancelled
  }

  public enum CancelReason: String, Sendable, CaseIterable {
    case noShow = "no_show"
    case customer
    case dealer
    case other
  }

  public var id: ID
  public var location: Location.ID
  /// The dealer's own number; unique in a location.
  public var number: String
  /// Local time of the appointment at the location.
  public var localTime: LocalDateTime
  public var status: Status
  public var cancelReason: CancelReason?
  public var plate: Plate
  public var brand: String
  public var model: String
  /// D5: given at the kiosk; never receives PINs until the desk confirms it.
  public var additionalPhone: Phone?
  /// C10: the desk wants to see it whatever the date.
  public var isPinnedByHand: Bool

  public init(
    id: ID = .unassigned, location: Location.ID, number: String, localTime: LocalDateTime,
    status: Status = .planned, cancelReason: CancelReason? = nil, plate: Plate, brand: String = "",
    model: String = "", additionalPhone: Phone? = nil, isPinnedByHand: Bool = false
  ) {
    self.id = id
    self.location = location
    self.number = number
    self.localTime = localTime
    self.status = status
    self.cancelReason = cancelReason
    self.plate = plate
    self.brand = brand
    self.model = model
    self.additionalPhone = additionalPhone
    self.isPinnedByHand = isPinnedByHand
  }

  /// C10: derived, never stored. A key in a locker on a day that is not its own wants to be seen.
  public func isPinned(hasKeyInLocker: Bool, today: LocalDate) -> Bool {
    isPinnedByHand || (hasKeyInLocker && localTime.date != today)
  }
}

/// An intervention as stored: a piece of work of one work order.
public struct PlannedIntervention: Hashable, Sendable {
  public typealias ID = Identifier<PlannedIntervention>

  public var id: ID
  public var workOrder: WorkOrder.ID
  public var intervention: Intervention

  public init(id: ID = .unassigned, workOrder: WorkOrder.ID, intervention: Intervention) {
    self.id = id
    self.workOrder = workOrder
    self.intervention = intervention
  }
}
