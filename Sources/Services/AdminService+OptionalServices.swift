public import API
import Domain
public import RPC

/// What customers may choose beside the planned work (C4).
extension AdminService {
  public func createOptionalService(
    _ request: ProtoCreateOptionalServiceRequest, _ context: CallContext
  ) async throws -> ProtoCreateOptionalServiceResponse {
    var form = Form()
    let name = form.text(request.name, "name", maximum: Self.maximumNameCharacters)
    let description = form.serviceDescription(request.description_p)
    let price = form.price(request.priceCents)
    let url = form.url(request.url)
    let brands = form.brands(request.brands, "brands")
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      let location = try decision.tx.location(request.locationID, for: caller)
      try decision.requireRoomForOptionalService(at: location)
      let service = try decision.tx.insert(
        OptionalService(
          location: location.id, name: name, description: description, priceCents: price, url: url,
          brands: brands))
      try decision.record(
        .init(.optionalServiceCreated, at: decision.now, location: location.id, by: caller), text: name)
      return .accepted(.with { $0.service = ProtoOptionalService(service) })
    }
  }

  public func updateOptionalService(
    _ request: ProtoUpdateOptionalServiceRequest, _ context: CallContext
  ) async throws -> ProtoUpdateOptionalServiceResponse {
    var form = Form()
    let name = request.hasName ? form.text(request.name, "name", maximum: Self.maximumNameCharacters) : nil
    let description = request.hasDescription_p ? form.serviceDescription(request.description_p) : nil
    let price = request.hasPriceCents ? form.price(request.priceCents) : nil
    let url = request.hasURL ? form.url(request.url) : nil
    let brands = request.hasBrands ? form.brands(request.brands.names, "brands.names") : nil
    try form.check()
    return try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var service = try decision.optionalService(request.serviceID, for: caller)
      guard !service.isWithdrawn else {
        throw Failure.precondition(.serviceWithdrawn, "'\(service.name)' was withdrawn; make a new one.")
      }
      if let name { service.name = name }
      if let description { service.description = description }
      if let price { service.priceCents = price }
      if let url { service.url = url }
      if let brands { service.brands = brands }
      try decision.tx.update(service)
      try decision.record(
        .init(.optionalServiceUpdated, at: decision.now, location: service.location, by: caller),
        text: service.name)
      return .accepted(.with { $0.service = ProtoOptionalService(service) })
    }
  }

  public func withdrawOptionalService(
    _ request: ProtoWithdrawOptionalServiceRequest, _ context: CallContext
  ) async throws -> ProtoWithdrawOptionalServiceResponse {
    try await environment.mutate(request, id: request.requestID, context) { decision, caller in
      var service = try decision.optionalService(request.serviceID, for: caller)
      if !service.isWithdrawn {
        service.isWithdrawn = true
        try decision.tx.update(service)
        try decision.record(
          .init(.optionalServiceWithdrawn, at: decision.now, location: service.location, by: caller),
          text: service.name)
      }
      return .accepted(.with { $0.service = ProtoOptionalService(service) })
    }
  }

  public func listOptionalServices(
    _ request: ProtoListOptionalServicesRequest, _ context: CallContext
  ) async throws -> ProtoListOptionalServicesResponse {
    let caller = context.connection.caller
    var form = Form()
    form.require(
      !request.includeWithdrawn || request.workOrderID == 0, "include_withdrawn", "not beside work_order_id")
    try form.check()
    let page = try Page(of: "services", size: request.pageSize, token: request.pageToken)
    return try await environment.read { snapshot in
      let location = try snapshot.location(request.locationID, for: caller)
      let brand =
        try request.workOrderID == 0 ? nil : snapshot.brand(of: request.workOrderID, at: location.id)
      let (services, next) = try page.items(id: \.id, where: { brand.map($0.suits) ?? true }) {
        try snapshot.optionalServices(
          at: location.id, includingWithdrawn: request.includeWithdrawn, after: $0, limit: $1)
      }
      return .with {
        $0.services = services.map(ProtoOptionalService.init)
        $0.nextPageToken = next
      }
    }
  }
}

extension Form {
  fileprivate mutating func serviceDescription(_ typed: String) -> String {
    text(
      typed, "description", maximum: OptionalService.maximumDescriptionCharacters, isRequired: false,
      mayHaveLines: true)
  }

  fileprivate mutating func price(_ cents: Int64) -> Int64 {
    require(OptionalService.prices.contains(cents), "price_cents", "0 to 99,999,999")
    return cents
  }

  fileprivate mutating func url(_ typed: String) -> String {
    let url = text(typed, "url", maximum: OptionalService.maximumURLCharacters, isRequired: false)
    require(url.isEmpty || OptionalService.isURL(url), "url", "https://… or http://…, or empty for none")
    return url
  }

  fileprivate mutating func brands(_ typed: [String], _ field: String) -> [String] {
    guard typed.count <= OptionalService.maximumBrands else {
      require(false, field, "at most \(OptionalService.maximumBrands)")
      return []
    }
    let brands = typed.enumerated().map { index, brand in
      text(brand, "\(field)[\(index)]", maximum: OptionalService.maximumBrandCharacters)
    }
    require(Set(brands.map { $0.lowercased() }).count == brands.count, field, "each brand once")
    return brands
  }
}

extension Decision {
  fileprivate func optionalService(_ id: Int64, for caller: Caller) throws -> OptionalService {
    try tx.seen(
      tx.optionalService(OptionalService.ID(rawValue: id)), "service", at: \.location, by: caller
    ).0
  }
}

extension Snapshot {
  /// Of a work order's car; empty where nobody knows it.
  fileprivate func brand(of id: Int64, at location: Location.ID) throws -> String {
    guard let workOrder = try workOrder(WorkOrder.ID(rawValue: id)), workOrder.location == location
    else { throw Failure.notFound("work order") }
    return workOrder.brand
  }
}

extension ProtoOptionalService {
  fileprivate init(_ service: OptionalService) {
    self.init()
    serviceID = service.id.rawValue
    locationID = service.location.rawValue
    name = service.name
    description_p = service.description
    priceCents = service.priceCents
    url = service.url
    brands = service.brands
    withdrawn = service.isWithdrawn
  }
}
