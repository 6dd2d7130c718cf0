/// A work order as a dealer's system gives it, with every rule of A3 kept: what an upsert stores.
public struct WorkOrderDraft: Hashable, Sendable {
  public var number: String
  public var localTime: LocalDateTime
  public var plate: Plate
  public var brand: String
  public var model: String
  /// At least one; at most one of a role.
  public var contacts: [Contact]
  public var interventions: [Intervention]
}

extension WorkOrderDraft {
  public static let maximumNumberCharacters = 40
  public static let maximumNameCharacters = 100
  public static let maximumVehicleCharacters = 60
  public static let maximumRemarkCharacters = 2000
  public static let maximumEmailBytes = 254
  public static let maximumInterventions = 50
  public static let maximumContacts = 6
  public static let prices: ClosedRange<Int64> = 0...10_000_000
  public static let languages = ["en", "nl", "fr", "de"]

  /// What somebody wrote, before any rule was applied. Fields that are not known are empty.
  public struct Input: Hashable, Sendable {
    public var number: String
    /// `YYYY-MM-DDTHH:MM`.
    public var localTime: String
    public var plate: String
    public var brand: String
    public var model: String
    public var contacts: [ContactInput]
    public var interventions: [Intervention]

    public init(
      number: String, localTime: String, plate: String, brand: String = "", model: String = "",
      contacts: [ContactInput], interventions: [Intervention] = []
    ) {
      self.number = number
      self.localTime = localTime
      self.plate = plate
      self.brand = brand
      self.model = model
      self.contacts = contacts
      self.interventions = interventions
    }
  }

  /// A contact as somebody wrote it.
  public struct ContactInput: Hashable, Sendable {
    /// `nil` when no role was named: a violation.
    public var role: ContactRole?
    public var name: String
    public var privateEmail: String
    public var businessEmail: String
    public var privateMobile: String
    public var businessMobile: String
    public var language: String
    public var isBlocked: Bool

    public init(
      role: ContactRole?, name: String = "", privateEmail: String = "", businessEmail: String = "",
      privateMobile: String = "", businessMobile: String = "", language: String = "", isBlocked: Bool = false
    ) {
      self.role = role
      self.name = name
      self.privateEmail = privateEmail
      self.businessEmail = businessEmail
      self.privateMobile = privateMobile
      self.businessMobile = businessMobile
      self.language = language
      self.isBlocked = isBlocked
    }
  }

  /// One rule that the input breaks.
  public struct Violation: Hashable, Sendable {
    /// Path within the contract's `WorkOrder`, e.g. `contacts[0].private_email`.
    public var field: String
    /// A sentence for people: what is expected. It does not repeat the value.
    public var description: String

    public init(field: String, description: String) {
      self.field = field
      self.description = description
    }
  }

  /// Everything that is wrong with an input; never empty.
  public struct Invalid: Error, Hashable, Sendable {
    public var violations: [Violation]
  }
}
