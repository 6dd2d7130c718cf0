public import API
import Core
import Domain
public import RPC

/// API keys: programs of a dealer's, each with no more rights than it was given (S3, W5).
extension AdminService {
  /// What programs may call, as keys are kept to.
  public static let servicesForPrograms: Set<String> = ["AdminService", "EventService", "WorkOrderService"]

  public func createApiKey(
    _ request: ProtoCreateApiKeyRequest, _ context: CallContext
  ) async throws -> ProtoCreateApiKeyResponse {
    let now = environment.clock.now
    let expiresAt = request.hasExpireTime ? Instant(milliseconds: request.expireTime.milliseconds) : nil
    let isMoment = !request.hasExpireTime || request.expireTime.isValid
    var form = Form()
    let name = form.text(request.name, "name", maximum: Self.maximumNameCharacters)
    let locations = form.locations(request.reach, "reach", maximum: APIKey.maximumLocations)
    form.require(
      Self.servicesForPrograms.isSuperset(of: request.services), "services",
      "of \(Self.servicesForPrograms.sorted().joined(separator: ", ")), or none for all")
    form.require(
      isMoment && expiresAt.map { $0 > now } ?? true, "expire_time",
      "in the future, before the year 10000, or unset")
    try form.check()
    let environment = environment
    let secret = CredentialCode.draw(
      characters: CredentialCode.apiKeyCharacters,
      entropy: environment.entropy.bytes(CredentialCode.apiKeyCharacters)
    )
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.tx.location(request.locationID, for: caller)
      try decision.requireRoomForAPIKey(of: location.dealer)
      let digest = try decision.expect(
        CredentialCode.digest(secret, key: environment.secrets.codes), "digest of a drawn key")
      let key = try decision.tx.insert(
        APIKey(
          dealer: location.dealer, name: name, digest: digest,
          prefix: String(secret.prefix(APIKey.prefixCharacters)),
          reach: APIKey.Reach(
            locations: try decision.locations(locations, of: location.dealer, for: caller),
            mayWrite: !request.readOnly, services: Set(request.services)),
          createdAt: decision.now, expiresAt: expiresAt))
      try decision.record(
        Event(.apiKeyCreated, at: decision.now, location: location.id, by: caller), text: name)
      let remembered = ProtoCreateApiKeyResponse.with { $0.apiKeyID = key.id.rawValue }
      var response = remembered
      response.apiKey = secret
      return .secret(response, remembered: remembered)
    }
  }

  public func listApiKeys(
    _ request: ProtoListApiKeysRequest, _ context: CallContext
  ) async throws -> ProtoListApiKeysResponse {
    let caller = context.connection.caller
    let page = try Page(of: "keys", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let (keys, next) = try page.items(id: \.id) {
        try snapshot.apiKeys(of: location.dealer, after: $0, limit: $1)
      }
      return .with {
        $0.apiKeys = keys.map(ProtoApiKey.init)
        $0.nextPageToken = next
      }
    }
  }

  public func revokeApiKey(
    _ request: ProtoRevokeApiKeyRequest, _ context: CallContext
  ) async throws -> ProtoRevokeApiKeyResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      guard var key = try decision.tx.apiKey(APIKey.ID(rawValue: request.apiKeyID)),
        let location = try decision.tx.locations(of: key.dealer).first, caller.mayBeAt(location)
      else { throw Failure.notFound("API key") }
      if key.revokedAt == nil {
        key.revokedAt = decision.now
        try decision.tx.update(key)
        try decision.record(Event(.apiKeyRevoked, at: decision.now, location: location.id, by: caller))
        decision.tx.touch(.rights)
      }
      return .accepted(.init())
    }
  }
}
