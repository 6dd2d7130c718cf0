public import API
import Domain
public import RPC

/// What customers agree to, in versions (C7).
extension AdminService {
  static let maximumAgreementCharacters = 20_000

  public func createAgreement(
    _ request: ProtoCreateAgreementRequest, _ context: CallContext
  ) async throws -> ProtoCreateAgreementResponse {
    let draft = try AgreementDraft(request.title, request.text, request.mandatory, request.modules)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.tx.location(request.locationID, for: caller)
      try decision.requireRoomForAgreement(at: location)
      let agreement = try decision.publish(draft, at: location.id)
      try decision.record(
        .init(.agreementCreated, at: decision.now, location: location.id, by: caller), text: draft.title)
      return .accepted(.with { $0.agreementID = agreement.id.rawValue })
    }
  }

  public func publishAgreement(
    _ request: ProtoPublishAgreementRequest, _ context: CallContext
  ) async throws -> ProtoPublishAgreementResponse {
    let draft = try AgreementDraft(request.title, request.text, request.mandatory, request.modules)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let current = try decision.currentAgreement(request.agreementID, for: caller)
      try decision.tx.end(current.id, at: decision.now)
      let agreement = try decision.publish(draft, at: current.location, after: current)
      try decision.record(
        .init(.agreementPublished, at: decision.now, location: current.location, by: caller),
        text: draft.title)
      return .accepted(.with { $0.agreement = ProtoAgreement(agreement, withText: true) })
    }
  }

  public func withdrawAgreement(
    _ request: ProtoWithdrawAgreementRequest, _ context: CallContext
  ) async throws -> ProtoWithdrawAgreementResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var agreement = try decision.currentAgreement(request.agreementID, for: caller)
      agreement.endedAt = decision.now
      try decision.tx.end(agreement.id, at: decision.now)
      try decision.screensChanged(at: agreement.location)
      try decision.record(
        .init(.agreementWithdrawn, at: decision.now, location: agreement.location, by: caller),
        text: agreement.title)
      return .accepted(.with { $0.agreement = ProtoAgreement(agreement, withText: true) })
    }
  }

  public func getAgreement(
    _ request: ProtoGetAgreementRequest, _ context: CallContext
  ) async throws -> ProtoGetAgreementResponse {
    let caller = context.connection.caller
    return try await environment.read { snapshot in
      let agreement = try snapshot.agreement(request.agreementID, for: caller)
      return .with { $0.agreement = ProtoAgreement(agreement, withText: true) }
    }
  }

  public func listAgreements(
    _ request: ProtoListAgreementsRequest, _ context: CallContext
  ) async throws -> ProtoListAgreementsResponse {
    let caller = context.connection.caller
    let page = try Page(of: "agreements", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let (agreements, next) = try page.items(id: \.id) {
        try snapshot.agreements(
          at: location.id, includingEnded: request.includeEnded, after: $0, limit: $1)
      }
      return .with {
        $0.agreements = agreements.map { ProtoAgreement($0, withText: false) }
        $0.nextPageToken = next
      }
    }
  }
}

/// What somebody wants to publish.
private struct AgreementDraft: Sendable {
  let title: String
  let text: String
  let isMandatory: Bool
  let modules: Set<Agreement.Module>

  init(
    _ title: String, _ text: String, _ isMandatory: Bool, _ modules: [ProtoAgreementModule]
  ) throws(Failure) {
    var form = Form()
    self.title = form.text(title, "title", maximum: AdminService.maximumNameCharacters)
    self.text = form.text(
      text, "text", maximum: AdminService.maximumAgreementCharacters, mayHaveLines: true)
    self.isMandatory = isMandatory
    let named = modules.map(Agreement.Module.init)
    form.require(
      !named.contains(nil) && Set(named).count == named.count, "modules",
      "check-in and kiosk, each at most once; none for all")
    self.modules = Set(named.isEmpty ? Agreement.Module.allCases : named.compactMap(\.self))
    try form.check()
  }
}

extension Decision {
  /// Makes the version that customers are shown from now on.
  fileprivate func publish(
    _ draft: AgreementDraft, at location: Location.ID, after earlier: Agreement? = nil
  ) throws -> Agreement {
    try screensChanged(at: location)
    return try tx.insert(
      Agreement(
        first: earlier?.series, location: location, version: (earlier?.version ?? 0) + 1, title: draft.title,
        text: draft.text, isMandatory: draft.isMandatory, modules: draft.modules, publishedAt: now))
  }

  fileprivate func currentAgreement(_ id: Int64, for caller: Caller) throws -> Agreement {
    let agreement = try tx.agreement(id, for: caller)
    guard agreement.endedAt == nil else {
      throw Failure.precondition(
        .agreementNotCurrent, "This is not the version that is shown; list the agreements to see which is.")
    }
    return agreement
  }
}

extension Snapshot {
  fileprivate func agreement(_ id: Int64, for caller: Caller) throws -> Agreement {
    try seen(agreement(Agreement.ID(rawValue: id)), "agreement", at: \.location, by: caller).0
  }
}

extension ProtoAgreement {
  fileprivate init(_ agreement: Agreement, withText: Bool) {
    self.init()
    agreementID = agreement.id.rawValue
    seriesID = agreement.series.rawValue
    locationID = agreement.location.rawValue
    version = Int32(agreement.version)
    title = agreement.title
    text = withText ? agreement.text : ""
    mandatory = agreement.isMandatory
    modules = Agreement.Module.allCases.filter(agreement.modules.contains).map(ProtoAgreementModule.init)
    if let publishedAt = agreement.publishedAt {
      publishTime = .init(milliseconds: publishedAt.milliseconds)
    }
    if let endedAt = agreement.endedAt { endTime = .init(milliseconds: endedAt.milliseconds) }
  }
}
