import API
import Core
import Domain
import Foundation
import RPC
import Synchronization
import TestSupport

/// A location with a locker whose doors open and close by themselves, its screen, and a tablet on which a dealer
/// admin is signed in; set up over the wire.
final class Place {
  static let boxes: Int32 = 64

  let server: ServerProcess
  let op: RawConnection
  /// Begins every name and text that it makes: what others must never be told.
  let mark: String
  let location: Int64
  let locker: Int64
  let admin: Int64
  let apiKey: Int64
  let apiKeyText: String
  let screenDevice: TestDevice
  let controllerDevice: TestDevice
  let tabletDevice: TestDevice
  let screen: RawConnection
  let tablet: RawConnection
  private let doors: SelfClosingDoors
  private var lastBox = Place.boxes / 2
  private var keys: [Int32: Int64] = [:]
  /// The newest hand-over that this has seen: ids rise over all dealers.
  private var handover: Int64 = 0

  init(dealer: String, mark: String = "", _ server: ServerProcess, _ op: RawConnection) throws {
    self.server = server
    self.op = op
    self.mark = mark
    location = try Self.addLocation(dealer: dealer, named: mark + "Main street", op)
    locker = try Self.addLocker(mark + "Entrance", at: location, op)
    let at = (location, locker)
    let controller = try TestDevice.enroll(.controller, at: at, server, op)
    controllerDevice = controller
    screenDevice = try TestDevice.enroll(.screen, named: mark + "Device", at: at, server, op)
    tabletDevice = try TestDevice.enroll(.tablet, named: mark + "Device", at: at, server, op)
    screen = try screenDevice.connect()
    tablet = try tabletDevice.connect()
    admin = try Self.hire(mark + "boss", at: location, op)
    try Self.signIn(mark + "boss", on: tablet)
    let key: ProtoCreateApiKeyResponse = try op.call(
      "AdminService/CreateApiKey",
      ProtoCreateApiKeyRequest.with {
        $0.requestID = newID()
        $0.locationID = at.0
        $0.name = mark + "Program"
      })
    (apiKey, apiKeyText) = (key.apiKeyID, key.apiKey)
    doors = try SelfClosingDoors(controller)
  }

  deinit { doors.stop() }

  static func addLocation(dealer: String, named name: String = "Main street", _ op: RawConnection) throws
    -> Int64
  {
    let made: ProtoCreateLocationResponse = try op.call(
      "AdminService/CreateLocation",
      ProtoCreateLocationRequest.with {
        $0.requestID = newID()
        $0.dealerName = dealer
        $0.name = name
        $0.timeZone = "Europe/Amsterdam"
        $0.country = "NL"
      })
    return made.location.locationID
  }

  static func addLocker(_ name: String, at location: Int64, _ op: RawConnection) throws -> Int64 {
    let made: ProtoCreateLockerResponse = try op.call(
      "AdminService/CreateLocker",
      ProtoCreateLockerRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.name = name
        $0.compartmentCount = boxes
      })
    return made.locker.lockerID
  }

  /// A dealer admin who may use the key locker, unless it is said otherwise.
  static func hire(
    _ name: String, _ role: ProtoStaffRole = .dealerAdmin, usesKeyLocker: Bool = true,
    onlyThere: Bool = false,
    at location: Int64, _ op: RawConnection
  ) throws -> Int64 {
    let made: ProtoCreateStaffResponse = try op.call(
      "AdminService/CreateStaff",
      ProtoCreateStaffRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.userName = name
        $0.role = role
        $0.useKeyLocker = usesKeyLocker
        $0.password = Workshop.password
        if onlyThere { $0.worksAt.locationIds = [location] }
      })
    return made.staff.staffID
  }

  static func signIn(_ name: String, on tablet: RawConnection) throws {
    let _: ProtoSignInResponse = try tablet.call(
      "AuthService/SignIn",
      ProtoSignInRequest.with {
        $0.userName = name
        $0.password = Workshop.password
      })
  }

  // MARK: Appointments and keys

  /// An appointment of today whose key is with the customer.
  func book(plate: String? = nil) throws -> ProtoWorkOrder {
    let number = newNumber()
    let made: ProtoUpsertWorkOrderResponse = try op.call(
      "WorkOrderService/UpsertWorkOrder",
      ProtoUpsertWorkOrderRequest.with {
        $0.requestID = newID()
        $0.workOrder = Self.appointment(number, plate: plate ?? "H\(number)", at: location, mark: mark)
      })
    return made.workOrder
  }

  static func appointment(
    _ number: String, plate: String, at location: Int64, mark: String = ""
  ) -> ProtoWorkOrder {
    .with {
      $0.locationID = location
      $0.number = number
      $0.localTime = "\(today)T23:59"
      $0.vehicle.plate = plate
      $0.vehicle.brand = mark + "Brand"
      $0.vehicle.model = "Model"
      $0.interventions = [
        .with {
          $0.name = mark + "Tyre change"
          $0.remark = "Yearly"
          $0.priceCents = 12_345
        }
      ]
      $0.contacts = [
        .with {
          $0.role = .driver
          $0.name = mark + "Driver"
          $0.privateEmail = "driver@example.org"
          $0.businessEmail = "driver@example.com"
          $0.privateMobile = "0612345678"
          $0.businessMobile = "0687654321"
          $0.language = "nl"
        }
      ]
    }
  }

  /// The date at the location now.
  static var today: String {
    Date.now.formatted(
      Date.ISO8601FormatStyle(timeZone: TimeZone(identifier: "Europe/Amsterdam") ?? .gmt).year().month().day()
    )
  }

  func correct(_ key: Int64, to holder: ProtoHolder, box: Int32 = 0) throws {
    let _: ProtoCorrectCustodyResponse = try op.call(
      "AdminService/CorrectCustody",
      ProtoCorrectCustodyRequest.with {
        $0.requestID = newID()
        $0.keyID = key
        $0.holder = holder
        $0.lockerID = holder == .compartment ? locker : 0
        $0.compartment = box
        $0.staffID = holder == .staff ? admin : 0
        $0.reason = "Moved by hand"
      })
  }

  /// A new appointment whose key lies in the locker, in one of the upper half's boxes.
  func bookInLocker() throws -> ProtoWorkOrder {
    let workOrder = try book()
    lastBox = lastBox < Self.boxes ? lastBox + 1 : Self.boxes / 2 + 1
    if let earlier = keys[lastBox] { try? correct(earlier, to: .customer) }
    try restore(box: lastBox)
    keys[lastBox] = workOrder.keys[0].keyID
    try correct(workOrder.keys[0].keyID, to: .compartment, box: lastBox)
    return workOrder
  }

  /// What came before may have left a box out of service.
  private func restore(box: Int32) throws {
    let _: ProtoSetCompartmentServiceResponse = try op.call(
      "AdminService/SetCompartmentService",
      ProtoSetCompartmentServiceRequest.with {
        $0.requestID = newID()
        $0.lockerID = locker
        $0.compartment = box
        $0.inService = true
        $0.reason = "Looked at"
      })
  }

  /// The box in which the key of an appointment lies.
  func box(of workOrder: Int64) throws -> Int32 {
    let found: ProtoGetWorkOrderResponse = try op.call(
      "WorkOrderService/GetWorkOrder", ProtoGetWorkOrderRequest.with { $0.workOrderID = workOrder })
    return found.workOrder.keys[0].compartment
  }

  func pin(for workOrder: Int64, _ purpose: ProtoPinPurpose = .dropOff) throws -> String {
    let issued: ProtoIssuePinResponse = try op.call(
      "WorkOrderService/IssuePin",
      ProtoIssuePinRequest.with {
        $0.requestID = newID()
        $0.workOrderID = workOrder
        $0.purpose = purpose
      })
    return issued.pin
  }

  // MARK: Hand-overs

  /// Asks for a key on the tablet. What was asked before is given up first.
  func requestHandover() throws -> ProtoHandover {
    try endVisit()
    endHandover()
    let workOrder = try bookInLocker()
    let made: ProtoRequestHandoverResponse = try tablet.call(
      "HandoverService/RequestHandover",
      ProtoRequestHandoverRequest.with {
        $0.requestID = newID()
        $0.workOrderID = workOrder.workOrderID
        $0.direction = .takeOut
      })
    return made.handover
  }

  func redeem(_ handover: Int64, _ token: String) throws {
    let _: ProtoRedeemHandoverResponse = try tablet.call(
      "HandoverService/RedeemHandover",
      ProtoRedeemHandoverRequest.with {
        $0.requestID = newID()
        $0.handoverID = handover
        $0.token = token
      })
  }

  /// Gives up every hand-over of the tablet that is not over, those that attacks have asked for included.
  func endHandover() {
    var unseen = 0
    var id = handover
    while unseen < Self.handoversBetween {
      let answer = tablet.call(
        MethodName("HandoverService/CancelHandover"), WireBytes.field(1, number: id))
      if answer.failure?.code == .notFound {
        unseen += 1
      } else {
        (handover, unseen) = (id, 0)
      }
      id += 1
    }
  }

  /// Ids that may be another's, in a row.
  private static let handoversBetween = 12
}

func newID() -> String { UUID().uuidString }

/// Rises within one run of the tests, so that numbers and plates are each used once.
func newNumber() -> String { String(lastNumber.wrappingAdd(1, ordering: .relaxed).newValue) }

private let lastNumber = Atomic<UInt64>(0)
