public import API
import Core
import Domain
public import RPC

/// Putting right by hand, always with a reason (H6).
extension AdminService {
  public func correctCustody(
    _ request: ProtoCorrectCustodyRequest, _ context: CallContext
  ) async throws -> ProtoCorrectCustodyResponse {
    let reason = try Form.reason(request.reason)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let (key, location) = try decision.tx.seen(
        decision.tx.key(Key.ID(rawValue: request.keyID)), "key", at: \.location, by: caller)
      try decision.requireNotInMotion(key)
      let holder = try decision.holder(in: request, at: location, for: caller)
      try decision.move(
        key, to: holder,
        .init(kind: .custodyCorrected, staff: caller.staff, device: caller.device, reason: holder.name),
        text: reason)
      if let workOrder = key.workOrder {
        try decision.followKeys(of: workOrder)
        // While the key is in the house its PIN says so at the kiosk; what the customer has is not picked up.
        if try holder == .customer && !decision.tx.keys(of: workOrder).contains(where: \.isInLocker) {
          try decision.supersedePins(for: workOrder, purpose: .pickUp)
        }
      }
      let corrected = try decision.expect(try decision.tx.key(key.id), "key")
      return .accepted(try .with { $0.key = try ProtoKey(corrected, in: decision.tx) })
    }
  }

  public func issueBoxPin(
    _ request: ProtoIssueBoxPinRequest, _ context: CallContext
  ) async throws -> ProtoIssueBoxPinResponse {
    let reason = try Form.reason(request.reason)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let (box, locker) = try decision.compartment(request.compartment, of: request.lockerID, for: caller)
      let (pin, issued) = try decision.draw(at: locker.location) { digest in
        IssuedPin(
          location: locker.location, digest: digest, purpose: .box, compartment: box.id,
          issuedBy: caller.staff, issuedAt: decision.now,
          expiresAt: decision.now + IssuedPin.boxLifetime)
      }
      let key = try decision.tx.key(in: box.id)
      try decision.record(
        Event(
          .pinIssued, at: decision.now, location: locker.location, workOrder: key?.workOrder, key: key?.id,
          locker: locker.id, compartment: box.number, by: caller, reason: "BOX"),
        text: reason)
      return .secret(
        .with {
          $0.pin = pin.revealed
          $0.expireTime = .init(milliseconds: issued.expiresAt.milliseconds)
        }, remembered: nil)
    }
  }

  public func listCustody(
    _ request: ProtoListCustodyRequest, _ context: CallContext
  ) async throws -> ProtoListCustodyResponse {
    let caller = context.connection.caller
    let page = try Page(of: "custody", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let (keys, next) = try page.items(id: \.id) {
        try snapshot.keysInCustody(at: location.id, after: $0, limit: $1)
      }
      return try .with {
        $0.keys = try keys.map { try ProtoKey($0, in: snapshot) }
        $0.nextPageToken = next
      }
    }
  }
}

extension Decision {
  fileprivate func holder(
    in request: ProtoCorrectCustodyRequest, at location: Location, for caller: Caller
  ) throws -> Custody.Holder {
    switch request.holder {
    case .customer: return .customer
    case .desk: return .desk
    case .uncertain: return .uncertain
    case .staff:
      guard let staff = try tx.staff(Staff.ID(rawValue: request.staffID)), staff.dealer == location.dealer
      else {
        throw Failure.notFound("staff member")
      }
      return .staff(staff.id)
    case .compartment:
      let (box, locker) = try compartment(request.compartment, of: request.lockerID, for: caller)
      guard locker.location == location.id else { throw Failure.notFound("locker") }
      if let other = try tx.key(in: box.id), other.id.rawValue != request.keyID {
        throw Failure.precondition(.compartmentOccupied, "Compartment \(box.number) holds another key.")
      }
      guard box.reservation == nil else {
        throw Failure.precondition(.compartmentInUse, "A visit or hand-over has compartment \(box.number).")
      }
      return .compartment(box.id)
    case .unspecified, .UNRECOGNIZED:
      throw Failure.invalid("holder", "customer, compartment, staff, desk or uncertain")
    }
  }
}

extension Custody.Holder {
  /// UPPER_SNAKE, for the log.
  fileprivate var name: String {
    switch self {
    case .customer: "CUSTOMER"
    case .compartment: "COMPARTMENT"
    case .staff: "STAFF"
    case .desk: "DESK"
    case .uncertain: "UNCERTAIN"
    }
  }
}
