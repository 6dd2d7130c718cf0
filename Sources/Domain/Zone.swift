internal import Foundation
import Synchronization

/// A time zone of the IANA database.
public struct Zone: Hashable, Sendable, CustomStringConvertible {
  /// As it was given, e.g. `Europe/Amsterdam`.
  public let identifier: String
  private let zone: TimeZone

  /// `nil` when no zone has that name. Abbreviations (`CET`) and offsets (`GMT+2`) are no names of a place.
  public init?(identifier: String) {
    guard let zone = Self.zone(named: identifier) else { return nil }
    self.identifier = identifier
    self.zone = zone
  }

  /// Those that exist and were asked for: Foundation takes long to find one.
  private static let known = Mutex<[String: TimeZone]>([:])

  private static func zone(named identifier: String) -> TimeZone? {
    known.withLock { known in
      if let zone = known[identifier] { return zone }
      let isOfPlace = identifier == "UTC" || identifier.utf8.contains(UInt8(ascii: "/"))
      guard isOfPlace, let zone = TimeZone(identifier: identifier) else { return nil }
      known[identifier] = zone
      return zone
    }
  }

  public static let utc = Zone(identifier: "UTC")!

  public var description: String { identifier }

  public static func == (left: Zone, right: Zone) -> Bool { left.identifier == right.identifier }

  public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }

  /// Local time minus UTC, in milliseconds.
  func offset(at milliseconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))) * 1000
  }

  /// The earliest moment at which clocks in this zone show `local` or later; both in milliseconds, local
  /// time as if it were UTC.
  ///
  /// So a time that does not exist becomes the moment after the gap, and of one that exists twice the first
  /// counts. Two changes of the clock within a day and a half are not reckoned with; there were none.
  func earliest(showing local: Int64) -> Int64 {
    let early = local - Self.greatestOffset
    let late = local + Self.greatestOffset
    let before = offset(at: early)
    let after = offset(at: late)
    guard before != after else { return local - before }
    let change = change(from: before, after: early, until: late)
    return local - before < change ? local - before : max(change, local - after)
  }

  /// No clock was ever further from UTC: 16 hours.
  private static let greatestOffset: Int64 = 16 * 60 * 60 * 1000

  /// When the offset stops being `before`, between two moments of which only the first has it.
  private func change(from before: Int64, after early: Int64, until late: Int64) -> Int64 {
    var (has, hasNot) = (early, late)
    while hasNot - has > 1 {
      let middle = has + (hasNot - has) / 2
      if offset(at: middle) == before { has = middle } else { hasNot = middle }
    }
    return hasNot
  }
}
