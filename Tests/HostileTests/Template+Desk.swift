import API
import Foundation
import TestSupport

extension Template {
  static let events: [Template] = [
    Template("EventService/WatchEvents", ignored: ["after_number"]) {
      (request: inout ProtoWatchEventsRequest, shop, _) in
      request.locationID = shop.own.location
      request.afterNumber = 1
    },
    Template("EventService/ListTimeline") { (request: inout ProtoListTimelineRequest, shop, _) in
      request.workOrderID = try shop.own.book().workOrderID
    },
    Template("EventService/ExportChainHead") { (request: inout ProtoExportChainHeadRequest, shop, _) in
      request.locationID = shop.own.location
    },
  ]

  static let handovers: [Template] = [
    Template("HandoverService/RequestHandover", "take out", ignored: ["locker_id"]) {
      (request: inout ProtoRequestHandoverRequest, shop, _) in
      shop.own.endHandover()
      try shop.own.endVisit()
      request.requestID = newID()
      request.workOrderID = try shop.own.bookInLocker().workOrderID
      request.direction = .takeOut
    },
    Template("HandoverService/RequestHandover", "put back") {
      (request: inout ProtoRequestHandoverRequest, shop, _) in
      shop.own.endHandover()
      try shop.own.endVisit()
      let workOrder = try shop.own.book()
      try shop.own.correct(workOrder.keys[0].keyID, to: .staff)
      request.requestID = newID()
      request.workOrderID = workOrder.workOrderID
      request.direction = .putBack
      request.lockerID = shop.own.locker
    },
    Template("HandoverService/RedeemHandover") { (request: inout ProtoRedeemHandoverRequest, shop, _) in
      let handover = try shop.own.requestHandover()
      request.requestID = newID()
      request.handoverID = handover.handoverID
      request.token = try shop.own.view().upper.handoverToken
    },
    Template("HandoverService/CancelHandover") { (request: inout ProtoCancelHandoverRequest, shop, _) in
      request.handoverID = try shop.own.requestHandover().handoverID
    },
    Template("HandoverService/WatchHandover", ignored: ["after_revision"]) {
      (request: inout ProtoWatchHandoverRequest, shop, _) in
      request.handoverID = try shop.own.requestHandover().handoverID
      request.afterRevision = 1
    },
  ]

  /// The contract calls these output only: an upsert takes no notice of them.
  private static let outputOfWorkOrders: Set<String> = [
    "work_order.work_order_id", "work_order.status", "work_order.keys", "work_order.additional_phone",
    "work_order.remarks", "work_order.pinned", "work_order.cancel_reason",
    "work_order.interventions.intervention_id", "work_order.pinned_by_hand",
  ]

  static let workOrders: [Template] = [
    Template("WorkOrderService/UpsertWorkOrder", ignored: outputOfWorkOrders) {
      (request: inout ProtoUpsertWorkOrderRequest, shop, _) in
      let number = newNumber()
      request.requestID = newID()
      request.workOrder = Place.appointment(number, plate: "H\(number)", at: shop.own.location)
    },
    Template("WorkOrderService/ImportWorkOrders") {
      (request: inout ProtoImportWorkOrdersRequest, shop, _) in
      let number = newNumber()
      request.requestID = newID()
      request.locationID = shop.own.location
      request.csv = Data("number,date,time,plate\n\(number),\(Place.today),23:59,H\(number)\n".utf8)
    },
    Template("WorkOrderService/GetWorkOrder", "by id", ignored: ["location_id", "number"]) {
      (request: inout ProtoGetWorkOrderRequest, shop, _) in
      request.workOrderID = try shop.own.book().workOrderID
    },
    Template("WorkOrderService/GetWorkOrder", "by number") {
      (request: inout ProtoGetWorkOrderRequest, shop, _) in
      request.locationID = shop.own.location
      request.number = try shop.own.book().number
    },
    Template("WorkOrderService/ListWorkOrders") { (request: inout ProtoListWorkOrdersRequest, shop, _) in
      request.locationID = shop.own.location
      request.fromDate = Place.today
      request.toDate = Place.today
      request.pageSize = 10
      request.pageToken = "2 2000-01-01T00:00 1"
      request.search = "H1"
      request.includePinned = true
    },
    Template("WorkOrderService/WatchWorkOrders", ignored: ["after_number"]) {
      (request: inout ProtoWatchWorkOrdersRequest, shop, _) in
      request.locationID = shop.own.location
      request.fromDate = Place.today
      request.toDate = Place.today
      request.search = "H1"
      request.afterNumber = 1
    },
    Template("WorkOrderService/PinWorkOrder") { (request: inout ProtoPinWorkOrderRequest, shop, _) in
      request.requestID = newID()
      request.workOrderID = try shop.own.book().workOrderID
      request.pinned = true
    },
    Template("WorkOrderService/CancelWorkOrder") { (request: inout ProtoCancelWorkOrderRequest, shop, _) in
      request.requestID = newID()
      request.workOrderID = try shop.own.book().workOrderID
      request.reason = .other
      request.text = "Sold"
    },
    Template("WorkOrderService/RestoreWorkOrder") { (request: inout ProtoRestoreWorkOrderRequest, shop, _) in
      request.requestID = newID()
      request.workOrderID = try shop.own.book().workOrderID
    },
    Template("WorkOrderService/IssuePin") { (request: inout ProtoIssuePinRequest, shop, _) in
      request.requestID = newID()
      request.workOrderID = try shop.own.book().workOrderID
      request.purpose = .dropOff
    },
  ]
}
