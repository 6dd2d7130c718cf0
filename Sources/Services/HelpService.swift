public import API
import Domain
public import RPC

/// Help at the kiosk (E1, E2). The contract is `Protos/latchkey/v1/help.proto`.
public struct HelpService: Sendable {
  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  public func callForHelp(
    _ request: ProtoCallForHelpRequest, _ context: CallContext
  ) async throws -> ProtoCallForHelpResponse {
    let locker = try KioskService.locker(of: context)
    return try await environment.mutate(request, id: request.requestID, context) { decision, _ in
      try decision.callForHelp(at: locker)
      return .accepted(try .with { $0.view = try decision.view(of: locker) })
    }
  }

  public func watchHelp(
    _ request: ProtoWatchHelpRequest, _ context: CallContext
  ) throws -> TopicWatch<ProtoWatchHelpResponse> {
    let caller = context.connection.caller
    let staff = try Self.staff(caller)
    let id = Location.ID(rawValue: request.locationID)
    return TopicWatch(environment.signals, .help(id), after: max(0, request.afterRevision)) { after, stream in
      let news = try environment.readNow { snapshot -> ProtoWatchHelpResponse in
        _ = try snapshot.location(id, for: caller)
        return try .with {
          $0.revision = try snapshot.helpRevision(at: id)
          // Another one: after a restore it may be lower than what the caller knows.
          guard $0.revision != after else { return }
          $0.calls = try snapshot.helpCalls(at: id, for: staff).map { try ProtoHelpCall($0, in: snapshot) }
        }
      }
      guard news.revision != after else { return after }
      try await stream.send(news)
      return news.revision
    }
  }

  public func handleHelp(
    _ request: ProtoHandleHelpRequest, _ context: CallContext
  ) async throws -> ProtoHandleHelpResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let before = try decision.helpCall(request.helpCallID, for: caller)
      let call = try decision.apply(.handled(by: try Self.staff(caller)), to: before)
      if call != before { try decision.record(.helpHandled, of: call, by: caller) }
      return .accepted(try .with { $0.call = try ProtoHelpCall(call, in: decision.tx) })
    }
  }

  public func ignoreHelp(
    _ request: ProtoIgnoreHelpRequest, _ context: CallContext
  ) async throws -> ProtoIgnoreHelpResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let staff = try Self.staff(caller)
      var call = try decision.apply(.ignored, to: try decision.helpCall(request.helpCallID, for: caller))
      if try decision.tx.helpCalls(at: call.location, for: staff).contains(where: { $0.id == call.id }) {
        try decision.tx.ignore(call.id, by: staff)
        // The caller's other desks show it no longer.
        call.revision = try decision.tx.helpRevision(at: call.location) + 1
        try decision.tx.update(call)
        decision.tx.touch(.help(call.location))
        try decision.record(.helpIgnored, of: call, by: caller)
      }
      return .accepted(.init())
    }
  }

  private static func staff(_ caller: Caller) throws -> Staff.ID {
    guard let staff = caller.staff else { throw Failure.notFound("staff member") }
    return staff
  }
}

extension Decision {
  fileprivate func record(_ kind: Event.Kind, of call: HelpCall, by caller: Caller) throws {
    try record(.init(kind, at: now, location: call.location, locker: call.locker, by: caller))
  }
}

extension ProtoHelpCall {
  fileprivate init(_ call: HelpCall, in snapshot: any Snapshot) throws {
    self.init()
    helpCallID = call.id.rawValue
    locationID = call.location.rawValue
    lockerID = call.locker.rawValue
    lockerName = try snapshot.locker(call.locker)?.name ?? ""
    state = ProtoHelpState(call.state)
    step = ProtoKioskStep(call.screen)
    compartment = Int32(call.compartment ?? 0)
    callTime = .init(milliseconds: call.calledAt.milliseconds)
    staffID = call.handledBy?.rawValue ?? 0
  }
}
