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
    _ request: ProtoWatchCommandsRequest, _ context: CallContext,
    _ stream: ResponseStream<ProtoWatchCommandsResponse>
  ) async throws {
    let locker = try KioskService.locker(of: context)
    guard let device = context.connection.caller.device else { throw Failure.notFound("locker") }
    let changes = environment.signals.subscribe(.commands(locker))
    var iterator = changes.makeAsyncIterator()
    let watch = environment.sessions.startedListening(locker, device)
    // Wakes this controller's last watch, so that it sees that it is no longer the newest, and ends.
    environment.signals.changed([.commands(locker)])
    let ending: Result<Void, any Error>
    do {
      try await presenceChanged(locker)
      try await send(request.afterSequence, of: locker, watch, &iterator, stream)
      ending = .success(())
    } catch {
      ending = .failure(error)
    }
    environment.sessions.stoppedListening(watch)
    try? await presenceChanged(locker)
    try ending.get()
    try Task.checkCancellation()
  }

  private func send(
    _ afterSequence: Int64, of locker: Locker.ID, _ watch: Sessions.Watch,
    _ iterator: inout AsyncStream<Void>.Iterator, _ stream: ResponseStream<ProtoWatchCommandsResponse>
  ) async throws {
    var sequence = afterSequence
    repeat {
      guard environment.sessions.isNewest(watch) else { return }
      let after = sequence
      let commands = try await environment.read { snapshot in
        try snapshot.pendingCommands(at: locker, after: after).map { command in
          (command, try snapshot.compartment(command.compartment)?.number ?? 0)
        }
      }
      for (command, compartment) in commands {
        try await stream.send(
          .with {
            $0.command.sequence = command.sequence
            $0.command.compartment = Int32(compartment)
            $0.command.expireTime = .init(milliseconds: command.expiresAt.milliseconds)
            $0.command.serverTime = .init(milliseconds: environment.clock.now.milliseconds)
          })
        sequence = command.sequence
      }
    } while await iterator.next() != nil
  }

  /// The screens show whether the locks answer.
  private func presenceChanged(_ locker: Locker.ID) async throws {
    try await environment.decide(at: environment.clock.now) { try $0.changed(locker) }
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
