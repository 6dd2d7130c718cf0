extension WorkOrderDraft {
  /// The draft, or every rule that the input breaks. White space around texts does not count.
  ///
  /// The one place for these rules: RPC and CSV both come here.
  ///
  /// - Parameter country: of the location, ISO 3166-1 alpha-2: how phone numbers are read.
  public static func validated(_ input: Input, country: String) throws(Invalid) -> WorkOrderDraft {
    var check = Check(country: country)
    let number = check.text(
      input.number, "number", maximum: maximumNumberCharacters, isRequired: true)
    let localTime = check.value(
      LocalDateTime(parsing: input.localTime), "local_time",
      "A date and time that exist, as YYYY-MM-DDTHH:MM.")
    let plate = check.value(
      Plate(parsing: input.plate), "vehicle.plate",
      "1 to \(Plate.maximumCharacters) letters A–Z and digits; blanks and punctuation do not count.")
    let brand = check.text(input.brand, "vehicle.brand", maximum: maximumVehicleCharacters)
    let model = check.text(input.model, "vehicle.model", maximum: maximumVehicleCharacters)
    let contacts = check.contacts(input.contacts)
    let interventions = check.interventions(input.interventions)
    guard let localTime, let plate, check.violations.isEmpty else {
      throw Invalid(violations: check.violations)
    }
    return WorkOrderDraft(
      number: number, localTime: localTime, plate: plate, brand: brand, model: model, contacts: contacts,
      interventions: interventions)
  }
}

/// Collects violations on the way through one input.
private struct Check {
  let country: String
  var violations: [WorkOrderDraft.Violation] = []

  init(country: String) {
    self.country = country
  }

  mutating func refuse(_ field: String, _ description: String) {
    violations.append(WorkOrderDraft.Violation(field: field, description: description))
  }

  mutating func value<Value>(_ value: Value?, _ field: String, _ description: String) -> Value? {
    if value == nil { refuse(field, description) }
    return value
  }

  mutating func text(
    _ typed: String, _ field: String, maximum: Int, isRequired: Bool = false, mayHaveLines: Bool = false
  ) -> String {
    let text = typed.trimmed
    if let fault = text.fault(maximum: maximum, isRequired: isRequired, mayHaveLines: mayHaveLines) {
      refuse(field, fault)
    }
    return text
  }

  mutating func contacts(_ inputs: [WorkOrderDraft.ContactInput]) -> [Contact] {
    guard (1...WorkOrderDraft.maximumContacts).contains(inputs.count) else {
      refuse("contacts", "1 to \(WorkOrderDraft.maximumContacts) contacts; these are \(inputs.count).")
      return []
    }
    var roles: Set<ContactRole> = []
    var contacts: [Contact] = []
    for (index, input) in inputs.enumerated() {
      let path = "contacts[\(index)]"
      guard let role = value(input.role, "\(path).role", "One of driver, owner and contractor.") else {
        _ = contact(input, role: .driver, path)
        continue
      }
      if !roles.insert(role).inserted {
        refuse("\(path).role", "Each role at most once; this \(role.rawValue) is the second.")
      }
      contacts.append(contact(input, role: role, path))
    }
    return contacts
  }

  private mutating func contact(
    _ input: WorkOrderDraft.ContactInput, role: ContactRole, _ path: String
  ) -> Contact {
    Contact(
      role: role,
      name: text(input.name, "\(path).name", maximum: WorkOrderDraft.maximumNameCharacters),
      privateEmail: email(input.privateEmail, "\(path).private_email"),
      businessEmail: email(input.businessEmail, "\(path).business_email"),
      privateMobile: phone(input.privateMobile, "\(path).private_mobile"),
      businessMobile: phone(input.businessMobile, "\(path).business_mobile"),
      language: language(input.language, "\(path).language"),
      isBlocked: input.isBlocked)
  }

  /// Only what every address has: whether mail arrives there, only mail can tell.
  private mutating func email(_ text: String, _ field: String) -> String {
    let email = text.trimmed
    if email.isEmpty { return email }
    guard email.utf8.count <= WorkOrderDraft.maximumEmailBytes else {
      refuse(field, "An e-mail address of at most \(WorkOrderDraft.maximumEmailBytes) bytes.")
      return email
    }
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    if parts.count != 2 || parts.contains("") {
      refuse(field, "An e-mail address with one @ and something on either side of it.")
    } else if email.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.isControl }) {
      refuse(field, "An e-mail address without blanks.")
    }
    return email
  }

  private mutating func phone(_ text: String, _ field: String) -> Phone? {
    let text = text.trimmed
    if text.isEmpty { return nil }
    return value(
      Phone(parsing: text, country: country), field,
      "A phone number that exists in \(country), or one with + and country code; no extension.")
  }

  private mutating func language(_ text: String, _ field: String) -> String {
    let language = text.trimmed.lowercased()
    if !language.isEmpty && !WorkOrderDraft.languages.contains(language) {
      refuse(field, "One of \(WorkOrderDraft.languages.joined(separator: ", ")), or empty.")
    }
    return language
  }

  mutating func interventions(_ inputs: [Intervention]) -> [Intervention] {
    guard inputs.count <= WorkOrderDraft.maximumInterventions else {
      refuse("interventions", "At most \(WorkOrderDraft.maximumInterventions); these are \(inputs.count).")
      return []
    }
    var interventions = inputs
    for index in inputs.indices {
      let path = "interventions[\(index)]"
      interventions[index].name = text(
        inputs[index].name, "\(path).name", maximum: WorkOrderDraft.maximumNameCharacters, isRequired: true)
      interventions[index].remark = text(
        inputs[index].remark, "\(path).remark", maximum: WorkOrderDraft.maximumRemarkCharacters,
        mayHaveLines: true)
      if !WorkOrderDraft.prices.contains(inputs[index].priceCents) {
        refuse("\(path).price_cents", "0 to \(WorkOrderDraft.prices.upperBound) cents.")
      }
    }
    return interventions
  }
}
