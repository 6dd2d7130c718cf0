/// A day of the calendar (proleptic Gregorian, years 1 to 9999), in no particular zone.
public struct LocalDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let first = LocalDate(dayNumber: dayNumbers.lowerBound)
  public static let last = LocalDate(dayNumber: dayNumbers.upperBound)

  public let year: Int
  /// 1 to 12.
  public let month: Int
  /// 1 to 31.
  public let day: Int

  /// `nil` when the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.days(in: month, of: year)).contains(day)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// Reads `YYYY-MM-DD`, and nothing else.
  public init?(parsing text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 3, let year = Int(digits: parts[0], count: 4),
      let month = Int(digits: parts[1], count: 2),
      let day = Int(digits: parts[2], count: 2)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// `YYYY-MM-DD`: sorts as the days do.
  public var description: String { "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))" }

  public static func < (left: LocalDate, right: LocalDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  /// The day that many days later, or earlier when negative; stops at the first and last day there is.
  public func adding(days: Int) -> LocalDate {
    let (number, overflow) = dayNumber.addingReportingOverflow(days)
    return LocalDate(dayNumber: overflow ? (days < 0 ? .min : .max) : number)
  }

  /// How many days later `other` is; negative when it is earlier.
  public func days(until other: LocalDate) -> Int { other.dayNumber - dayNumber }
}

extension LocalDate {
  /// From 0001-01-01 to 9999-12-31, counted from 1970-01-01.
  private static let dayNumbers = -719_162...2_932_896
  /// Days in 400 years, after which the calendar repeats.
  private static let daysPerCycle = 146_097
  /// From 0000-03-01, where the cycles below start, to 1970-01-01.
  private static let daysFromCycleStartToEpoch = 719_468

  /// Days since 1970-01-01. Years are counted from March, so that the leap day is the last day of a year.
  var dayNumber: Int {
    let marchYear = month > 2 ? year : year - 1
    let (cycle, yearOfCycle) = marchYear.flooredDivision(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
    return cycle * Self.daysPerCycle + dayOfCycle - Self.daysFromCycleStartToEpoch
  }

  /// The day with that number; the first or last one when there is none.
  init(dayNumber: Int) {
    let bounded = min(max(dayNumber, Self.dayNumbers.lowerBound), Self.dayNumbers.upperBound)
    let (cycle, dayOfCycle) = (bounded + Self.daysFromCycleStartToEpoch).flooredDivision(
      by: Self.daysPerCycle)
    let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = cycle * 400 + yearOfCycle + (month > 2 ? 0 : 1)
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Int {
  /// Exactly `count` digits of ASCII.
  init?(digits: Substring.UTF8View, count: Int) {
    guard digits.count == count, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    self = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// Decimal, with zeros in front.
  func padded(to count: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, count - digits.count)) + digits
  }
}

extension SignedInteger {
  /// The quotient rounded down, and a remainder that is never negative; `divisor` is positive.
  func flooredDivision(by divisor: Self) -> (quotient: Self, remainder: Self) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
