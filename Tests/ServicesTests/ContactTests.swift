import API
import TestSupport
import Testing

/// The contact step (D5): only after a PIN.
@Suite struct ContactTests {
  private func booked(_ shop: Workshop) async throws -> ProtoWorkOrder {
    let workOrder = try await shop.book()
    return try await shop.store(workOrder) {
      $0.contacts = [
        .with {
          $0.role = .owner
          $0.name = "Owner"
          $0.privateEmail = "owner@example.org"
          $0.privateMobile = "0687654321"
        },
        .with {
          $0.role = .driver
          $0.name = "Driver"
          $0.businessEmail = "driver@example.com"
          $0.businessMobile = "0612345678"
        },
      ]
    }
  }

  @Test func `D5 the contact step shows the driver, and nobody else`() async throws {
    let shop = try await Workshop.open()
    let view = try await shop.identify(try await shop.pin(for: try await booked(shop)))
    #expect(view.lower.step == .contact)
    #expect(view.lower.contact.name == "Driver")
    #expect(view.lower.contact.email == "driver@example.com")
    #expect(view.lower.contact.phone == "06 12345678")
    #expect(view.lower.contact.additionalPhone == "")
    let text = view.textFormatString()
    #expect(!text.contains("Owner") && !text.contains("87654321"))
    // Price and remarks belong to a later step.
    #expect(!view.lower.hasAppointment)
  }

  @Test func `D5 a private address goes before a business one`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.store(try await shop.book()) {
      $0.contacts[0].businessEmail = "office@example.com"
      $0.contacts[0].businessMobile = "0687654321"
    }
    let contact = try await shop.identify(try await shop.pin(for: workOrder)).lower.contact
    #expect(contact.email == "driver@example.org")
    #expect(contact.phone == "06 12345678")
  }

  @Test(arguments: [
    ("0201234567", "020 123 4567"), ("+31 20 123 45 67", "020 123 4567"),
    ("0032 470 12 34 56", "+32 470 12 34 56"),
  ])
  func `D5 an additional phone number, in any notation, shows on the work order`(
    typed: String, shown: String
  ) async throws {
    let shop = try await Workshop.open()
    let workOrder = try await booked(shop)
    try await shop.identify(try await shop.pin(for: workOrder))
    #expect(try await shop.touch(.contact(typed)).lower.step == .validate)
    #expect(try await shop.current(workOrder).additionalPhone == shown)
    #expect(try await shop.log(.contactChanged).map(\.reason) == ["PHONE_ADDED"])
    #expect(try await shop.timeline(of: workOrder).contains("contact changed"))
  }

  @Test func `D5 an additional number is shown again, can be changed, and be taken away`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await booked(shop)
    let pin = try await shop.pin(for: workOrder)
    for (shown, typed) in [
      ("", "0201234567"), ("020 123 4567", "0301234567"), ("030 123 4567", ""), ("", ""),
    ] {
      #expect(try await shop.identify(pin).lower.contact.additionalPhone == shown)
      try await shop.touch(.contact(typed))
      try await shop.touch(.abort)
    }
    #expect(try await shop.current(workOrder).additionalPhone == "")
    #expect(
      try await shop.log(.contactChanged).map(\.reason) == ["PHONE_ADDED", "PHONE_ADDED", "PHONE_REMOVED"])
  }

  @Test(arguments: ["12", "no number", "+31 6 1234", "0612345678 ext. 9", "+0"])
  func `D5 what is no phone number is refused, and the step stays`(typed: String) async throws {
    let shop = try await Workshop.open()
    let workOrder = try await booked(shop)
    try await shop.identify(try await shop.pin(for: workOrder))
    let refusal = try await shop.refusal { try await shop.touch(.contact(typed)) }
    #expect(refusal?.reason == "INVALID_PHONE")
    #expect(refusal?.violations.map(\.field) == ["additional_phone"])
    #expect(refusal?.message.contains(typed) == false)
    #expect(try await shop.view().lower.step == .contact)
    #expect(try await shop.current(workOrder).additionalPhone == "")
  }

  @Test func `D5 the driver's own details stay as the dealer has them`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await booked(shop)
    try await shop.identify(try await shop.pin(for: workOrder))
    try await shop.touch(.contact("0201234567"))
    #expect(try await shop.current(workOrder).contacts == workOrder.contacts)
  }

  @Test func `D5 an additional number never receives PINs and does not identify`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await booked(shop)
    try await shop.identify(try await shop.pin(for: workOrder))
    try await shop.touch(.contact("0687654322"))
    try await shop.touch(.abort)
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.touch(.number("0687654322")) }?.reason == "NO_MATCH")
    #expect(try await shop.touch(.number("0612345678")).lower.step == .validate)
    let outbox = try await shop.world.store.read { [id = shop.locationID] in try $0.outbox(at: id) }
    #expect(outbox.isEmpty)
  }
}
