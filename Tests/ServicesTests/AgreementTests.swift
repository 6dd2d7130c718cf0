import API
import Domain
import RPC
import TestSupport
import Testing

/// C7, C4: agreements in versions, and optional services.
@Suite(.timeLimit(.minutes(10))) struct AgreementTests {
  private func publish(
    _ shop: Workshop, after id: Int64, _ text: String, _ modules: [ProtoAgreementModule] = []
  ) async throws -> ProtoAgreement {
    try await shop.world.admin.publishAgreement(
      .with {
        $0.requestID = shop.world.requestID
        $0.agreementID = id
        $0.title = "Terms"
        $0.text = text
        $0.mandatory = true
        $0.modules = modules
      }, shop.world.operatorContext
    ).agreement
  }

  private func withdraw(_ shop: Workshop, _ id: Int64) async throws -> ProtoAgreement {
    try await shop.world.admin.withdrawAgreement(
      .with {
        $0.requestID = shop.world.requestID
        $0.agreementID = id
      }, shop.world.operatorContext
    ).agreement
  }

  private func list(_ shop: Workshop, includeEnded: Bool = false) async throws -> [ProtoAgreement] {
    try await shop.world.admin.listAgreements(
      .with {
        $0.locationID = shop.location.locationID
        $0.includeEnded = includeEnded
      }, shop.world.operatorContext
    ).agreements
  }

  private func shown(_ shop: Workshop) async throws -> [ProtoKioskAgreement] {
    try await shop.view().lower.appointment.agreements
  }

  /// The kiosk shows what there is to agree with.
  private func validating(_ shop: Workshop) async throws -> ProtoKioskView {
    let workOrder = try await shop.book()
    let view = try await shop.enter(pin: try await shop.pin(for: workOrder), in: try await shop.start())
    return try await shop.saveContact(in: view)
  }

  @Test func `C7 a new text is a new version, and the kiosk shows the newest at once`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let first = try await shop.addAgreement("Terms", isMandatory: true)
    let view = try await validating(shop)
    #expect(try await shown(shop).map(\.version) == [1])
    let second = try await publish(shop, after: first, "Second text")
    #expect(second.version == 2)
    #expect(second.seriesID == first)
    #expect(try await shop.view().revision > view.revision)
    #expect(try await shown(shop).map(\.text) == ["Second text"])
    #expect(try await shown(shop).map(\.agreementID) == [second.agreementID])
    #expect(try await list(shop).map(\.agreementID) == [second.agreementID])
    let all = try await list(shop, includeEnded: true)
    #expect(all.map(\.version) == [1, 2])
    #expect(all.map(\.hasEndTime) == [true, false])
    #expect(all.map(\.text) == ["", ""])
    let old = try await shop.world.admin.getAgreement(
      .with { $0.agreementID = first }, shop.world.operatorContext
    ).agreement
    #expect(old.text == "What Terms says.")
  }

  @Test func `C7 what was ticked must be what is shown, and which version was accepted stays`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let first = try await shop.addAgreement("Terms", isMandatory: true)
    let view = try await validating(shop)
    let second = try await publish(shop, after: first, "Second text")
    #expect(try await failure { try await shop.validate(in: view) }?.reason == "UNKNOWN_AGREEMENT")
    _ = try await shop.validate(in: try await shop.view())
    _ = try await publish(shop, after: second.agreementID, "Third text")
    let accepted = try await shop.world.admin.getAgreement(
      .with { $0.agreementID = second.agreementID }, shop.world.operatorContext
    ).agreement
    #expect(accepted.text == "Second text")
    #expect(try await shop.log(.agreementAccepted).count == 1)
    #expect(try await shop.log(.agreementPublished).count == 2)
  }

  @Test func `C7 what was withdrawn is shown no longer, and is not published on`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let first = try await shop.addAgreement("Terms", isMandatory: true)
    _ = try await validating(shop)
    #expect(try await withdraw(shop, first).hasEndTime)
    #expect(try await shown(shop).isEmpty)
    #expect(try await list(shop).isEmpty)
    #expect(try await failure { try await withdraw(shop, first) }?.reason == "AGREEMENT_NOT_CURRENT")
    #expect(
      try await failure { try await publish(shop, after: first, "x") }?.reason == "AGREEMENT_NOT_CURRENT")
    _ = try await shop.validate(in: try await shop.view())
  }

  @Test func `C7 of two who publish after the same version, the second hears of the first`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let first = try await shop.addAgreement("Terms", isMandatory: true)
    _ = try await publish(shop, after: first, "One")
    #expect(
      try await failure { try await publish(shop, after: first, "Two") }?.reason == "AGREEMENT_NOT_CURRENT")
    #expect(try await list(shop).map(\.version) == [2])
  }

  @Test func `C7 an agreement is shown in the modules that it is for`() async throws {
    let shop = try await Workshop.open(boxes: 2)
    let first = try await shop.addAgreement("Terms", isMandatory: true)
    #expect(try await list(shop).map(\.modules) == [[.checkIn, .kiosk]])
    let second = try await publish(shop, after: first, "At home", [.checkIn])
    #expect(second.modules == [.checkIn])
    _ = try await validating(shop)
    #expect(try await shown(shop).isEmpty)
    _ = try await publish(shop, after: second.agreementID, "Here", [.kiosk])
    #expect(try await shown(shop).map(\.text) == ["Here"])
    let doubled = try await failure { try await publish(shop, after: 1, "x", [.kiosk, .kiosk]) }
    #expect(doubled?.violations.map(\.field) == ["modules"])
    let unknown = try await failure { try await publish(shop, after: 1, "x", [.UNRECOGNIZED(9)]) }
    #expect(unknown?.violations.map(\.field) == ["modules"])
  }

  // MARK: Optional services

  private func services(
    _ shop: Workshop, for workOrder: ProtoWorkOrder? = nil, includeWithdrawn: Bool = false
  ) async throws -> [String] {
    try await shop.world.admin.listOptionalServices(
      .with {
        $0.locationID = shop.location.locationID
        $0.workOrderID = workOrder?.workOrderID ?? 0
        $0.includeWithdrawn = includeWithdrawn
      }, shop.world.operatorContext
    ).services.map(\.name)
  }

  private func update(
    _ shop: Workshop, _ service: ProtoOptionalService,
    _ change: (inout ProtoUpdateOptionalServiceRequest) -> Void
  ) async throws -> ProtoOptionalService {
    var request = ProtoUpdateOptionalServiceRequest()
    request.requestID = shop.world.requestID
    request.serviceID = service.serviceID
    change(&request)
    return try await shop.world.admin.updateOptionalService(request, shop.world.operatorContext).service
  }

  @Test func `C4 a work order is offered what suits its car's brand`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    try await shop.addService("Wash")
    try await shop.addService("Software") { $0.brands = ["Volvo", "Polestar"] }
    try await shop.addService("Hood") { $0.brands = ["Mazda"] }
    let volvo = try await shop.store(try await shop.book("1")) { $0.vehicle.brand = "VOLVO" }
    let unknown = try await shop.book("2")
    #expect(try await services(shop) == ["Wash", "Software", "Hood"])
    #expect(try await services(shop, for: volvo) == ["Wash", "Software"])
    #expect(try await services(shop, for: unknown) == ["Wash"])
    let other = try await shop.neighbour()
    let foreign = try await other.book("3")
    #expect(try await failure { try await services(shop, for: foreign) }?.reason == "NOT_FOUND")
    let both = try await failure { try await services(shop, for: volvo, includeWithdrawn: true) }
    #expect(both?.violations.map(\.field) == ["include_withdrawn"])
  }

  @Test func `C4 a service changes field by field until it is withdrawn, which is for good`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let made = try await shop.addService("Wash") {
      $0.description_p = "By hand.\nTakes an hour."
      $0.priceCents = 1995
      $0.url = "https://example.org/wash"
      $0.brands = [" Volvo "]
    }
    #expect(made.brands == ["Volvo"])
    var expected = made
    expected.priceCents = 0
    #expect(try await update(shop, made) { $0.priceCents = 0 } == expected)
    expected.brands = []
    #expect(try await update(shop, made) { $0.brands = .init() } == expected)
    expected.url = ""
    #expect(try await update(shop, made) { $0.url = "" } == expected)
    func withdraw() async throws -> ProtoOptionalService {
      try await shop.world.admin.withdrawOptionalService(
        .with {
          $0.requestID = shop.world.requestID
          $0.serviceID = made.serviceID
        }, shop.world.operatorContext
      ).service
    }
    #expect(try await withdraw().withdrawn)
    #expect(try await withdraw().withdrawn)
    #expect(try await shop.log(.optionalServiceWithdrawn).count == 1)
    #expect(
      try await failure { try await update(shop, made) { $0.name = "x" } }?.reason == "SERVICE_WITHDRAWN")
    #expect(try await services(shop).isEmpty)
    #expect(try await services(shop, includeWithdrawn: true) == ["Wash"])
  }

  @Test func `A5 every fault of a service is named at once`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let faults = try await failure {
      try await shop.addService("") {
        $0.description_p = String(repeating: "x", count: 2001)
        $0.priceCents = -1
        $0.url = "javascript:alert(1)"
        $0.brands = ["Volvo", "volvo", ""]
      }
    }
    #expect(
      faults?.violations.map(\.field) == ["name", "description", "price_cents", "url", "brands[2]", "brands"])
    let many = try await failure {
      try await shop.addService("Wash") { $0.brands = (0..<51).map { "Brand \($0)" } }
    }
    #expect(many?.violations.map(\.field) == ["brands"])
    try await shop.addService("Wash") { $0.brands = (0..<50).map { "Brand \($0)" } }
  }
}
