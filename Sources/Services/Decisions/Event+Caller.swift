import Domain

extension Event {
  /// What a caller did: its staff member and its device.
  init(
    _ kind: Kind, at time: Instant, location: Location.ID, workOrder: WorkOrder.ID? = nil, key: Key.ID? = nil,
    locker: Locker.ID? = nil, compartment: Int? = nil, handover: Handover.ID? = nil, by caller: Caller,
    reason: String = ""
  ) {
    self.init(
      kind, at: time, location: location, workOrder: workOrder, key: key, locker: locker,
      compartment: compartment, handover: handover, staff: caller.staff, device: caller.device, reason: reason
    )
  }
}
