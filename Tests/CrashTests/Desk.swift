import API
import Foundation
import RPC
import TestSupport

/// The operator: sets workshops up, and puts right by hand what a crash has left in doubt.
struct Desk: Sendable {
  /// Short times, so that a compartment opens many times a minute.
  private static let pulseMilliseconds: Int32 = 200
  private static let coolDownMilliseconds: Int32 = 500
  private static let reason = "Looked at by hand"

  let caller: Caller

  init(_ caller: Caller) { self.caller = caller }

  func addLocation() async throws -> Int64 {
    let made: ProtoCreateLocationResponse = try await caller.mutate(
      "AdminService/CreateLocation",
      ProtoCreateLocationRequest.with {
        $0.requestID = newID()
        $0.dealerName = "Dealer \(newID())"
        $0.name = "Main street"
        $0.timeZone = "Europe/Amsterdam"
        $0.country = "NL"
      })
    return made.location.locationID
  }

  func addLocker(at location: Int64, boxes: Int32) async throws -> Int64 {
    let made: ProtoCreateLockerResponse = try await caller.mutate(
      "AdminService/CreateLocker",
      ProtoCreateLockerRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.name = "Locker \(newID())"
        $0.compartmentCount = boxes
        $0.pinToDrop = true
        $0.hasItemSensors_p = true
        $0.timing.pulseMs = Self.pulseMilliseconds
        $0.timing.coolDownMs = Self.coolDownMilliseconds
      })
    return made.locker.lockerID
  }

  func hire(_ name: String, at location: Int64) async throws {
    let _: ProtoCreateStaffResponse = try await caller.mutate(
      "AdminService/CreateStaff",
      ProtoCreateStaffRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.userName = name
        $0.role = .mechanic
        $0.useKeyLocker = true
        $0.password = Workshop.password
      })
  }

  func apiKey(at location: Int64) async throws -> String {
    let made: ProtoCreateApiKeyResponse = try await caller.mutate(
      "AdminService/CreateApiKey",
      ProtoCreateApiKeyRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.name = "Office"
      }, isSecret: true)
    return made.apiKey
  }

  func code(_ kind: ProtoDeviceKind, at place: (location: Int64, locker: Int64)) async throws -> String {
    let made: ProtoCreateEnrollmentCodeResponse = try await caller.mutate(
      "AdminService/CreateEnrollmentCode",
      ProtoCreateEnrollmentCodeRequest.with {
        $0.requestID = newID()
        $0.kind = kind
        $0.name = "Device"
        $0.locationID = place.location
        $0.lockerID = kind == .tablet ? 0 : place.locker
      }, isSecret: true)
    return made.code
  }

  /// A new PIN. Where its answer was lost, one more.
  func pin(_ purpose: ProtoPinPurpose, for workOrder: Int64) async throws -> String {
    while true {
      do {
        let issued: ProtoIssuePinResponse = try await caller.mutate(
          "WorkOrderService/IssuePin",
          ProtoIssuePinRequest.with {
            $0.requestID = newID()
            $0.workOrderID = workOrder
            $0.purpose = purpose
          }, isSecret: true)
        return issued.pin
      } catch let failure as Failure where failure.reason == "ALREADY_DONE" {
        continue
      }
    }
  }

  func locker(_ id: Int64, at location: Int64) async throws -> ProtoLocker {
    let found: ProtoListLockersResponse = try await caller.ask(
      "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = location })
    guard let locker = found.lockers.first(where: { $0.lockerID == id }) else {
      throw Failure(.notFound, reason: "NOT_FOUND", "locker \(id) is gone")
    }
    return locker
  }

  func workOrder(_ id: Int64) async throws -> ProtoWorkOrder {
    let found: ProtoGetWorkOrderResponse = try await caller.ask(
      "WorkOrderService/GetWorkOrder", ProtoGetWorkOrderRequest.with { $0.workOrderID = id })
    return found.workOrder
  }

  func timeline(of workOrder: Int64) async throws -> [ProtoEvent] {
    let found: ProtoListTimelineResponse = try await caller.ask(
      "EventService/ListTimeline", ProtoListTimelineRequest.with { $0.workOrderID = workOrder })
    return found.entries.map(\.event)
  }

  func giveToCustomer(_ key: Int64) async throws {
    let _: ProtoCorrectCustodyResponse = try await caller.mutate(
      "AdminService/CorrectCustody",
      ProtoCorrectCustodyRequest.with {
        $0.requestID = newID()
        $0.keyID = key
        $0.holder = .customer
        $0.reason = Self.reason
      })
  }

  func restore(box: Int32, of locker: Int64) async throws {
    let _: ProtoSetCompartmentServiceResponse = try await caller.ask(
      "AdminService/SetCompartmentService",
      ProtoSetCompartmentServiceRequest.with {
        $0.requestID = newID()
        $0.lockerID = locker
        $0.compartment = box
        $0.inService = true
        $0.reason = Self.reason
      })
  }

  /// The newest event of a location: its number and its hash.
  func head(of location: Int64) async throws -> ProtoExportChainHeadResponse {
    try await caller.ask(
      "EventService/ExportChainHead", ProtoExportChainHeadRequest.with { $0.locationID = location })
  }

  /// The whole log of a location.
  func events(of location: Int64) async throws -> [ProtoEvent] {
    let newest = try await head(of: location).number
    let log = Collected()
    let _: ProtoWatchEventsResponse = try await caller.first(
      "EventService/WatchEvents", ProtoWatchEventsRequest.with { $0.locationID = location }
    ) { response in
      log.append(response.event)
      return response.event.number >= newest
    }
    return log.events
  }
}
