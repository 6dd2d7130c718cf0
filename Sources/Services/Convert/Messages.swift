import API
import Domain
import RPC

// Messages of the contract, made from what is stored.

extension ProtoIdentity {
  init(_ caller: Caller) {
    self.init()
    self.caller = ProtoCaller(caller.kind)
    deviceID = caller.device?.rawValue ?? 0
    lockerID = caller.locker?.rawValue ?? 0
    locationID = caller.location?.rawValue ?? 0
    staffID = caller.staff?.rawValue ?? 0
    displayName = caller.name
    permissions = Staff.Permission.allCases.filter(caller.permissions.contains).map(ProtoPermission.init)
    if case .locations(let ids) = caller.scope { locationIds = ids.map(\.rawValue).sorted() }
    sessionID = caller.session?.rawValue ?? 0
    readOnly = !caller.mayWrite
  }
}

extension ProtoApiKey {
  init(_ key: APIKey) {
    self.init()
    apiKeyID = key.id.rawValue
    name = key.name
    prefix = key.prefix
    locationIds = key.reach.locations.map(\.rawValue).sorted()
    readOnly = !key.reach.mayWrite
    services = key.reach.services.sorted()
    if let createdAt = key.createdAt { createTime = .init(milliseconds: createdAt.milliseconds) }
    if let usedAt = key.usedAt { useTime = .init(milliseconds: usedAt.milliseconds) }
    if let expiresAt = key.expiresAt { expireTime = .init(milliseconds: expiresAt.milliseconds) }
    revoked = key.revokedAt != nil
  }
}

extension ProtoHandover {
  init(_ handover: Handover, in snapshot: any Snapshot) throws {
    self.init()
    handoverID = handover.id.rawValue
    workOrderID = handover.workOrder.rawValue
    keyID = handover.key.rawValue
    lockerID = handover.locker.rawValue
    lockerName = try snapshot.locker(handover.locker)?.name ?? ""
    compartment = Int32(try snapshot.compartment(handover.compartment)?.number ?? 0)
    direction = ProtoHandoverDirection(handover.direction)
    state = ProtoHandoverState(handover.state)
    tabletID = handover.tablet.rawValue
    staffID = handover.staff.rawValue
    if let expiresAt = handover.expiresAt { expireTime = .init(milliseconds: expiresAt.milliseconds) }
    revision = handover.revision
  }
}

extension ProtoLockTiming {
  init(_ timing: LockTiming) {
    self.init()
    pulseMs = Int32(timing.pulse)
    coolDownMs = Int32(timing.coolDown)
    openWindowMs = Int32(timing.openWindow)
    leftOpenMs = Int32(timing.leftOpen)
    debounceMs = Int32(timing.debounce)
  }
}

extension LockTiming {
  /// Unset fields take the defaults.
  init(_ proto: ProtoLockTiming) {
    self.init()
    if proto.pulseMs != 0 { pulse = Int(proto.pulseMs) }
    if proto.coolDownMs != 0 { coolDown = Int(proto.coolDownMs) }
    if proto.openWindowMs != 0 { openWindow = Int(proto.openWindowMs) }
    if proto.leftOpenMs != 0 { leftOpen = Int(proto.leftOpenMs) }
    if proto.debounceMs != 0 { debounce = Int(proto.debounceMs) }
  }
}

extension ProtoLocation {
  init(_ location: Location, in snapshot: any Snapshot) throws {
    self.init()
    locationID = location.id.rawValue
    dealerName = try snapshot.dealer(location.dealer)?.name ?? ""
    name = location.name
    timeZone = location.zone.identifier
    country = location.country
    languages = location.languages
    limits = .with {
      $0.qrSeconds = Int32(location.limits.qr.components.seconds)
      $0.warningSeconds = Int32(location.limits.warning.components.seconds)
      $0.endSeconds = Int32(location.limits.end.components.seconds)
    }
    dealerID = location.dealer.rawValue
    currency = location.currency
    openingHours = ProtoOpeningHours(try snapshot.openingHours(of: location.id))
    emergencyPhone = location.emergencyPhone?.e164 ?? ""
    checkIn = .with {
      $0.daysAhead = Int32(location.checkIn.daysAhead)
      $0.sendFrom = OpeningHours.Interval.time(ofMinute: location.checkIn.sendFrom)
      $0.sendTo = OpeningHours.Interval.time(ofMinute: location.checkIn.sendUntil)
    }
  }
}

extension ProtoOpeningHours {
  init(_ hours: OpeningHours) {
    self.init()
    week = hours.week.sorted { $0.key < $1.key }.flatMap { weekday, intervals in
      intervals.map { interval in
        .with {
          $0.weekday = Int32(weekday)
          $0.fromTime = OpeningHours.Interval.time(ofMinute: interval.from)
          $0.toTime = OpeningHours.Interval.time(ofMinute: interval.until)
        }
      }
    }
    exceptions = hours.exceptions.sorted { $0.key < $1.key }.map { date, intervals in
      .with {
        $0.date = date.description
        $0.intervals = intervals.map { interval in
          .with {
            $0.fromTime = OpeningHours.Interval.time(ofMinute: interval.from)
            $0.toTime = OpeningHours.Interval.time(ofMinute: interval.until)
          }
        }
      }
    }
  }
}

extension Location.Limits {
  /// Unset fields take the defaults. The caller checks the ranges.
  init(_ proto: ProtoLimits) {
    self.init()
    if proto.qrSeconds != 0 { qr = .seconds(proto.qrSeconds) }
    if proto.warningSeconds != 0 { warning = .seconds(proto.warningSeconds) }
    if proto.endSeconds != 0 { end = .seconds(proto.endSeconds) }
  }
}

extension ProtoLocker {
  init(_ locker: Locker, isConnected: Bool, in snapshot: any Snapshot) throws {
    self.init()
    lockerID = locker.id.rawValue
    locationID = locker.location.rawValue
    name = locker.name
    active = locker.isActive
    pinToDrop = locker.asksPinToDrop
    hasItemSensors_p = locker.hasItemSensors
    timing = ProtoLockTiming(locker.timing)
    connected = isConnected
    controllerVersion = locker.controllerVersion
    let occupied = try snapshot.occupied(in: locker.id)
    let boxes = try snapshot.compartments(of: locker.id)
    let turns = try Turns(at: locker.id, in: snapshot)
    compartments = try boxes.map { box in
      try .with {
        $0.number = Int32(box.number)
        $0.inService = box.quarantine == nil
        $0.outOfServiceReason = box.quarantine?.rawValue.uppercased() ?? ""
        $0.door = ProtoDoorState(box.door)
        $0.item = ProtoItemState(box.item)
        $0.keyID = occupied[box.id]?.rawValue ?? 0
        $0.reserved = box.reservation != nil
        $0.openings = box.openings
        $0.nextActor = ProtoActor(try turns.next(at: box, holding: occupied[box.id]))
      }
    }
    keyCount = Int32(occupied.count)
    freeCount = Int32(boxes.count { $0.isFree(occupied: occupied[$0.id] != nil) })
    nextActor = ProtoActor(turns.next(at: locker, boxes, isConnected: isConnected))
  }
}

extension ProtoDevice {
  init(_ device: Device) {
    self.init()
    deviceID = device.id.rawValue
    kind = ProtoDeviceKind(device.kind)
    name = device.name
    locationID = device.location.rawValue
    lockerID = device.locker?.rawValue ?? 0
    keyID = device.keyID
    revoked = device.revokedAt != nil
    enrollTime = .init(milliseconds: device.enrolledAt.milliseconds)
  }
}

extension ProtoStaff {
  init(_ staff: Staff) {
    self.init()
    staffID = staff.id.rawValue
    userName = staff.userName
    displayName = staff.displayName
    role = ProtoStaffRole(staff.role)
    useKeyLocker = staff.usesKeyLocker
    disabled = staff.isDisabled
    locationIds = staff.locations.map(\.rawValue).sorted()
  }
}

extension ProtoKey {
  init(_ key: Key, in snapshot: any Snapshot) throws {
    self.init()
    keyID = key.id.rawValue
    label = key.label
    sinceTime = .init(milliseconds: key.custody.since.milliseconds)
    sensorVerified = key.custody.isVerifiedBySensor
    switch key.custody.holder {
    case .customer: holder = .customer
    case .desk: holder = .desk
    case .uncertain: holder = .uncertain
    case .staff(let staff):
      holder = .staff
      staffID = staff.rawValue
      holderName = try snapshot.staff(staff)?.displayName ?? ""
    case .compartment(let id):
      holder = .compartment
      if let box = try snapshot.compartment(id) {
        lockerID = box.locker.rawValue
        compartment = Int32(box.number)
        holderName = try snapshot.locker(box.locker)?.name ?? ""
      }
    }
  }
}

extension ProtoWorkOrder {
  init(_ workOrder: WorkOrder, at location: Location, today: LocalDate, in snapshot: any Snapshot) throws {
    try self.init(ListedWorkOrder(workOrder, today: today, in: snapshot), at: location, in: snapshot)
  }

  init(_ listed: ListedWorkOrder, at location: Location, in snapshot: any Snapshot) throws {
    self.init()
    let workOrder = listed.workOrder
    workOrderID = workOrder.id.rawValue
    locationID = workOrder.location.rawValue
    number = workOrder.number
    localTime = workOrder.localTime.description
    status = ProtoWorkOrderStatus(workOrder.status)
    cancelReason = ProtoCancelReason(workOrder.cancelReason)
    vehicle = ProtoVehicle(workOrder, country: location.country)
    contacts = try snapshot.contacts(of: workOrder.id).map { ProtoContact($0, country: location.country) }
    interventions = try snapshot.interventions(of: workOrder.id).map(ProtoIntervention.init)
    keys = try listed.keys.map { try ProtoKey($0, in: snapshot) }
    additionalPhone = workOrder.additionalPhone?.formatted(in: location.country) ?? ""
    remarks = try snapshot.remarks(on: workOrder.id)
    pinned = listed.isPinned
    pinnedByHand = workOrder.isPinnedByHand
  }
}

extension ProtoVehicle {
  init(_ workOrder: WorkOrder, country: String) {
    self.init()
    plate = workOrder.plate.formatted(country: country)
    brand = workOrder.brand
    model = workOrder.model
  }
}

extension Key {
  var isInLocker: Bool {
    switch custody.holder {
    case .compartment: true
    case .customer, .staff, .desk, .uncertain: false
    }
  }
}

extension Key {
  /// With staff or at the desk: it can be put back (H5).
  var isInHouse: Bool {
    switch custody.holder {
    case .staff, .desk: true
    case .customer, .compartment, .uncertain: false
    }
  }
}

extension ProtoContact {
  init(_ contact: Contact, country: String) {
    self.init()
    role = ProtoContactRole(contact.role)
    name = contact.name
    privateEmail = contact.privateEmail
    businessEmail = contact.businessEmail
    privateMobile = contact.privateMobile?.formatted(in: country) ?? ""
    businessMobile = contact.businessMobile?.formatted(in: country) ?? ""
    language = contact.language
    blocked = contact.isBlocked
  }
}

extension ProtoIntervention {
  init(_ planned: PlannedIntervention) {
    self.init()
    interventionID = planned.id.rawValue
    name = planned.intervention.name
    remark = planned.intervention.remark
    priceCents = planned.intervention.priceCents
    priceHidden = planned.intervention.isPriceHidden
    agreed = planned.intervention.isAgreed
  }
}

extension ProtoEvent {
  init(_ event: Event) {
    self.init()
    locationID = event.location.rawValue
    number = event.number
    time = .init(milliseconds: event.time.milliseconds)
    kind = event.kind.rawValue
    workOrderID = event.workOrder?.rawValue ?? 0
    keyID = event.key?.rawValue ?? 0
    lockerID = event.locker?.rawValue ?? 0
    compartment = Int32(event.compartment ?? 0)
    visitID = event.visit?.rawValue ?? 0
    handoverID = event.handover?.rawValue ?? 0
    commandSequence = event.commandSequence ?? 0
    staffID = event.staff?.rawValue ?? 0
    deviceID = event.device?.rawValue ?? 0
    reason = event.reason
    hash = .init(event.hash)
    commitment = .init(event.commitment)
  }
}
