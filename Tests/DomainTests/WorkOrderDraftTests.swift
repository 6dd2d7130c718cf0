import Domain
import Testing

private typealias Input = WorkOrderDraft.Input
private typealias ContactInput = WorkOrderDraft.ContactInput

/// An input that breaks no rule.
private func good() -> Input {
  Input(
    number: "WO-1", localTime: "2026-05-05T09:00", plate: "AB-12-CD", brand: "Make", model: "Model",
    contacts: [
      ContactInput(
        role: .driver, name: "A. Driver", privateEmail: "driver@example.com", privateMobile: "06 12345678",
        language: "nl")
    ],
    interventions: [Intervention(name: "Service", remark: "Oil\nFilter", priceCents: 12_500)])
}

/// The fields that are refused after a change.
private func violations(_ change: (inout Input) -> Void) -> [String] {
  var input = good()
  change(&input)
  do {
    _ = try WorkOrderDraft.validated(input, country: "NL")
    return []
  } catch {
    return error.violations.map(\.field)
  }
}

private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

@Suite struct WorkOrderDraftTests {
  @Test func `A3 a good work order becomes a draft, texts without the blanks around them`() throws {
    var input = good()
    input.number = " WO-1\t"
    input.contacts[0].privateEmail = " driver@example.com "
    input.contacts[0].language = "NL"
    let draft = try WorkOrderDraft.validated(input, country: "NL")
    #expect(draft.number == "WO-1")
    #expect(draft.localTime.description == "2026-05-05T09:00")
    #expect(draft.plate.normalized == "AB12CD")
    #expect(draft.brand == "Make" && draft.model == "Model")
    #expect(
      draft.contacts == [
        Contact(
          role: .driver, name: "A. Driver", privateEmail: "driver@example.com",
          privateMobile: Phone(stored: "+31612345678"), language: "nl")
      ])
    #expect(draft.interventions == input.interventions)
  }

  @Test func `A3 a number has 1 to 40 characters`() {
    #expect(violations { $0.number = "" } == ["number"])
    #expect(violations { $0.number = " \u{A0} " } == ["number"])
    #expect(violations { $0.number = text(40) } == [])
    #expect(violations { $0.number = text(41) } == ["number"])
    #expect(violations { $0.number = "e" + String(repeating: "\u{301}", count: 40) } == ["number"])
    #expect(violations { $0.number = "WO\u{1B}[31m" } == ["number"])
    #expect(violations { $0.number = "WO\n1" } == ["number"])
  }

  @Test func `A3 the time must exist in the calendar, the plate have letters or digits`() {
    #expect(violations { $0.localTime = "2026-02-30T09:00" } == ["local_time"])
    #expect(violations { $0.localTime = "" } == ["local_time"])
    #expect(violations { $0.plate = "---" } == ["vehicle.plate"])
    #expect(violations { $0.plate = "" } == ["vehicle.plate"])
  }

  @Test func `A3 brand and model have at most 60 characters, names 100, remarks 2,000`() {
    #expect(violations { ($0.brand, $0.model) = (text(60), text(60)) } == [])
    #expect(violations { $0.brand = text(61) } == ["vehicle.brand"])
    #expect(violations { $0.model = text(61) } == ["vehicle.model"])
    #expect(violations { $0.contacts[0].name = text(100) } == [])
    #expect(violations { $0.contacts[0].name = text(101) } == ["contacts[0].name"])
    #expect(violations { $0.interventions[0].name = text(100) } == [])
    #expect(violations { $0.interventions[0].name = text(101) } == ["interventions[0].name"])
    #expect(violations { $0.interventions[0].name = " " } == ["interventions[0].name"])
    #expect(violations { $0.interventions[0].remark = text(2000) } == [])
    #expect(violations { $0.interventions[0].remark = text(2001) } == ["interventions[0].remark"])
    #expect(violations { $0.interventions[0].remark = "a\u{0}b" } == ["interventions[0].remark"])
  }

  @Test func `A3 at most 50 interventions, each priced 0 to 10,000,000 cents`() {
    let one = Intervention(name: "Tyres")
    #expect(violations { $0.interventions = [] } == [])
    #expect(violations { $0.interventions = Array(repeating: one, count: 50) } == [])
    #expect(violations { $0.interventions = Array(repeating: one, count: 51) } == ["interventions"])
    #expect(violations { $0.interventions[0].priceCents = 0 } == [])
    #expect(violations { $0.interventions[0].priceCents = 10_000_000 } == [])
    #expect(violations { $0.interventions[0].priceCents = 10_000_001 } == ["interventions[0].price_cents"])
    #expect(violations { $0.interventions[0].priceCents = -1 } == ["interventions[0].price_cents"])
  }

  @Test func `A3 1 to 6 contacts, each role at most once`() {
    #expect(violations { $0.contacts = [] } == ["contacts"])
    #expect(violations { $0.contacts = ContactRole.allCases.map { ContactInput(role: $0) } } == [])
    #expect(violations { $0.contacts += [ContactInput(role: .driver)] } == ["contacts[1].role"])
    #expect(violations { $0.contacts[0].role = nil } == ["contacts[0].role"])
    #expect(
      violations { $0.contacts = Array(repeating: ContactInput(role: .owner), count: 7) } == ["contacts"])
    #expect(
      violations { $0.contacts = Array(repeating: ContactInput(role: .owner), count: 6) }
        == (1...5).map { "contacts[\($0)].role" })
  }

  @Test(arguments: ["a@b", "driver+car@example.com", "ünï@example.com", text(250) + "@b.c"])
  func `A3 an e-mail address has one @ with something on either side, no blanks, at most 254 bytes`(
    email: String
  ) {
    #expect(violations { $0.contacts[0].privateEmail = email } == [])
    #expect(violations { $0.contacts[0].businessEmail = email } == [])
  }

  @Test(arguments: [
    "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\u{A0}c", "a@b\u{0}", "a\n@b", text(251) + "@b.c",
  ])
  func `A3 what is no e-mail address is refused`(email: String) {
    #expect(violations { $0.contacts[0].privateEmail = email } == ["contacts[0].private_email"])
    #expect(violations { $0.contacts[0].businessEmail = email } == ["contacts[0].business_email"])
  }

  @Test func `A3 mobiles are numbers of the location's country, languages are known`() {
    #expect(violations { $0.contacts[0].privateMobile = "061234567" } == ["contacts[0].private_mobile"])
    #expect(violations { $0.contacts[0].businessMobile = "no" } == ["contacts[0].business_mobile"])
    #expect(violations { $0.contacts[0].businessMobile = "+49 151 23456789" } == [])
    for language in ["en", "nl", "fr", "de", ""] {
      #expect(violations { $0.contacts[0].language = language } == [])
    }
    #expect(violations { $0.contacts[0].language = "es" } == ["contacts[0].language"])
  }

  @Test func `A3 every broken rule is named, none twice, and no value is repeated`() throws {
    var input = good()
    input.number = "secret\u{7}"
    input.localTime = "secret"
    input.plate = "sécret geheim"
    input.plate += "…Ж"
    input.contacts[0] = ContactInput(
      role: nil, name: "secret\u{7}", privateEmail: "secret", businessEmail: "secret",
      privateMobile: "secret",
      businessMobile: "secret", language: "secret")
    input.interventions = [Intervention(name: "secret\u{7}", remark: "secret\u{7}", priceCents: -1)]
    let error = #expect(throws: WorkOrderDraft.Invalid.self) {
      try WorkOrderDraft.validated(input, country: "NL")
    }
    let violations = try #require(error?.violations)
    #expect(
      violations.map(\.field) == [
        "number", "local_time", "vehicle.plate", "contacts[0].role", "contacts[0].name",
        "contacts[0].private_email",
        "contacts[0].business_email", "contacts[0].private_mobile", "contacts[0].business_mobile",
        "contacts[0].language", "interventions[0].name", "interventions[0].remark",
        "interventions[0].price_cents",
      ])
    #expect(violations.allSatisfy { !$0.description.contains("secret") && $0.description.hasSuffix(".") })
  }
}
