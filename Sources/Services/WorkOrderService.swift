public import API
import Core
import Domain
public import RPC

/// Appointments, and the PINs that the desk gives for them. The contract is
/// `Protos/latchkey/v1/work_order.proto`.
public struct WorkOrderService: Sendable {
  static let maximumImportErrors = 1000
  /// Work orders of a file that are stored in one decision: nobody waits long behind them.
  static let importBatch = 200
  static let maximumCancelCharacters = 500

  let environment: Environment
  let feed: WorkOrderFeed

  public init(_ environment: Environment) {
    self.environment = environment
    feed = WorkOrderFeed(environment)
  }

  public func upsertWorkOrder(
    _ request: ProtoUpsertWorkOrderRequest, _ context: CallContext
  ) async throws -> ProtoUpsertWorkOrderResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.tx.location(request.workOrder.locationID, for: caller)
      let draft: WorkOrderDraft
      do throws(WorkOrderDraft.Invalid) {
        draft = try WorkOrderDraft.validated(.init(request.workOrder), country: location.country)
      } catch {
        throw Failure.invalid(
          error.violations.map { .init(field: "work_order.\($0.field)", description: $0.description) })
      }
      let (workOrder, change) = try decision.store(draft, at: location)
      return .accepted(
        try .with {
          $0.workOrder = try decision.proto(workOrder, at: location)
          $0.created = change == .created
        })
    }
  }

  public func importWorkOrders(
    _ request: ProtoImportWorkOrdersRequest, _ context: CallContext
  ) async throws -> ProtoImportWorkOrdersResponse {
    let caller = context.connection.caller
    let location = try await environment.read { try $0.location(request.locationID, for: caller) }
    // Parsed before the decision: the writer is not kept waiting for a large file.
    let file: WorkOrderCSV
    do {
      file = try WorkOrderCSV(parsing: Array(request.csv), country: location.country)
    } catch {
      throw Failure(
        .invalidArgument, reason: .invalidCSV, error.description,
        violations: [.init(field: "csv", description: error.description)])
    }
    if let earlier: ProtoImportWorkOrdersResponse = try await environment.earlierAnswer(
      to: request, id: request.requestID, context)
    {
      return earlier
    }
    var response = ProtoImportWorkOrdersResponse()
    var problems = file.problems
    for start in stride(from: 0, to: file.lines.count, by: Self.importBatch) {
      let lines = file.lines[start..<min(start + Self.importBatch, file.lines.count)]
      let (changes, refused) = try await environment.decide(at: environment.clock.now) { decision in
        try decision.store(lines, of: file, at: location)
      }
      response.createdCount += Int32(changes.count { $0 == .created })
      response.updatedCount += Int32(changes.count { $0 == .updated })
      response.unchangedCount += Int32(changes.count { $0 == .none })
      problems += refused
    }
    response.errorCount = Int32(problems.count)
    response.errors = problems.sorted { $0.line < $1.line }.prefix(Self.maximumImportErrors).map { problem in
      .with {
        $0.line = Int32(problem.line)
        $0.field = problem.field
        $0.description_p = problem.description
      }
    }
    return try await environment.mutate(request, id: request.requestID, context) { [response] _, _ in
      .accepted(response)
    }
  }

  public func cancelWorkOrder(
    _ request: ProtoCancelWorkOrderRequest, _ context: CallContext
  ) async throws -> ProtoCancelWorkOrderResponse {
    guard let reason = WorkOrder.CancelReason(request.reason) else {
      throw Failure.invalid("reason", "no-show, customer, dealer or other")
    }
    let text = request.text.trimmed
    if let fault = text.fault(
      maximum: Self.maximumCancelCharacters, isRequired: reason == .other, mayHaveLines: true)
    {
      throw Failure.invalid("text", fault)
    }
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (workOrder, location) = try decision.tx.workOrder(request.workOrderID, for: caller)
      if workOrder.status != .cancelled {
        try decision.requireNoKeyInLocker(workOrder)
        for key in try decision.tx.keys(of: workOrder.id) { try decision.requireNotInMotion(key) }
        workOrder.status = .cancelled
        workOrder.cancelReason = reason
        try decision.tx.update(workOrder)
        for purpose in IssuedPin.Purpose.allCases {
          for pin in try decision.tx.openPins(for: workOrder.id, purpose: purpose) {
            try decision.endPin(pin.id, as: .revoked)
          }
        }
        try decision.record(
          Event(
            .workOrderCancelled, at: decision.now, location: location.id, workOrder: workOrder.id,
            by: caller, reason: reason.rawValue.uppercased()),
          text: text.isEmpty ? nil : text)
      }
      return .accepted(try .with { $0.workOrder = try decision.proto(workOrder, at: location) })
    }
  }

  public func restoreWorkOrder(
    _ request: ProtoRestoreWorkOrderRequest, _ context: CallContext
  ) async throws -> ProtoRestoreWorkOrderResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var (workOrder, location) = try decision.tx.workOrder(request.workOrderID, for: caller)
      if workOrder.status == .cancelled {
        workOrder.status = .planned
        workOrder.cancelReason = nil
        try decision.tx.update(workOrder)
        try decision.record(
          Event(
            .workOrderRestored, at: decision.now, location: location.id, workOrder: workOrder.id,
            by: caller))
        // A key of it may be in the house still.
        try decision.followKeys(of: workOrder.id)
        workOrder = try decision.expect(try decision.tx.workOrder(workOrder.id), "work order")
      }
      return .accepted(try .with { $0.workOrder = try decision.proto(workOrder, at: location) })
    }
  }

  public func issuePin(_ request: ProtoIssuePinRequest, _ context: CallContext) async throws
    -> ProtoIssuePinResponse
  {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let (workOrder, location) = try decision.tx.workOrder(request.workOrderID, for: caller)
      guard workOrder.status != .cancelled else {
        throw Failure.precondition(.workOrderCancelled, "This work order is cancelled; restore it first.")
      }
      let (pin, issued) =
        switch request.purpose {
        case .dropOff: try decision.issueDropPin(for: workOrder, at: location)
        case .pickUp: try decision.issuePickUpPin(for: workOrder, at: location)
        case .unspecified, .UNRECOGNIZED: throw Failure.invalid("purpose", "drop off or pick up")
        }
      try decision.record(
        Event(
          .pinIssued, at: decision.now, location: location.id, workOrder: workOrder.id, key: issued.key,
          by: caller, reason: issued.purpose.rawValue.uppercased()))
      return .secret(
        .with {
          $0.pin = pin.revealed
          $0.expireTime = .init(milliseconds: issued.expiresAt.milliseconds)
        }, remembered: nil)
    }
  }
}
