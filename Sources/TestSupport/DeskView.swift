public import API
public import RPC

/// What a desk shows: it puts together what its watch sends, as the contract says.
public struct DeskView: Sendable {
  public private(set) var rows: [Int64: ProtoWorkOrderRow] = [:]
  public private(set) var isWhole = false
  /// What to resume after.
  public private(set) var number: Int64 = 0
  public private(set) var today = ""

  public init() {}

  public mutating func apply(_ message: ProtoWatchWorkOrdersResponse) {
    if message.restarted { rows = [:] }
    for row in message.rows { rows[row.workOrderID] = row }
    for id in message.removedWorkOrderIds { rows[id] = nil }
    isWhole = message.complete
    if message.complete { number = message.number }
    today = message.today
  }

  /// From top to end.
  public var inOrder: [ProtoWorkOrderRow] {
    rows.values.sorted { $0.orderKey.utf8.lexicographicallyPrecedes($1.orderKey.utf8) }
  }

  public var numbers: [String] { inOrder.map(\.number) }
}

extension Workshop {
  /// What a desk asks for.
  public func deskRequest(
    _ from: String = "2027-03-01", _ through: String = "2027-03-07", search: String = "",
    after number: Int64 = 0
  ) -> ProtoWatchWorkOrdersRequest {
    .with {
      $0.locationID = location.locationID
      $0.fromDate = from
      $0.toDate = through
      $0.search = search
      $0.afterNumber = number
    }
  }

  /// A desk that watches.
  public func desk(
    _ request: ProtoWatchWorkOrdersRequest, as context: CallContext? = nil
  ) throws -> Watching<ProtoWatchWorkOrdersResponse> {
    Watching(try world.workOrders.watchWorkOrders(request, context ?? world.operatorContext))
  }

  /// The whole list as a desk is told that asks only now.
  public func fresh(_ request: ProtoWatchWorkOrdersRequest) async throws -> DeskView {
    let desk = try desk(request)
    let view = await desk.view()
    await desk.cancel()
    return view
  }

  @discardableResult
  public func pin(_ workOrder: ProtoWorkOrder, _ isPinned: Bool = true) async throws -> ProtoWorkOrder {
    try await world.workOrders.pinWorkOrder(
      .with {
        $0.requestID = world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.pinned = isPinned
      }, world.operatorContext
    ).workOrder
  }
}

extension Watching where Message == ProtoWatchWorkOrdersResponse {
  /// What the desk shows once nothing more comes.
  public func view() async -> DeskView {
    await untilRest()
    return soFar.reduce(into: DeskView()) { $0.apply($1) }
  }

  /// What came after the list was whole for the first time.
  public func news() async -> [ProtoWatchWorkOrdersResponse] {
    await untilRest()
    let all = soFar
    guard let whole = all.firstIndex(where: \.complete) else { return [] }
    return Array(all[(whole + 1)...])
  }
}
