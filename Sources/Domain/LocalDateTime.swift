/// A day and a time of day to the minute, in no particular zone.
public struct LocalDateTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let date: LocalDate
  /// 0 to 23.
  public let hour: Int
  /// 0 to 59.
  public let minute: Int

  /// `nil` when a day has no such time.
  public init?(date: LocalDate, hour: Int, minute: Int) {
    guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
    self.date = date
    self.hour = hour
    self.minute = minute
  }

  /// Reads `YYYY-MM-DDTHH:MM`, and nothing else.
  public init?(parsing text: String) {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, let date = LocalDate(parsing: String(parts[0])) else { return nil }
    self.init(date: date, time: parts[1])
  }

  /// Reads the time of day from `HH:MM`, and nothing else.
  init?(date: LocalDate, time: Substring) {
    let parts = time.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, let hour = Int(digits: parts[0], count: 2),
      let minute = Int(digits: parts[1], count: 2)
    else { return nil }
    self.init(date: date, hour: hour, minute: minute)
  }

  /// - Parameter minuteOfDay: 0 to 1439.
  init(date: LocalDate, minuteOfDay: Int) {
    self.date = date
    (hour, minute) = minuteOfDay.quotientAndRemainder(dividingBy: 60)
  }

  /// `YYYY-MM-DDTHH:MM`: sorts as the times do.
  public var description: String { "\(date)T\(hour.padded(to: 2)):\(minute.padded(to: 2))" }

  public static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
    (left.date, left.hour, left.minute) < (right.date, right.hour, right.minute)
  }
}
