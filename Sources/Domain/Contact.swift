/// What somebody is to a work order. Raw values are stored.
public enum ContactRole: String, Hashable, Sendable, CaseIterable {
  case driver
  case owner
  case contractor
}

/// A person or company that a work order names. Personal data: kept in erasable rows only (S4).
public struct Contact: Hashable, Sendable {
  public var role: ContactRole
  public var name: String
  /// Empty when not known; so are the other texts.
  public var privateEmail: String
  public var businessEmail: String
  public var privateMobile: Phone?
  public var businessMobile: Phone?
  /// `en`, `nl`, `fr` or `de`; empty for the location's first.
  public var language: String
  /// Gets no communication.
  public var isBlocked: Bool

  public init(
    role: ContactRole, name: String = "", privateEmail: String = "", businessEmail: String = "",
    privateMobile: Phone? = nil, businessMobile: Phone? = nil, language: String = "", isBlocked: Bool = false
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
