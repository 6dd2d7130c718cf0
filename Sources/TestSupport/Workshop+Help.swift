public import API
import Domain

/// Settings of the location, and help at its kiosk.
extension Workshop {
  @discardableResult
  public func updateLocation(
    _ change: (inout ProtoUpdateLocationRequest) -> Void
  ) async throws -> ProtoLocation {
    var request = ProtoUpdateLocationRequest()
    request.requestID = world.requestID
    request.locationID = location.locationID
    change(&request)
    return try await world.admin.updateLocation(request, world.operatorContext).location
  }

  @discardableResult
  public func addService(
    _ name: String, _ fill: (inout ProtoCreateOptionalServiceRequest) -> Void = { _ in }
  ) async throws -> ProtoOptionalService {
    var request = ProtoCreateOptionalServiceRequest()
    request.requestID = world.requestID
    request.locationID = location.locationID
    request.name = name
    fill(&request)
    return try await world.admin.createOptionalService(request, world.operatorContext).service
  }

  /// Touches *call for help* at the kiosk. Returns the id of the call that is open then.
  @discardableResult
  public func callForHelp() async throws -> Int64 {
    _ = try await world.help.callForHelp(.with { $0.requestID = world.requestID }, screen.context)
    let locker = Locker.ID(rawValue: locker.lockerID)
    return try await world.store.read { try $0.openHelpCall(at: locker)?.id.rawValue ?? 0 }
  }

  /// What the kiosk says of help.
  public func help() async throws -> ProtoKioskHelp { try await view().help }

  public func watchHelp(
    on tablet: EnrolledPeer, after revision: Int64 = 0
  ) throws -> Watching<ProtoWatchHelpResponse> {
    Watching(
      try world.help.watchHelp(
        .with {
          $0.locationID = location.locationID
          $0.afterRevision = revision
        }, tablet.context))
  }

  @discardableResult
  public func handleHelp(_ call: Int64, on tablet: EnrolledPeer) async throws -> ProtoHelpCall {
    try await world.help.handleHelp(
      .with {
        $0.requestID = world.requestID
        $0.helpCallID = call
      }, tablet.context
    ).call
  }

  public func ignoreHelp(_ call: Int64, on tablet: EnrolledPeer) async throws {
    _ = try await world.help.ignoreHelp(
      .with {
        $0.requestID = world.requestID
        $0.helpCallID = call
      }, tablet.context)
  }
}
