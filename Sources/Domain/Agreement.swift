/// A text that customers are shown and tick (D6, C7). Never edited: a new text is a new version with an id of its
/// own, so that what was accepted stays what it was.
public struct Agreement: Hashable, Sendable {
  public typealias ID = Identifier<Agreement>

  /// How many a location may show, in whatever modules: a screen is told all their texts at once.
  public static let maximumPerLocation = 20

  /// Where it is shown.
  public enum Module: String, Sendable, CaseIterable {
    case checkIn = "check_in"
    case kiosk
  }

  /// Of this version.
  public var id: ID
  /// Version 1; `nil` where that is this.
  public var first: ID?
  public var location: Location.ID
  /// From 1.
  public var version: Int
  public var title: String
  public var text: String
  public var isMandatory: Bool
  /// Never empty.
  public var modules: Set<Module>
  /// `nil` for those from before versions were kept.
  public var publishedAt: Instant?
  /// Since when it is no longer shown, replaced by a newer version or withdrawn.
  public var endedAt: Instant?

  public init(
    id: ID = .unassigned, first: ID? = nil, location: Location.ID, version: Int = 1, title: String,
    text: String, isMandatory: Bool, modules: Set<Module> = Set(Module.allCases), publishedAt: Instant?,
    endedAt: Instant? = nil
  ) {
    self.id = id
    self.first = first
    self.location = location
    self.version = version
    self.title = title
    self.text = text
    self.isMandatory = isMandatory
    self.modules = modules
    self.publishedAt = publishedAt
    self.endedAt = endedAt
  }

  /// The same for all versions.
  public var series: ID { first ?? id }
}
