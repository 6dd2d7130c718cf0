public import API
import Domain
import RPC
import Services
public import Storage

/// A furnished world: location, locker, controller, screen, tablets, staff, appointments.
public struct Workshop: Sendable {
  public let world: World
  public let location: ProtoLocation
  public let locker: ProtoLocker
  public let controller: EnrolledPeer
  public let screen: EnrolledPeer
  /// With a mechanic signed in who may use the key locker.
  public let tablet: EnrolledPeer
  public let lock: SimulatedLocker

  public static let password = "correct horse battery"

  /// - Parameters:
  ///   - boxes: compartments of the locker.
  ///   - pinToDrop: 2FA to drop (D2).
  ///   - place: where its database is.
  public static func open(
    boxes: Int32 = 4, pinToDrop: Bool = true, itemSensors: Bool = false, seed: UInt64 = 1,
    place: SQLiteStore.Place = .inMemory
  ) async throws -> Workshop {
    let world = try World(seed: seed, place: place)
    let location = try await world.addLocation("Main street", of: "Dealer")
    let tablet = try await world.enroll(.tablet, name: "Tablet 1", location: location.locationID)
    let workshop = try await furnish(
      location, of: world, locker: "Entrance", boxes: boxes, pinToDrop: pinToDrop, itemSensors: itemSensors,
      tablet: tablet)
    try await workshop.hire("mechanic", .mechanic, usesKeyLocker: true)
    try await workshop.signIn("mechanic", on: tablet)
    return workshop
  }

  @discardableResult
  public func hire(_ name: String, _ role: ProtoStaffRole, usesKeyLocker: Bool) async throws -> ProtoStaff {
    try await world.admin.createStaff(
      .with {
        $0.requestID = world.requestID
        $0.locationID = location.locationID
        $0.userName = name
        $0.displayName = name
        $0.role = role
        $0.useKeyLocker = usesKeyLocker
        $0.password = Workshop.password
      }, world.operatorContext
    ).staff
  }

  public func signIn(_ name: String, on tablet: EnrolledPeer) async throws {
    _ = try await world.auth.signIn(
      .with {
        $0.userName = name
        $0.password = Workshop.password
      }, tablet.context)
  }

  /// An appointment today at 10:00 local time, or on another day.
  public func book(
    _ number: String = "4711", plate: String = "AB-123-C", at localTime: String = "2027-03-01T10:00",
    work: [String] = ["Service"], mobile: String = "0612345678"
  ) async throws -> ProtoWorkOrder {
    try await world.workOrders.upsertWorkOrder(
      .with {
        $0.requestID = world.requestID
        $0.workOrder.locationID = location.locationID
        $0.workOrder.number = number
        $0.workOrder.localTime = localTime
        $0.workOrder.vehicle.plate = plate
        $0.workOrder.interventions = work.map { name in .with { $0.name = name } }
        $0.workOrder.contacts = [
          .with {
            $0.role = .driver
            $0.name = "Driver"
            $0.privateEmail = "driver@example.org"
            $0.privateMobile = mobile
          }
        ]
      }, world.operatorContext
    ).workOrder
  }

  public func pin(for workOrder: ProtoWorkOrder, _ purpose: ProtoPinPurpose = .dropOff) async throws -> String
  {
    try await world.workOrders.issuePin(
      .with {
        $0.requestID = world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.purpose = purpose
      }, world.operatorContext
    ).pin
  }

  public func key(of workOrder: ProtoWorkOrder) async throws -> ProtoKey {
    let current = try await world.workOrders.getWorkOrder(
      .with { $0.workOrderID = workOrder.workOrderID }, world.operatorContext)
    return current.workOrder.keys[0]
  }

  /// The titles of a work order's timeline.
  public func timeline(of workOrder: ProtoWorkOrder) async throws -> [String] {
    try await world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, world.operatorContext
    ).entries.map(\.title)
  }

  // MARK: At the kiosk

  public func start(_ purpose: ProtoVisitPurpose = .dropOff) async throws -> ProtoKioskView {
    try await world.kiosk.startVisit(
      .with {
        $0.requestID = world.requestID
        $0.purpose = purpose
      }, screen.context
    ).view
  }

  public func enter(pin: String, plate: String = "", in view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.enterPin(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
        $0.pin = pin
        $0.plate = plate
      }, screen.context
    ).view
  }

  public func saveContact(_ phone: String = "", in view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.saveContact(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
        $0.additionalPhone = phone
      }, screen.context
    ).view
  }

  /// Agrees with all work and every agreement.
  public func validate(remark: String = "", in view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.validateAppointment(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
        $0.name = "Driver"
        $0.remark = remark
        $0.agreedInterventionIds = view.lower.appointment.interventions.map(\.interventionID)
        $0.acceptedAgreementIds = view.lower.appointment.agreements.map(\.agreementID)
      }, screen.context
    ).view
  }

  public func confirm(_ view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.confirmDrop(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
      }, screen.context
    ).view
  }

  public func reopen(_ view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.reopenCompartment(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
      }, screen.context
    ).view
  }

  public func abort(_ view: ProtoKioskView) async throws -> ProtoKioskView {
    try await world.kiosk.abortVisit(
      .with {
        $0.requestID = world.requestID
        $0.visitID = view.lower.visitID
      }, screen.context
    ).view
  }

  /// What the screens show now, as their watch would be told, token and all.
  public func view() async throws -> ProtoKioskView {
    let id = Locker.ID(rawValue: locker.lockerID)
    return try world.kiosk.currentView(of: id)
  }

  /// From the welcome screen to the open box.
  public func walkToOpenBox(pin: String) async throws -> ProtoKioskView {
    var view = try await enter(pin: pin, in: try await start())
    view = try await saveContact(in: view)
    _ = try await validate(in: view)
    try await lock.openDoor()
    return try await self.view()
  }

  /// A whole drop-off. Returns the box.
  @discardableResult
  public func drop(_ workOrder: ProtoWorkOrder) async throws -> Int32 {
    let view = try await walkToOpenBox(pin: try await pin(for: workOrder))
    try await lock.closeDoor(item: .unspecified)
    _ = try await confirm(try await self.view())
    return view.lower.compartment
  }

  // MARK: On the tablet

  public func request(
    _ workOrder: ProtoWorkOrder, _ direction: ProtoHandoverDirection = .takeOut,
    on tablet: EnrolledPeer? = nil
  ) async throws -> ProtoHandover {
    try await world.handovers.requestHandover(
      .with {
        $0.requestID = world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.direction = direction
        $0.lockerID = locker.lockerID
      }, (tablet ?? self.tablet).context
    ).handover
  }

  public func redeem(
    _ handover: ProtoHandover, _ token: String, on tablet: EnrolledPeer? = nil
  ) async throws -> ProtoHandover {
    try await world.handovers.redeemHandover(
      .with {
        $0.requestID = world.requestID
        $0.handoverID = handover.handoverID
        $0.token = token
      }, (tablet ?? self.tablet).context
    ).handover
  }

  /// A whole hand-over: request, read the QR off the screen, redeem, open, close.
  public func handOver(_ workOrder: ProtoWorkOrder, _ direction: ProtoHandoverDirection = .takeOut)
    async throws
  {
    let handover = try await request(workOrder, direction)
    _ = try await redeem(handover, try await view().upper.handoverToken)
    try await lock.openDoor()
    try await lock.closeDoor(item: .unspecified)
  }
}
