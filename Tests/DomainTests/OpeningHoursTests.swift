import Domain
import Testing

/// E1: when people are there, whatever clocks do.
@Suite struct OpeningHoursTests {
  private typealias Interval = OpeningHours.Interval

  private static let amsterdam = Zone(identifier: "Europe/Amsterdam")!

  private func interval(_ from: String, _ until: String) throws -> Interval {
    try #require(Interval(from: from, until: until))
  }

  private func date(_ text: String) throws -> LocalDate { try #require(LocalDate(parsing: text)) }

  /// As clocks in UTC show it, so that a time that exists twice is no question.
  private func utc(_ text: String) throws -> Instant {
    try #require(LocalDateTime(parsing: text)).instant(in: .utc)
  }

  /// Monday to Friday with a lunch break, Saturday morning.
  private func usual() throws -> OpeningHours {
    let weekday = [try interval("08:00", "12:00"), try interval("13:00", "17:30")]
    var week = Dictionary(uniqueKeysWithValues: (1...5).map { ($0, weekday) })
    week[6] = [try interval("09:00", "12:00")]
    return OpeningHours(week: week)
  }

  @Test(arguments: [
    ("1970-01-01", 4), ("1969-12-31", 3), ("2026-03-29", 7), ("2027-03-01", 1), ("0001-01-01", 1),
    ("9999-12-31", 5), ("2024-02-29", 4),
  ])
  func `E1 a date knows its day of the week`(text: String, weekday: Int) throws {
    #expect(try date(text).weekday == weekday)
  }

  @Test(arguments: [
    // Monday in winter: UTC+1.
    ("2027-03-01T06:59", false), ("2027-03-01T07:00", true), ("2027-03-01T10:59", true),
    ("2027-03-01T11:00", false), ("2027-03-01T12:00", true), ("2027-03-01T16:29", true),
    ("2027-03-01T16:30", false),
    // Saturday and Sunday.
    ("2027-03-06T08:00", true), ("2027-03-06T12:30", false), ("2027-03-07T10:00", false),
    // Monday in summer: UTC+2.
    ("2027-06-07T05:59", false), ("2027-06-07T06:00", true),
  ])
  func `E1 several intervals a day count in local time, their ends not included`(
    moment: String, isOpen: Bool
  ) throws {
    #expect(try usual().isOpen(at: utc(moment), in: Self.amsterdam) == isOpen)
  }

  @Test func `E1 where nobody has said the hours it is open, but on dates that are closed`() throws {
    var hours = OpeningHours()
    #expect(hours.isOpen(at: try utc("2027-03-07T02:00"), in: Self.amsterdam))
    hours.exceptions[try date("2027-03-07")] = []
    #expect(!hours.isOpen(at: try utc("2027-03-07T02:00"), in: Self.amsterdam))
    #expect(hours.isOpen(at: try utc("2027-03-07T23:00"), in: Self.amsterdam))
    #expect(hours.isOpen(at: try utc("2027-03-06T22:59"), in: Self.amsterdam))
    #expect(!hours.isOpen(at: try utc("2027-03-06T23:00"), in: Self.amsterdam))
  }

  @Test func `E1 a date of its own takes the place of its weekday, closed or with other hours`() throws {
    var hours = try usual()
    hours.exceptions[try date("2027-03-01")] = []
    hours.exceptions[try date("2027-03-07")] = [try interval("10:00", "11:00")]
    #expect(!hours.isOpen(at: try utc("2027-03-01T08:00"), in: Self.amsterdam))
    #expect(hours.isOpen(at: try utc("2027-03-02T08:00"), in: Self.amsterdam))
    #expect(hours.isOpen(at: try utc("2027-03-07T09:30"), in: Self.amsterdam))
    #expect(!hours.isOpen(at: try utc("2027-03-07T10:00"), in: Self.amsterdam))
  }

  @Test func `E1 an interval passes midnight, into a day that is closed as well`() throws {
    var hours = OpeningHours(week: [5: [try interval("22:00", "02:00")]])
    let friday = "2027-03-05"
    for isClosed in [false, true] {
      if isClosed { hours.exceptions[try date("2027-03-06")] = [] }
      #expect(!hours.isOpen(at: try utc("\(friday)T20:59"), in: Self.amsterdam))
      #expect(hours.isOpen(at: try utc("\(friday)T21:00"), in: Self.amsterdam))
      #expect(hours.isOpen(at: try utc("\(friday)T23:30"), in: Self.amsterdam))
      #expect(hours.isOpen(at: try utc("2027-03-06T00:59"), in: Self.amsterdam))
      #expect(!hours.isOpen(at: try utc("2027-03-06T01:00"), in: Self.amsterdam))
    }
    hours.exceptions[try date(friday)] = []
    #expect(!hours.isOpen(at: try utc("2027-03-06T00:30"), in: Self.amsterdam))
  }

  @Test func `E1 until midnight is the end of the day, and a whole day has no gap to the next`() throws {
    let evening = OpeningHours(week: [1: [try interval("18:00", "24:00")]])
    #expect(evening.isOpen(at: try utc("2027-03-01T22:59"), in: Self.amsterdam))
    #expect(!evening.isOpen(at: try utc("2027-03-01T23:00"), in: Self.amsterdam))
    let whole = OpeningHours(week: [1: [try interval("00:00", "24:00")], 2: [try interval("00:00", "24:00")]])
    for minute in ["22:58", "22:59", "23:00", "23:01"] {
      #expect(whole.isOpen(at: try utc("2027-03-01T\(minute)"), in: Self.amsterdam))
    }
  }

  /// 2026-03-29: clocks go from 02:00 to 03:00, at 01:00 UTC.
  @Test func `E1 hours over the gap of spring begin and end after it`() throws {
    let hours = OpeningHours(week: [7: [try interval("01:30", "02:30"), try interval("04:00", "05:00")]])
    #expect(hours.isOpen(at: try utc("2026-03-29T00:30"), in: Self.amsterdam))
    #expect(hours.isOpen(at: try utc("2026-03-29T00:59"), in: Self.amsterdam))
    #expect(!hours.isOpen(at: try utc("2026-03-29T01:00"), in: Self.amsterdam))
    #expect(!hours.isOpen(at: try utc("2026-03-29T01:59"), in: Self.amsterdam))
    #expect(hours.isOpen(at: try utc("2026-03-29T02:00"), in: Self.amsterdam))
    let inside = OpeningHours(week: [7: [try interval("02:10", "02:50")]])
    for minute in ["00:59", "01:00", "01:15", "01:59"] {
      #expect(!inside.isOpen(at: try utc("2026-03-29T\(minute)"), in: Self.amsterdam))
    }
  }

  /// 2026-10-25: clocks go from 03:00 to 02:00, at 01:00 UTC.
  @Test func `E1 hours over the hour that comes twice are one stretch, which ends once`() throws {
    let night = OpeningHours(week: [6: [try interval("22:00", "06:00")]])
    for (moment, isOpen) in [("2026-10-24T20:00", true), ("2026-10-25T00:30", true)] {
      #expect(night.isOpen(at: try utc(moment), in: Self.amsterdam) == isOpen)
    }
    for (moment, isOpen) in [("2026-10-25T04:59", true), ("2026-10-25T05:00", false)] {
      #expect(night.isOpen(at: try utc(moment), in: Self.amsterdam) == isOpen)
    }
    let early = OpeningHours(week: [7: [try interval("00:00", "02:30")]])
    #expect(early.isOpen(at: try utc("2026-10-25T00:29"), in: Self.amsterdam))
    // 02:30 for the first time; at 01:15 UTC clocks show 02:15 again.
    #expect(!early.isOpen(at: try utc("2026-10-25T00:30"), in: Self.amsterdam))
    #expect(!early.isOpen(at: try utc("2026-10-25T01:15"), in: Self.amsterdam))
  }

  @Test func `E1 a day without a midnight begins after the gap`() throws {
    // 2026-09-06 in Santiago: clocks go from 00:00 to 01:00, at 04:00 UTC.
    let santiago = try #require(Zone(identifier: "America/Santiago"))
    let hours = OpeningHours(week: [7: [try interval("00:00", "02:00")]])
    #expect(!hours.isOpen(at: try utc("2026-09-06T03:59"), in: santiago))
    #expect(hours.isOpen(at: try utc("2026-09-06T04:00"), in: santiago))
    #expect(!hours.isOpen(at: try utc("2026-09-06T05:00"), in: santiago))
  }

  @Test(arguments: [
    ("08:00", "17:00", 480, 1020), ("00:00", "24:00", 0, 1440), ("22:00", "02:00", 1320, 1560),
    ("08:00", "08:00", 480, 1920), ("23:59", "00:00", 1439, 1440),
  ])
  func `E1 an interval is read and written as HH:MM`(from: String, until: String, start: Int, end: Int) throws
  {
    let read = try interval(from, until)
    #expect(read.from == start)
    #expect(read.until == end)
    #expect(Interval.time(ofMinute: read.from) == from)
    #expect(try interval(from, Interval.time(ofMinute: read.until)) == read)
  }

  @Test(arguments: [
    ("24:00", "08:00"), ("8:00", "17:00"), ("08:00", "24:01"), ("08:60", "17:00"), ("", ""),
    ("08:00", "25:00"), ("-1:00", "08:00"), ("08:00:00", "17:00"), ("aa:bb", "17:00"),
  ])
  func `E1 what is no time of day is no interval`(from: String, until: String) {
    #expect(Interval(from: from, until: until) == nil)
  }
}
