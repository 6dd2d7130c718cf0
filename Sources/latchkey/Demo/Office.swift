import API
import Client
import Foundation
import TTRPC

extension Demo {
  /// The dealer's own program, with an API key: brings appointments, reads what happened.
  struct Office: Sendable {
    let link: ServerLink
    let locationID: Int64
    let lockerID: Int64

    func importWorkOrders(_ csv: String) async throws -> ProtoImportWorkOrdersResponse {
      try await link.call(
        "WorkOrderService/ImportWorkOrders",
        ProtoImportWorkOrdersRequest.with {
          $0.requestID = newRequestID
          $0.locationID = locationID
          $0.csv = Data(csv.utf8)
        })
    }

    func workOrder(_ number: String) async throws -> ProtoWorkOrder {
      let response: ProtoGetWorkOrderResponse = try await link.call(
        "WorkOrderService/GetWorkOrder",
        ProtoGetWorkOrderRequest.with {
          $0.locationID = locationID
          $0.number = number
        })
      return response.workOrder
    }

    /// Where the one key of a work order is now.
    func key(of workOrder: ProtoWorkOrder) async throws -> ProtoKey {
      let keys = try await self.workOrder(workOrder.number).keys
      try expect("keys of \(workOrder.number)", keys.count, is: 1)
      return keys[0]
    }

    func locker() async throws -> ProtoLocker {
      let response: ProtoListLockersResponse = try await link.call(
        "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = locationID })
      guard let locker = response.lockers.first(where: { $0.lockerID == lockerID }) else {
        throw Unexpected("locker \(lockerID)", came: "\(response.lockers.map(\.lockerID))")
      }
      return locker
    }

    func compartment(_ number: Int32) async throws -> ProtoCompartment {
      guard let box = try await locker().compartments.first(where: { $0.number == number }) else {
        throw Unexpected("box \(number)", came: "none")
      }
      return box
    }

    func timeline(of workOrder: ProtoWorkOrder) async throws -> [ProtoTimelineEntry] {
      let response: ProtoListTimelineResponse = try await link.call(
        "EventService/ListTimeline", ProtoListTimelineRequest.with { $0.workOrderID = workOrder.workOrderID })
      return response.entries
    }

    /// The number of the newest event: a cursor for `event(after:)`.
    func newestEvent() async throws -> Int64 {
      let response: ProtoExportChainHeadResponse = try await link.call(
        "EventService/ExportChainHead", ProtoExportChainHeadRequest.with { $0.locationID = locationID })
      return response.number
    }

    /// Waits on the location's event stream.
    func event(_ kind: String, after number: Int64, at box: Int32) async throws -> ProtoEvent {
      try await first(
        "event \(kind)", in: try events(after: number), described: { $0.event.kind },
        where: { $0.event.kind == kind && $0.event.compartment == box }
      ).event
    }

    /// The whole log of the location, gapless.
    func allEvents() async throws -> [ProtoEvent] {
      let newest = try await newestEvent()
      return try await within("\(newest) events") {
        var events: [ProtoEvent] = []
        for try await response in try self.events(after: 0) {
          try expect("event number", response.event.number, is: Int64(events.count) + 1)
          events.append(response.event)
          if response.event.number == newest { break }
        }
        return events
      }
    }

    private func events(after number: Int64) throws -> ResponseSequence<ProtoWatchEventsResponse> {
      try link.stream(
        "EventService/WatchEvents",
        ProtoWatchEventsRequest.with {
          $0.locationID = locationID
          $0.afterNumber = number
        })
    }
  }
}
