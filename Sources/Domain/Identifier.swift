/// The id of a `Subject`: a row number that is never used again. Ids of two kinds do not mix.
public struct Identifier<Subject>: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public var rawValue: Int64

  public init(rawValue: Int64) {
    self.rawValue = rawValue
  }

  /// Stands in a value that has not been stored yet; storing assigns the id.
  public static var unassigned: Identifier { Identifier(rawValue: 0) }

  public static func < (left: Identifier, right: Identifier) -> Bool { left.rawValue < right.rawValue }

  public var description: String { String(rawValue) }
}
