import API
import RPC
import TestSupport

extension AuthScopeTests {
  /// Ids of one workshop, or of nothing at all.
  struct Ids {
    var location: Int64
    var locker: Int64
    var workOrder: Int64
    var key: Int64
    var handover: Int64
    var staff: Int64
    var device: Int64
    var apiKey: Int64
    var dealer: Int64
    var agreement: Int64
    var service: Int64
    var helpCall: Int64

    static let unknown = Ids(
      location: 9999, locker: 9999, workOrder: 9999, key: 9999, handover: 9999, staff: 9999, device: 9999,
      apiKey: 9999, dealer: 9999, agreement: 9999, service: 9999, helpCall: 9999)
  }

  typealias Call = @Sendable (World, RPC.Connection, Ids) async throws -> Void

  static func call<Request: WireMessage, Response: WireMessage>(
    _ name: String, answering: Response.Type, _ fill: @escaping @Sendable (inout Request, Ids, String) -> Void
  ) -> (String, Call) {
    let full = "latchkey.v1.\(name)"
    return (
      full,
      { world, connection, ids in
        var request = Request()
        fill(&request, ids, world.requestID)
        let _: Response = try await world.call(full, request, on: connection)
      }
    )
  }

  static let calls: [(String, Call)] = handovers + workOrders + events + places + people + settings + help

  private static let handovers: [(String, Call)] = [
    call("HandoverService/RequestHandover", answering: ProtoRequestHandoverResponse.self) {
      (request: inout ProtoRequestHandoverRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.workOrderID = ids.workOrder
        $0.direction = .takeOut
      }
    },
    call("HandoverService/RedeemHandover", answering: ProtoRedeemHandoverResponse.self) {
      (request: inout ProtoRedeemHandoverRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.handoverID = ids.handover
        $0.token = "v4.public.x"
      }
    },
    call("HandoverService/CancelHandover", answering: ProtoCancelHandoverResponse.self) {
      (request: inout ProtoCancelHandoverRequest, ids, _) in
      request = .with { $0.handoverID = ids.handover }
    },
    call("HandoverService/WatchHandover", answering: ProtoWatchHandoverResponse.self) {
      (request: inout ProtoWatchHandoverRequest, ids, _) in
      request = .with { $0.handoverID = ids.handover }
    },
  ]

  private static let workOrders: [(String, Call)] = [
    call("WorkOrderService/UpsertWorkOrder", answering: ProtoUpsertWorkOrderResponse.self) {
      (request: inout ProtoUpsertWorkOrderRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.workOrder.locationID = ids.location
      }
    },
    call("WorkOrderService/ImportWorkOrders", answering: ProtoImportWorkOrdersResponse.self) {
      (request: inout ProtoImportWorkOrdersRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
      }
    },
    call("WorkOrderService/GetWorkOrder", answering: ProtoGetWorkOrderResponse.self) {
      (request: inout ProtoGetWorkOrderRequest, ids, _) in
      request = .with { $0.workOrderID = ids.workOrder }
    },
    call("WorkOrderService/GetWorkOrder", answering: ProtoGetWorkOrderResponse.self) {
      (request: inout ProtoGetWorkOrderRequest, ids, _) in
      request = .with {
        $0.locationID = ids.location
        $0.number = "foreign"
      }
    },
    call("WorkOrderService/ListWorkOrders", answering: ProtoListWorkOrdersResponse.self) {
      (request: inout ProtoListWorkOrdersRequest, ids, _) in
      request = .with {
        $0.locationID = ids.location
        $0.fromDate = "2027-03-01"
        $0.toDate = "2027-03-01"
      }
    },
    call("WorkOrderService/WatchWorkOrders", answering: ProtoWatchWorkOrdersResponse.self) {
      (request: inout ProtoWatchWorkOrdersRequest, ids, _) in
      request = .with {
        $0.locationID = ids.location
        $0.fromDate = "2027-03-01"
        $0.toDate = "2027-03-01"
      }
    },
    call("WorkOrderService/PinWorkOrder", answering: ProtoPinWorkOrderResponse.self) {
      (request: inout ProtoPinWorkOrderRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.workOrderID = ids.workOrder
        $0.pinned = true
      }
    },
    call("WorkOrderService/CancelWorkOrder", answering: ProtoCancelWorkOrderResponse.self) {
      (request: inout ProtoCancelWorkOrderRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.workOrderID = ids.workOrder
        $0.reason = .noShow
      }
    },
    call("WorkOrderService/RestoreWorkOrder", answering: ProtoRestoreWorkOrderResponse.self) {
      (request: inout ProtoRestoreWorkOrderRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.workOrderID = ids.workOrder
      }
    },
    call("WorkOrderService/IssuePin", answering: ProtoIssuePinResponse.self) {
      (request: inout ProtoIssuePinRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.workOrderID = ids.workOrder
        $0.purpose = .pickUp
      }
    },
  ]

  private static let events: [(String, Call)] = [
    call("EventService/WatchEvents", answering: ProtoWatchEventsResponse.self) {
      (request: inout ProtoWatchEventsRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("EventService/ListTimeline", answering: ProtoListTimelineResponse.self) {
      (request: inout ProtoListTimelineRequest, ids, _) in
      request = .with { $0.workOrderID = ids.workOrder }
    },
    call("EventService/ExportChainHead", answering: ProtoExportChainHeadResponse.self) {
      (request: inout ProtoExportChainHeadRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
  ]

  private static let places: [(String, Call)] = [
    call("AdminService/UpdateLimits", answering: ProtoUpdateLimitsResponse.self) {
      (request: inout ProtoUpdateLimitsRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
      }
    },
    call("AdminService/CreateLocker", answering: ProtoCreateLockerResponse.self) {
      (request: inout ProtoCreateLockerRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
        $0.name = "New"
      }
    },
    call("AdminService/ListLockers", answering: ProtoListLockersResponse.self) {
      (request: inout ProtoListLockersRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/WatchLockers", answering: ProtoWatchLockersResponse.self) {
      (request: inout ProtoWatchLockersRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/UpdateLocker", answering: ProtoUpdateLockerResponse.self) {
      (request: inout ProtoUpdateLockerRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.lockerID = ids.locker
        $0.active = true
      }
    },
    call("AdminService/SetCompartmentService", answering: ProtoSetCompartmentServiceResponse.self) {
      (request: inout ProtoSetCompartmentServiceRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.lockerID = ids.locker
        $0.compartment = 1
        $0.reason = "why"
      }
    },
    call("AdminService/OverrideDoor", answering: ProtoOverrideDoorResponse.self) {
      (request: inout ProtoOverrideDoorRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.lockerID = ids.locker
        $0.compartment = 1
        $0.reason = "why"
      }
    },
    call("AdminService/CreateAgreement", answering: ProtoCreateAgreementResponse.self) {
      (request: inout ProtoCreateAgreementRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
        $0.title = "Terms"
        $0.text = "Text"
      }
    },
    call("AdminService/IssueBoxPin", answering: ProtoIssueBoxPinResponse.self) {
      (request: inout ProtoIssueBoxPinRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.lockerID = ids.locker
        $0.compartment = 1
        $0.reason = "why"
      }
    },
    call("AdminService/ListCustody", answering: ProtoListCustodyResponse.self) {
      (request: inout ProtoListCustodyRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/CorrectCustody", answering: ProtoCorrectCustodyResponse.self) {
      (request: inout ProtoCorrectCustodyRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.keyID = ids.key
        $0.holder = .desk
        $0.reason = "why"
      }
    },
  ]

  private static let people: [(String, Call)] = [
    call("AdminService/CreateEnrollmentCode", answering: ProtoCreateEnrollmentCodeResponse.self) {
      (request: inout ProtoCreateEnrollmentCodeRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.kind = .tablet
        $0.name = "New"
        $0.locationID = ids.location
      }
    },
    call("AdminService/CreateEnrollmentCode", answering: ProtoCreateEnrollmentCodeResponse.self) {
      (request: inout ProtoCreateEnrollmentCodeRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.kind = .screen
        $0.name = "New"
        $0.lockerID = ids.locker
      }
    },
    call("AdminService/ListDevices", answering: ProtoListDevicesResponse.self) {
      (request: inout ProtoListDevicesRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/RevokeDevice", answering: ProtoRevokeDeviceResponse.self) {
      (request: inout ProtoRevokeDeviceRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.deviceID = ids.device
      }
    },
    call("AdminService/CreateStaff", answering: ProtoCreateStaffResponse.self) {
      (request: inout ProtoCreateStaffRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
        $0.userName = "new"
        $0.role = .mechanic
        $0.password = Workshop.password
      }
    },
    call("AdminService/UpdateStaff", answering: ProtoUpdateStaffResponse.self) {
      (request: inout ProtoUpdateStaffRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.staffID = ids.staff
        $0.disabled = true
      }
    },
    call("AdminService/ListStaff", answering: ProtoListStaffResponse.self) {
      (request: inout ProtoListStaffRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/CreateApiKey", answering: ProtoCreateApiKeyResponse.self) {
      (request: inout ProtoCreateApiKeyRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
        $0.name = "New"
      }
    },
    call("AdminService/ListApiKeys", answering: ProtoListApiKeysResponse.self) {
      (request: inout ProtoListApiKeysRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/ListStaffSessions", answering: ProtoListStaffSessionsResponse.self) {
      (request: inout ProtoListStaffSessionsRequest, ids, _) in
      request = .with { $0.staffID = ids.staff }
    },
    call("AdminService/EndStaffSessions", answering: ProtoEndStaffSessionsResponse.self) {
      (request: inout ProtoEndStaffSessionsRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.staffID = ids.staff
      }
    },
    call("AdminService/RevokeApiKey", answering: ProtoRevokeApiKeyResponse.self) {
      (request: inout ProtoRevokeApiKeyRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.apiKeyID = ids.apiKey
      }
    },
  ]

  /// Methods that take no id of a dealer's thing from the caller: nothing to tell apart.
  static let withoutIds: Set<String> = [
    "latchkey.v1.AdminService/CreateDealer", "latchkey.v1.AdminService/ListDealers",
    "latchkey.v1.AdminService/ListLocations", "latchkey.v1.HelpService/CallForHelp",
  ]
}
