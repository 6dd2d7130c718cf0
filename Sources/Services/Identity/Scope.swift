import Domain
import RPC

/// What a caller may see (S3): places, and what is at them.
extension Caller {
  /// Whether what belongs to the location may be seen.
  func mayBeAt(_ location: Location) -> Bool {
    switch scope {
    case .nothing: false
    case .locations(let ids): ids.contains(location.id)
    case .dealer(let id): id == location.dealer
    case .everything: true
    }
  }
}

/// What a caller names by its id. What is unknown and what is another's look the same.
extension Snapshot {
  func location(_ id: Int64, for caller: Caller) throws -> Location {
    try location(Location.ID(rawValue: id), for: caller)
  }

  func location(_ id: Location.ID, for caller: Caller) throws -> Location {
    guard let location = try location(id), caller.mayBeAt(location) else {
      throw Failure.notFound("location")
    }
    return location
  }

  func locker(_ id: Int64, for caller: Caller) throws -> (Locker, Location) {
    try seen(locker(Locker.ID(rawValue: id)), "locker", at: \.location, by: caller)
  }

  func workOrder(_ id: Int64, for caller: Caller) throws -> (WorkOrder, Location) {
    try seen(workOrder(WorkOrder.ID(rawValue: id)), "work order", at: \.location, by: caller)
  }

  func device(_ id: Int64, for caller: Caller) throws -> (Device, Location) {
    try seen(device(Device.ID(rawValue: id)), "device", at: \.location, by: caller)
  }

  func handover(_ id: Int64, for caller: Caller) throws -> (Handover, Location) {
    try seen(handover(Handover.ID(rawValue: id)), "hand-over", at: \.location, by: caller)
  }

  /// What was looked up, and where it is.
  func seen<Thing>(
    _ thing: Thing?, _ name: String, at place: KeyPath<Thing, Location.ID>, by caller: Caller
  ) throws -> (Thing, Location) {
    guard let thing, let location = try location(thing[keyPath: place]), caller.mayBeAt(location) else {
      throw Failure.notFound(name)
    }
    return (thing, location)
  }
}
