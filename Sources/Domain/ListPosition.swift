/// Where a work order stands in the desk's list (W1): key in a locker first, then pinned, then by time. No two of a
/// location stand at the same place.
public struct ListPosition: Hashable, Sendable {
  public enum Rank: Int, Sendable, CaseIterable {
    case keyInLocker
    case pinned
    case byTime
  }

  /// A longer text is refused unread.
  static let maximumBytes = 256

  public let rank: Rank
  public let localTime: LocalDateTime
  /// The work order's.
  public let number: String

  public init(rank: Rank, localTime: LocalDateTime, number: String) {
    self.rank = rank
    self.localTime = localTime
    self.number = number
  }

  /// Reads what `description` writes, and nothing else.
  public init?(parsing text: String) {
    guard text.utf8.count <= Self.maximumBytes else { return nil }
    // Byte by byte: what a number begins with may join the space before it to one character.
    let parts = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    guard parts.count == 3, let rank = Rank.allCases.first(where: { String($0.rawValue) == parts[0] }),
      let localTime = LocalDateTime(parsing: parts[1])
    else { return nil }
    self.init(rank: rank, localTime: localTime, number: parts[2])
  }
}

extension ListPosition: Comparable, CustomStringConvertible {
  /// Sorts, byte by byte, as the positions do.
  public var description: String { "\(rank.rawValue) \(localTime) \(number)" }

  public static func < (left: ListPosition, right: ListPosition) -> Bool {
    if (left.rank, left.localTime) != (right.rank, right.localTime) {
      return (left.rank.rawValue, left.localTime) < (right.rank.rawValue, right.localTime)
    }
    // As bytes, which is how the database sorts them.
    return left.number.utf8.lexicographicallyPrecedes(right.number.utf8)
  }
}
