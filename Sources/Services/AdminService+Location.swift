public import API
import Domain
public import RPC

/// Dealers and locations (W5).
extension AdminService {
  // MARK: Dealers

  public func createDealer(
    _ request: ProtoCreateDealerRequest, _ context: CallContext
  ) async throws -> ProtoCreateDealerResponse {
    let name = try Self.dealerName(request.name)
    return try await environment.mutate(request, id: request.requestID, context) { decision, _ in
      guard try decision.tx.dealer(named: name) == nil else { throw Self.nameInUse("dealer", name) }
      let dealer = try decision.tx.insert(Dealer(name: name))
      return .accepted(.with { $0.dealer = ProtoDealer(dealer) })
    }
  }

  public func listDealers(
    _ request: ProtoListDealersRequest, _ context: CallContext
  ) async throws -> ProtoListDealersResponse {
    let caller = context.connection.caller
    let page = try Page(of: "dealers", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let (visible, next) = try page.items(id: \.id, where: caller.maySee, snapshot.dealers)
      return .with {
        $0.dealers = visible.map(ProtoDealer.init)
        $0.nextPageToken = next
      }
    }
  }

  public func updateDealer(
    _ request: ProtoUpdateDealerRequest, _ context: CallContext
  ) async throws -> ProtoUpdateDealerResponse {
    let name = try Self.dealerName(request.name)
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var dealer = try decision.dealer(request.dealerID, for: caller)
      if name != dealer.name {
        guard try decision.tx.dealer(named: name) == nil else { throw Self.nameInUse("dealer", name) }
        dealer.name = name
        try decision.tx.update(dealer)
        for location in try decision.tx.locations(of: dealer.id) {
          try decision.record(.init(.dealerUpdated, at: decision.now, location: location.id, by: caller))
        }
      }
      return .accepted(.with { $0.dealer = ProtoDealer(dealer) })
    }
  }

  private static func dealerName(_ typed: String) throws(Failure) -> String {
    var form = Form()
    let name = form.text(typed, "name", maximum: maximumNameCharacters)
    try form.check()
    return name
  }

  // MARK: Locations

  public func createLocation(
    _ request: ProtoCreateLocationRequest, _ context: CallContext
  ) async throws -> ProtoCreateLocationResponse {
    var form = Form()
    let isOwn = context.connection.caller.dealer != nil
    let dealerName = form.text(
      request.dealerName, "dealer_name", maximum: Self.maximumNameCharacters,
      isRequired: !isOwn && request.dealerID == 0)
    form.require(dealerName.isEmpty || request.dealerID == 0, "dealer_id", "not beside dealer_name")
    let name = form.text(request.name, "name", maximum: Self.maximumNameCharacters)
    let zone = form.zone(request.timeZone)
    let country = form.country(request.country)
    let languages = form.languages(request.languages.isEmpty ? ["en"] : request.languages)
    let currency = form.currency(request.currency.isEmpty ? "EUR" : request.currency)
    try form.check()
    guard let zone else { throw Failure.invalid("time_zone", "an IANA name") }
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let dealer = try decision.dealer(request.dealerID, named: dealerName, for: caller)
      try decision.requireNoLocation(named: name, of: dealer.id)
      try decision.requireRoomForLocation(of: dealer)
      let location = try decision.tx.insert(
        Location(
          dealer: dealer.id, name: name, zone: zone, country: country, languages: languages,
          currency: currency))
      try decision.record(.init(.locationCreated, at: decision.now, location: location.id, by: caller))
      return .accepted(try .with { $0.location = try ProtoLocation(location, in: decision.tx) })
    }
  }

  public func updateLocation(
    _ request: ProtoUpdateLocationRequest, _ context: CallContext
  ) async throws -> ProtoUpdateLocationResponse {
    var form = Form()
    let change = LocationChange(request, &form)
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var location = try decision.tx.location(request.locationID, for: caller)
      if let name = change.name, name != location.name {
        try decision.requireNoLocation(named: name, of: location.dealer)
      }
      change.apply(to: &location)
      try decision.tx.update(location)
      if let hours = change.hours { try decision.tx.replaceOpeningHours(of: location.id, with: hours) }
      try decision.screensChanged(at: location.id)
      try decision.record(.init(.locationUpdated, at: decision.now, location: location.id, by: caller))
      return .accepted(try .with { $0.location = try ProtoLocation(location, in: decision.tx) })
    }
  }
}

/// What a request changes of a location; `nil` stays.
private struct LocationChange: Sendable {
  var name: String?
  var zone: Zone?
  var country: String?
  var languages: [String]?
  var currency: String?
  var limits: Location.Limits?
  var hours: OpeningHours?
  /// A phone, or none.
  var emergencyPhone: Phone??
  var checkIn: CheckInSettings?

  init(_ request: ProtoUpdateLocationRequest, _ form: inout Form) {
    if request.hasName {
      name = form.text(request.name, "name", maximum: AdminService.maximumNameCharacters)
    }
    if request.hasTimeZone { zone = form.zone(request.timeZone) }
    if request.hasCountry { country = form.country(request.country) }
    if !request.languages.isEmpty { languages = form.languages(request.languages) }
    if request.hasCurrency { currency = form.currency(request.currency) }
    if request.hasLimits { limits = form.limits(request.limits) }
    if request.hasOpeningHours { hours = form.openingHours(request.openingHours) }
    if request.hasEmergencyPhone { emergencyPhone = .some(form.emergencyPhone(request.emergencyPhone)) }
    if request.hasCheckIn { checkIn = form.checkIn(request.checkIn) }
  }

  func apply(to location: inout Location) {
    if let name { location.name = name }
    if let zone { location.zone = zone }
    if let country { location.country = country }
    if let languages { location.languages = languages }
    if let currency { location.currency = currency }
    if let limits { location.limits = limits }
    if let emergencyPhone { location.emergencyPhone = emergencyPhone }
    if let checkIn { location.checkIn = checkIn }
  }
}

extension Decision {
  func dealer(_ id: Int64, for caller: Caller) throws -> Dealer {
    guard let dealer = try tx.dealer(Dealer.ID(rawValue: id)), caller.maySee(dealer) else {
      throw Failure.notFound("dealer")
    }
    return dealer
  }

  /// Whose location is to be made: by id, by name, or the caller's own. The operator makes who is new.
  fileprivate func dealer(_ id: Int64, named name: String, for caller: Caller) throws -> Dealer {
    if id != 0 { return try dealer(id, for: caller) }
    if name.isEmpty { return try dealer(caller.dealer?.rawValue ?? 0, for: caller) }
    if let known = try tx.dealer(named: name), caller.maySee(known) { return known }
    guard caller.scope == .everything else { throw Failure.notFound("dealer") }
    return try tx.insert(Dealer(name: name))
  }

  fileprivate func requireNoLocation(named name: String, of dealer: Dealer.ID) throws {
    guard try !tx.locations(of: dealer).contains(where: { $0.name == name }) else {
      throw AdminService.nameInUse("location", name)
    }
  }

  /// Every screen of a location shows something else now.
  func screensChanged(at location: Location.ID) throws {
    for locker in try tx.lockers(at: location) { try changed(locker.id) }
  }
}

extension Caller {
  /// The dealer all of whose things the caller may see; `nil` where it is less, or more, than one.
  var dealer: Dealer.ID? {
    if case .dealer(let id) = scope { id } else { nil }
  }

  func maySee(_ dealer: Dealer) -> Bool { scope == .everything || self.dealer == dealer.id }
}

extension ProtoDealer {
  init(_ dealer: Dealer) {
    self.init()
    dealerID = dealer.id.rawValue
    name = dealer.name
  }
}
