/// When people are at a location (E1): times of day by the day of the week, and dates that differ.
///
/// It holds local times and no zone: when that is, clocks there say.
public struct OpeningHours: Hashable, Sendable {
  /// From a local time of one day until one of that day or the next.
  public struct Interval: Hashable, Comparable, Sendable {
    /// Minutes since the day's midnight.
    public static let minutesPerDay = 24 * 60

    /// 0 to 1439.
    public let from: Int
    /// The first minute that is closed: 1 to 1440 more than `from`; beyond 1440 it is on the day after.
    public let until: Int

    /// `nil` when a day has no such time, or more than a day is meant.
    public init?(from: Int, until: Int) {
      guard (0..<Self.minutesPerDay).contains(from), (1...Self.minutesPerDay).contains(until - from) else {
        return nil
      }
      self.from = from
      self.until = until
    }

    /// Reads two times, `HH:MM`, the second also `24:00`. A second that is not after the first is on the day
    /// after.
    public init?(from: String, until: String) {
      guard let from = Self.minute(parsing: from), from < Self.minutesPerDay,
        let until = Self.minute(parsing: until)
      else { return nil }
      self.init(from: from, until: until > from ? until : until + Self.minutesPerDay)
    }

    /// Minutes since midnight of `HH:MM`, up to `24:00`.
    public static func minute(parsing text: String) -> Int? {
      let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard parts.count == 2, let hour = Int(digits: parts[0], count: 2),
        let minute = Int(digits: parts[1], count: 2), minute < 60
      else { return nil }
      let whole = hour * 60 + minute
      return whole <= minutesPerDay ? whole : nil
    }

    /// `HH:MM`; the end of a day is `24:00`.
    public static func time(ofMinute minute: Int) -> String {
      let shown = minute > minutesPerDay ? minute - minutesPerDay : minute
      return "\((shown / 60).padded(to: 2)):\((shown % 60).padded(to: 2))"
    }

    public static func < (left: Interval, right: Interval) -> Bool {
      (left.from, left.until) < (right.from, right.until)
    }
  }

  /// ISO 8601: 1 is Monday, 7 Sunday.
  public static let weekdays = 1...7
  public static let maximumIntervalsPerDay = 8
  public static let maximumExceptions = 100

  /// Intervals that begin on a day of the week. Without any at all nobody has said when it is closed: it is open.
  public var week: [Int: [Interval]]
  /// Intervals that begin on a date, in place of those of its weekday; none means closed.
  public var exceptions: [LocalDate: [Interval]]

  public init(week: [Int: [Interval]] = [:], exceptions: [LocalDate: [Interval]] = [:]) {
    self.week = week
    self.exceptions = exceptions
  }

  /// Whether people are there. What began the day before and passes midnight still counts.
  ///
  /// A time that clocks skip is the moment after the gap, and of one that they show twice the first counts: an
  /// interval is one stretch of time, whatever clocks do meanwhile.
  public func isOpen(at now: Instant, in zone: Zone) -> Bool {
    let today = LocalDate(now, in: zone)
    return [today.adding(days: -1), today].contains { date in
      intervals(on: date).contains {
        date.instant(ofMinute: $0.from, in: zone) <= now && now < date.instant(ofMinute: $0.until, in: zone)
      }
    }
  }

  /// Those that begin on a date.
  func intervals(on date: LocalDate) -> [Interval] {
    if let exception = exceptions[date] { return exception }
    if week.values.allSatisfy(\.isEmpty) { return [Self.wholeDay] }
    return week[date.weekday] ?? []
  }

  private static let wholeDay = Interval(from: 0, until: Interval.minutesPerDay)!
}

extension LocalDate {
  /// ISO 8601: 1 is Monday, 7 Sunday.
  public var weekday: Int { (dayNumber + Self.weekdayOfEpoch - 1).flooredDivision(by: 7).remainder + 1 }

  /// 1970-01-01 was a Thursday.
  private static let weekdayOfEpoch = 4

  /// The moment at which clocks show a time of this day or the next, in minutes since this day's midnight.
  fileprivate func instant(ofMinute minute: Int, in zone: Zone) -> Instant {
    let (days, rest) = minute.flooredDivision(by: OpeningHours.Interval.minutesPerDay)
    return LocalDateTime(date: adding(days: days), minuteOfDay: rest).instant(in: zone)
  }
}
