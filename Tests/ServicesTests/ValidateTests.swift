import API
import RPC
import TestSupport
import Testing

/// What the customer agrees with before the box opens (D6).
@Suite struct ValidateTests {
  /// A visit on the step, of a work order with work agreed at check-in, a remark, and a hidden price.
  private func validating(_ shop: Workshop) async throws -> (workOrder: ProtoWorkOrder, view: ProtoKioskView)
  {
    let workOrder = try await shop.store(try await shop.book()) {
      $0.interventions = [
        .with { ($0.name, $0.remark, $0.priceCents, $0.agreed) = ("Service", "With filter", 24_900, true) },
        .with { ($0.name, $0.priceCents, $0.priceHidden) = ("Tyres", 9_900, true) },
      ]
    }
    try await shop.identify(try await shop.pin(for: workOrder))
    return (workOrder, try await shop.touch(.contact()))
  }

  @Test func `D6 the step shows appointment, work, prices and agreements; what was agreed is green`()
    async throws
  {
    let shop = try await Workshop.open()
    let terms = try await shop.addAgreement("Terms", isMandatory: true)
    let news = try await shop.addAgreement("News", isMandatory: false)
    let view = try await validating(shop).view
    #expect(view.lower.step == .validate)
    let appointment = view.lower.appointment
    #expect(appointment.localTime == "2027-03-01T10:00")
    #expect(appointment.registration == "AB-123-C")
    #expect(appointment.interventions.map(\.name) == ["Service", "Tyres"])
    #expect(appointment.interventions.map(\.remark) == ["With filter", ""])
    #expect(appointment.interventions.map(\.agreed) == [true, false])
    #expect(appointment.interventions.map(\.priceHidden) == [false, true])
    #expect(appointment.interventions.map(\.priceCents) == [24_900, 0])
    #expect(appointment.agreements.map(\.agreementID) == [terms, news])
    #expect(appointment.agreements.map(\.mandatory) == [true, false])
    #expect(appointment.agreements.map(\.text) == ["What Terms says.", "What News says."])
  }

  @Test func `D6 the work that is set to green is agreed, the rest is not`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, view) = try await validating(shop)
    let tyres = view.lower.appointment.interventions[1].interventionID
    #expect(try await shop.touch(.validate(agreed: [tyres])).lower.step == .opening)
    let work = try await shop.current(workOrder).interventions
    #expect(work.map(\.agreed) == [false, true])
    #expect(work.map(\.priceCents) == [24_900, 9_900])
  }

  @Test func `D6 every mandatory agreement has to be accepted, an optional one need not be`() async throws {
    let shop = try await Workshop.open()
    let terms = try await shop.addAgreement("Terms", isMandatory: true)
    let privacy = try await shop.addAgreement("Privacy", isMandatory: true)
    let news = try await shop.addAgreement("News", isMandatory: false)
    let workOrder = try await validating(shop).workOrder
    for accepted in [[], [terms], [privacy, news]] {
      let refusal = try await shop.refusal { try await shop.touch(.validate(accepted: accepted)) }
      #expect(refusal?.reason == "AGREEMENT_REQUIRED")
    }
    #expect(try await shop.commandCount() == 0)
    #expect(try await shop.log(.agreementAccepted).isEmpty)
    try await shop.touch(.validate(accepted: [privacy, terms]))
    #expect(try await shop.log(.agreementAccepted).count == 2)
    #expect(try await shop.timeline(of: workOrder).filter { $0 == "agreement accepted" }.count == 2)
  }

  @Test func `D6 an agreement of another location, or of none, is unknown`() async throws {
    let shop = try await Workshop.open()
    let elsewhere = try await shop.addLocation().addAgreement("Elsewhere", isMandatory: true)
    _ = try await validating(shop)
    for id in [elsewhere, 0, -1, .max] {
      let refusal = try await shop.refusal { try await shop.touch(.validate(accepted: [id])) }
      #expect(refusal?.reason == "UNKNOWN_AGREEMENT")
    }
    #expect(try await shop.view().lower.step == .validate)
  }

  @Test func `D6 work of another work order, or of none, is unknown and changes nothing`() async throws {
    let shop = try await Workshop.open()
    let other = try await shop.book("4712", plate: "XX-999-X")
    let (workOrder, view) = try await validating(shop)
    let own = view.lower.appointment.interventions.map(\.interventionID)
    for id in [other.interventions[0].interventionID, 0, -1, .max] {
      let refusal = try await shop.refusal { try await shop.touch(.validate(agreed: own + [id])) }
      #expect(refusal?.reason == "UNKNOWN_INTERVENTION")
    }
    #expect(try await shop.current(workOrder).interventions.map(\.agreed) == [true, false])
    #expect(try await shop.current(other).interventions.map(\.agreed) == [false])
    #expect(try await shop.commandCount() == 0)
  }

  @Test(arguments: ["", "   ", "\n\t", String(repeating: "n", count: 101)])
  func `D6 a name is required, at most 100 characters`(name: String) async throws {
    let shop = try await Workshop.open()
    _ = try await validating(shop)
    let refusal = try await shop.refusal { try await shop.touch(.validate(name: name)) }
    #expect(refusal?.reason == "NAME_REQUIRED")
    #expect(refusal?.violations.map(\.field) == ["name"])
    #expect(try await shop.view().lower.step == .validate)
  }

  @Test(arguments: ["X", String(repeating: "n", count: 100), "  Ünal  "])
  func `D6 a name of 1 to 100 characters validates`(name: String) async throws {
    let shop = try await Workshop.open()
    let workOrder = try await validating(shop).workOrder
    try await shop.touch(.validate(name: name))
    let entries = try await shop.world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext
    ).entries
    #expect(entries.first { $0.title == "appointment validated" }?.text == name.filter { $0 != " " })
  }

  @Test func `D6 a remark of up to 2,000 characters is kept for the desk`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await validating(shop).workOrder
    let longest = String(repeating: "r", count: 2000)
    let refusal = try await shop.refusal { try await shop.touch(.validate(remark: longest + "r")) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.violations.map(\.field) == ["remark"])
    try await shop.touch(.validate(remark: longest))
    #expect(try await shop.current(workOrder).remarks == [longest])
  }

  @Test func `D6 no remark leaves none`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await validating(shop).workOrder
    try await shop.touch(.validate(remark: "  \n "))
    #expect(try await shop.current(workOrder).remarks.isEmpty)
    #expect(try await shop.log(.remarkAdded).isEmpty)
  }

  @Test func `D6 what was agreed at the kiosk stays agreed when the dealer sends the work again`()
    async throws
  {
    let shop = try await Workshop.open()
    let (workOrder, view) = try await validating(shop)
    try await shop.touch(.validate(agreed: view.lower.appointment.interventions.map(\.interventionID)))
    let again = try await shop.store(workOrder) { $0.interventions[1].remark = "Front and rear" }
    #expect(again.interventions.map(\.agreed) == [true, true])
    #expect(again.interventions[1].remark == "Front and rear")
  }

  @Test func `D6 work that comes again at another price was not agreed with`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, view) = try await validating(shop)
    try await shop.touch(.validate(agreed: view.lower.appointment.interventions.map(\.interventionID)))
    let again = try await shop.store(workOrder) { $0.interventions[1].priceCents = 10_900 }
    #expect(again.interventions.map(\.agreed) == [true, false])
    #expect(again.interventions.map(\.priceCents) == [24_900, 10_900])
  }

  @Test func `D6 a name or remark cannot forge lines of the timeline`() async throws {
    let shop = try await Workshop.open()
    _ = try await validating(shop)
    for name in ["Jan\nkey returned", "Jan\u{1B}[2J", "Jan\u{0}"] {
      let refusal = try await shop.refusal { try await shop.touch(.validate(name: name)) }
      #expect(refusal?.violations.map(\.field) == ["name"])
    }
    let combining = "e" + String(repeating: "\u{301}", count: 2000)
    #expect(
      try await shop.refusal { try await shop.touch(.validate(remark: combining)) }?.violations.map(\.field)
        == ["remark"])
    #expect(
      try await shop.refusal { try await shop.touch(.validate(remark: "a\u{1B}[2J")) }?.violations.map(
        \.field)
        == ["remark"])
    try await shop.touch(.validate(remark: "first line\nsecond line"))
  }
}
