import API
import Domain

// What the desk's pages show, made from what is stored.

extension ProtoWorkOrderRow {
  init(_ listed: ListedWorkOrder, at location: Location, today: LocalDate, in snapshot: any Snapshot) throws {
    self.init()
    let workOrder = listed.workOrder
    workOrderID = workOrder.id.rawValue
    orderKey = listed.position.description
    number = workOrder.number
    localTime = workOrder.localTime.description
    dayDifference = Int32(today.days(until: workOrder.localTime.date))
    vehicle = ProtoVehicle(workOrder, country: location.country)
    customerName = try snapshot.contacts(of: workOrder.id).customerName
    status = ProtoWorkOrderStatus(workOrder.status)
    keys = try listed.keys.map { try ProtoKey($0, in: snapshot) }
    icons = try listed.icons(in: snapshot)
    pinned = listed.isPinned
  }
}

extension [Contact] {
  /// The driver's; without one the owner's, then the contractor's.
  fileprivate var customerName: String {
    for role in [ContactRole.driver, .owner, .contractor] {
      if let contact = first(where: { $0.role == role && !$0.name.isEmpty }) { return contact.name }
    }
    return ""
  }
}

extension ListedWorkOrder {
  fileprivate func icons(in snapshot: any Snapshot) throws -> [ProtoWorkOrderIcon] {
    let interventions = try snapshot.interventions(of: workOrder.id)
    let all: [(icon: ProtoWorkOrderIcon, isShown: Bool)] = [
      (.keyInLocker, keys.contains(where: \.isInLocker)),
      (.keyWithStaff, keys.contains { if case .staff = $0.custody.holder { true } else { false } }),
      (.keyAtDesk, keys.contains { $0.custody.holder == .desk }),
      (.custodyUncertain, keys.contains { $0.custody.holder == .uncertain }),
      (.keyNotVerified, keys.contains { $0.isInLocker && !$0.custody.isVerifiedBySensor }),
      (.pinnedByHand, workOrder.isPinnedByHand),
      (.workAgreed, !interventions.isEmpty && interventions.allSatisfy(\.intervention.isAgreed)),
      (.remark, try !snapshot.remarks(on: workOrder.id).isEmpty),
      (.phoneAdded, workOrder.additionalPhone != nil),
      (.cancelled, workOrder.status == .cancelled),
    ]
    return all.filter(\.isShown).map(\.icon)
  }
}

extension ProtoGetWorkOrderResponse {
  /// W2.
  init(_ found: WorkOrder, at location: Location, at now: Instant, in snapshot: any Snapshot) throws {
    self.init()
    let today = LocalDate(now, in: location.zone)
    let listed = try ListedWorkOrder(found, today: today, in: snapshot)
    workOrder = try ProtoWorkOrder(listed, at: location, in: snapshot)
    row = try ProtoWorkOrderRow(listed, at: location, today: today, in: snapshot)
    agreements = try snapshot.acceptances(of: found.id).map { agreement, acceptedAt in
      .with {
        $0.agreementID = agreement.id.rawValue
        $0.title = agreement.title
        $0.text = agreement.text
        $0.mandatory = agreement.isMandatory
        $0.acceptTime = .init(milliseconds: acceptedAt.milliseconds)
      }
    }
    openPins = try IssuedPin.Purpose.allCases.flatMap { purpose in
      try snapshot.openPins(for: found.id, purpose: purpose).compactMap { pin in
        // One whose time is over may not have been swept away yet.
        guard let purpose = ProtoPinPurpose(pin.purpose), now < pin.expiresAt || pin.state == .claimed else {
          return nil
        }
        return .with {
          $0.purpose = purpose
          $0.issueTime = .init(milliseconds: pin.issuedAt.milliseconds)
          $0.expireTime = .init(milliseconds: pin.expiresAt.milliseconds)
          $0.inUse = pin.state == .claimed
        }
      }
    }
  }
}

extension ProtoPinPurpose {
  /// `nil` for a box PIN, which is about no work order.
  init?(_ purpose: IssuedPin.Purpose) {
    switch purpose {
    case .dropOff: self = .dropOff
    case .pickUp: self = .pickUp
    case .box: return nil
    }
  }
}

extension ProtoActor {
  init(_ turn: Turn) {
    switch turn {
    case .nobody: self = .nobody
    case .customer: self = .customer
    case .staff: self = .staff
    case .desk: self = .desk
    }
  }
}
