public import API
import Core
import Domain
public import RPC

/// What lock controllers and the server say to each other (L1–L4). The contract is
/// `Protos/latchkey/v1/locker.proto`.
public struct LockerService: Sendable {
  static let maximumReports = 256
  static let maximumVersionCharacters = 40

  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  public func watchCommands(
    _ request: ProtoWatchCommandsRequest, _ context: CallContext
  ) throws -> CommandWatch {
    let locker = try KioskService.locker(of: context)
    guard let device = context.connection.caller.device else { throw Failure.notFound("locker") }
    return CommandWatch(environment, at: locker, by: device, after: request.afterSequence)
  }

  public func report(_ request: ProtoReportRequest, _ context: CallContext) async throws
    -> ProtoReportResponse
  {
    guard request.reports.count <= Self.maximumReports else {
      throw Failure.invalid("reports", "at most \(Self.maximumReports) at a time")
    }
    let caller = context.connection.caller
    guard let device = caller.device, let locker = caller.locker else { throw Failure.notFound("locker") }
    let reports = try LockReport.all(in: request.reports)
    let version = request.controllerVersion
    if let fault = version.fault(maximum: Self.maximumVersionCharacters) {
      throw Failure.invalid("controller_version", fault)
    }
    return try await environment.decide(at: environment.clock.now) { decision in
      var controller = try decision.expect(try decision.tx.device(device), "device")
      var place = try decision.expect(try decision.tx.locker(locker), "locker")
      if !version.isEmpty && version != place.controllerVersion {
        place.controllerVersion = version
        try decision.tx.update(place)
      }
      for report in reports where report.number > controller.lastReport {
        guard report.number == controller.lastReport + 1 else {
          throw Failure(
            .failedPrecondition, reason: .reportOutOfOrder,
            "Report \(controller.lastReport + 1) is due, not \(report.number); go on from there.",
            metadata: ["acknowledged_number": String(controller.lastReport)])
        }
        controller.lastReport = report.number
        try decision.take(report, of: locker)
      }
      try decision.tx.update(controller)
      let acknowledged = controller.lastReport
      return .with { $0.acknowledgedNumber = acknowledged }
    }
  }

  public func getLockerSettings(
    _: ProtoGetLockerSettingsRequest, _ context: CallContext
  ) async throws -> ProtoGetLockerSettingsResponse {
    let caller = context.connection.caller
    guard let device = caller.device, let id = caller.locker else { throw Failure.notFound("locker") }
    return try await environment.read { snapshot in
      guard let locker = try snapshot.locker(id), let controller = try snapshot.device(device) else {
        throw Failure.notFound("locker")
      }
      let count = try snapshot.compartments(of: id).count
      return .with {
        $0.lockerID = id.rawValue
        $0.displayName = locker.name
        $0.compartmentCount = Int32(count)
        $0.hasItemSensors_p = locker.hasItemSensors
        $0.timing = ProtoLockTiming(locker.timing)
        $0.acknowledgedNumber = controller.lastReport
      }
    }
  }
}
