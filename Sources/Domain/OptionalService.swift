/// What a customer may choose beside the planned work (C4).
public struct OptionalService: Hashable, Sendable {
  public typealias ID = Identifier<OptionalService>

  /// How many a location may offer.
  public static let maximumPerLocation = 500
  public static let maximumDescriptionCharacters = 2000
  public static let maximumURLCharacters = 500
  public static let maximumBrands = 50
  public static let maximumBrandCharacters = 40
  public static let prices: ClosedRange<Int64> = 0...99_999_999

  public var id: ID
  public var location: Location.ID
  public var name: String
  public var description: String
  /// Including VAT, in cents of the location's currency.
  public var priceCents: Int64
  /// `https` or `http`; may be empty.
  public var url: String
  /// Whose cars it suits; empty means all.
  public var brands: [String]
  /// No longer offered, for good: what was chosen still refers to it.
  public var isWithdrawn: Bool

  public init(
    id: ID = .unassigned, location: Location.ID, name: String, description: String = "",
    priceCents: Int64 = 0, url: String = "", brands: [String] = [], isWithdrawn: Bool = false
  ) {
    self.id = id
    self.location = location
    self.name = name
    self.description = description
    self.priceCents = priceCents
    self.url = url
    self.brands = brands
    self.isWithdrawn = isWithdrawn
  }

  /// Whether it is for cars of a brand, however that is written. A car whose brand nobody knows gets what suits
  /// all.
  public func suits(brand: String) -> Bool {
    brands.isEmpty || brands.contains { $0.trimmed.lowercased() == brand.trimmed.lowercased() }
  }

  /// Whether a text can be opened as a page: a scheme, a host, and nothing that breaks out of an attribute.
  public static func isURL(_ text: String) -> Bool {
    guard let scheme = ["https://", "http://"].first(where: text.lowercased().hasPrefix) else { return false }
    let rest = text.unicodeScalars.dropFirst(scheme.count)
    guard let host = rest.first, host.properties.isAlphabetic || ("0"..."9").contains(host) || host == "["
    else { return false }
    return rest.allSatisfy {
      $0.isASCII && $0.value > 0x20 && $0.value < 0x7F && !"\"<>\\^`{|}".unicodeScalars.contains($0)
    }
  }
}
