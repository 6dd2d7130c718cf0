public import API
import Domain
public import RPC

/// What the desk sees (W1, W2, C10).
extension WorkOrderService {
  /// Work orders that may be pinned by hand at a location: all of them are in every list.
  static let maximumPinned = 200

  public func getWorkOrder(
    _ request: ProtoGetWorkOrderRequest, _ context: CallContext
  ) async throws -> ProtoGetWorkOrderResponse {
    let caller = context.connection.caller
    let now = environment.clock.now
    return try await environment.read { snapshot in
      let found =
        request.workOrderID != 0
        ? try snapshot.workOrder(WorkOrder.ID(rawValue: request.workOrderID))
        : try snapshot.workOrder(request.number, at: Location.ID(rawValue: request.locationID))
      let (workOrder, location) = try snapshot.seen(found, "work order", at: \.location, by: caller)
      return try ProtoGetWorkOrderResponse(workOrder, at: location, at: now, in: snapshot)
    }
  }

  public func listWorkOrders(
    _ request: ProtoListWorkOrdersRequest, _ context: CallContext
  ) async throws -> ProtoListWorkOrdersResponse {
    let caller = context.connection.caller
    let now = environment.clock.now
    var form = Form()
    let list = form.list(
      request.locationID, request.fromDate, request.toDate, request.search, hasPinned: request.includePinned)
    form.require(
      (0...Page.maximumSize).contains(Int(request.pageSize)), "page_size",
      "1 to \(Page.maximumSize), or 0 for \(Page.defaultSize)")
    let position = request.pageToken.isEmpty ? nil : ListPosition(parsing: request.pageToken)
    form.require(
      position != nil || request.pageToken.isEmpty, "page_token",
      "the next_page_token of an earlier answer, or nothing")
    try form.check()
    guard let list else { throw Failure.invalid("from_date", "YYYY-MM-DD") }
    let size = request.pageSize == 0 ? Page.defaultSize : Int(request.pageSize)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let found = try snapshot.page(
        of: list, today: LocalDate(now, in: location.zone), after: position, limit: size + 1)
      return try .with {
        $0.workOrders = try found.prefix(size).map { try ProtoWorkOrder($0, at: location, in: snapshot) }
        $0.nextPageToken = found.count > size ? found[size - 1].position.description : ""
      }
    }
  }

  public func watchWorkOrders(
    _ request: ProtoWatchWorkOrdersRequest, _ context: CallContext
  ) throws -> WorkOrderWatch {
    var form = Form()
    let list = form.list(
      request.locationID, request.fromDate, request.toDate, request.search, hasPinned: true)
    form.require(request.afterNumber >= 0, "after_number", "the number of an earlier message, or 0")
    try form.check()
    guard let list else { throw Failure.invalid("from_date", "YYYY-MM-DD") }
    return WorkOrderWatch(
      environment, feed, of: list, for: context.connection.caller, after: request.afterNumber)
  }

  public func pinWorkOrder(
    _ request: ProtoPinWorkOrderRequest, _ context: CallContext
  ) async throws -> ProtoPinWorkOrderResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (workOrder, location) = try decision.tx.workOrder(request.workOrderID, for: caller)
      if workOrder.isPinnedByHand != request.pinned {
        if request.pinned { try decision.requireRoomToPin(at: location) }
        workOrder.isPinnedByHand = request.pinned
        try decision.tx.update(workOrder)
        try decision.record(
          Event(
            request.pinned ? .workOrderPinned : .workOrderUnpinned, at: decision.now, location: location.id,
            workOrder: workOrder.id, by: caller))
      }
      return .accepted(try .with { $0.workOrder = try decision.proto(workOrder, at: location) })
    }
  }
}

extension Decision {
  fileprivate func requireRoomToPin(at location: Location) throws {
    let pinned = try tx.workOrdersOnTop(at: location.id).count(where: \.isPinnedByHand)
    guard pinned >= WorkOrderService.maximumPinned else { return }
    throw Failure(
      .resourceExhausted, reason: .tooManyPinned,
      "\(pinned) work orders are pinned at '\(location.name)'; take the pin off some of them first.")
  }
}

extension Form {
  /// What a desk asks to see; every fault is noted.
  fileprivate mutating func list(
    _ location: Int64, _ from: String, _ through: String, _ search: String, hasPinned: Bool
  ) -> DeskList? {
    let from = value(LocalDate(parsing: from), "from_date", "YYYY-MM-DD")
    let through = value(
      LocalDate(parsing: through).flatMap { through in
        guard let from else { return through }
        return (0..<DeskList.maximumDays).contains(from.days(until: through)) ? through : nil
      }, "to_date", "YYYY-MM-DD, from_date or up to six days after it")
    let fault = search.trimmed.fault(maximum: WorkOrderSearch.maximumCharacters)
    require(fault == nil, "search", fault ?? "")
    guard let from, let through, fault == nil else { return nil }
    return DeskList(
      location: Location.ID(rawValue: location), from: from, through: through, hasPinned: hasPinned,
      search: WorkOrderSearch(search))
  }
}
