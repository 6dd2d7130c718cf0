import Domain
import Testing

/// A moment, written as clocks in UTC show it.
private func utc(_ text: String) throws -> Instant {
  try #require(LocalDateTime(parsing: text)).instant(in: .utc)
}

private func zone(_ identifier: String) throws -> Zone { try #require(Zone(identifier: identifier)) }

@Suite struct ZoneTests {
  @Test(arguments: ["Europe/Amsterdam", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5"])
  func `a zone of the IANA database is known by its name`(identifier: String) {
    #expect(Zone(identifier: identifier)?.description == identifier)
  }

  @Test(arguments: [
    "", "CET", "GMT+2", "Europe", "Europe/Amsterdamned", "Europe/", "/", "../etc/passwd",
    "Europe/Amsterdam\n",
  ])
  func `what is no place's zone is refused`(identifier: String) {
    #expect(Zone(identifier: identifier) == nil)
  }

  @Test func `UTC counts from 1970`() throws {
    #expect(try utc("1970-01-01T00:00") == Instant(milliseconds: 0))
    #expect(try utc("2026-01-01T00:00") == Instant(milliseconds: 1_767_225_600_000))
    #expect(try utc("1969-12-31T23:59") == Instant(milliseconds: -60_000))
  }

  @Test(arguments: [
    // Clocks go from 02:00 to 03:00.
    ("Europe/Amsterdam", "2026-03-29T01:59", "2026-03-29T00:59"),
    ("Europe/Amsterdam", "2026-03-29T02:00", "2026-03-29T01:00"),
    ("Europe/Amsterdam", "2026-03-29T02:30", "2026-03-29T01:00"),
    ("Europe/Amsterdam", "2026-03-29T03:00", "2026-03-29T01:00"),
    ("Europe/Amsterdam", "2026-03-29T03:01", "2026-03-29T01:01"),
    // From midnight to 01:00.
    ("America/Santiago", "2026-09-05T23:59", "2026-09-06T03:59"),
    ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00"),
    ("America/Santiago", "2026-09-06T00:59", "2026-09-06T04:00"),
    ("America/Santiago", "2026-09-06T01:00", "2026-09-06T04:00"),
    ("Asia/Beirut", "2024-03-31T00:00", "2024-03-30T22:00"),
    // Half an hour only.
    ("Australia/Lord_Howe", "2026-10-04T01:59", "2026-10-03T15:29"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
    ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30"),
    // A whole day that never was.
    ("Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59"),
    ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
    ("Pacific/Apia", "2011-12-30T15:00", "2011-12-30T10:00"),
    ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
    ("Pacific/Apia", "2011-12-31T00:01", "2011-12-30T10:01"),
  ])
  func `C1 a time that does not exist is the moment after the gap`(
    identifier: String, local: String, moment: String
  ) throws {
    let local = try #require(LocalDateTime(parsing: local))
    #expect(local.instant(in: try zone(identifier)) == (try utc(moment)))
  }

  @Test(arguments: [
    ("Europe/Amsterdam", "2026-10-25T01:59", "2026-10-24T23:59"),
    ("Europe/Amsterdam", "2026-10-25T02:00", "2026-10-25T00:00"),
    ("Europe/Amsterdam", "2026-10-25T02:59", "2026-10-25T00:59"),
    ("Europe/Amsterdam", "2026-10-25T03:00", "2026-10-25T02:00"),
    ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30"),
    ("America/Santiago", "2026-04-05T00:00", "2026-04-05T04:00"),
    ("Asia/Beirut", "2024-10-26T23:30", "2024-10-26T20:30"),
    ("Asia/Beirut", "2024-10-27T00:00", "2024-10-26T22:00"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
    ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30"),
  ])
  func `C1 of a time that exists twice the first counts`(
    identifier: String, local: String, moment: String
  ) throws {
    let local = try #require(LocalDateTime(parsing: local))
    #expect(local.instant(in: try zone(identifier)) == (try utc(moment)))
  }

  @Test(arguments: [
    ("Europe/Amsterdam", "2026-06-01", 24 * 60), ("Europe/Amsterdam", "2026-03-29", 23 * 60),
    ("Europe/Amsterdam", "2026-10-25", 25 * 60), ("America/Santiago", "2026-09-05", 24 * 60),
    ("America/Santiago", "2026-09-06", 23 * 60), ("America/Santiago", "2026-04-04", 25 * 60),
    ("Asia/Beirut", "2024-03-31", 23 * 60), ("Asia/Beirut", "2024-10-26", 25 * 60),
    ("Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30), ("Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30),
    ("Pacific/Apia", "2011-12-29", 24 * 60), ("Pacific/Apia", "2011-12-30", 0),
    ("Pacific/Apia", "2011-12-31", 24 * 60),
  ])
  func `S1 the day at whose end a PIN dies is as long as clocks make it`(
    identifier: String, day: String, minutes: Int
  ) throws {
    let (day, zone) = (try #require(LocalDate(parsing: day)), try zone(identifier))
    #expect(day.endOfDay(in: zone) - day.startOfDay(in: zone) == .seconds(minutes * 60))
    #expect(day.endOfDay(in: zone) == day.adding(days: 1).startOfDay(in: zone))
  }

  @Test(arguments: [
    ("Europe/Amsterdam", "2026-03-28T22:59", "2026-03-28"),
    ("Europe/Amsterdam", "2026-03-28T23:00", "2026-03-29"),
    ("Europe/Amsterdam", "2026-10-24T22:00", "2026-10-25"),
    ("Europe/Amsterdam", "2026-10-25T22:59", "2026-10-25"),
    ("America/Santiago", "2026-09-06T03:59", "2026-09-05"),
    ("America/Santiago", "2026-09-06T04:00", "2026-09-06"),
    ("America/Santiago", "2026-04-05T03:59", "2026-04-04"),
    ("Pacific/Apia", "2011-12-30T09:59", "2011-12-29"),
    ("Pacific/Apia", "2011-12-30T10:00", "2011-12-31"),
    ("Pacific/Kiritimati", "2026-01-01T10:00", "2026-01-02"),
    ("Pacific/Pago_Pago", "2026-01-01T10:59", "2025-12-31"),
  ])
  func `D3 today is what calendars at the location show`(identifier: String, moment: String, day: String)
    throws
  {
    #expect(LocalDate(try utc(moment), in: try zone(identifier)).description == day)
  }

  @Test func `D11 a moment is shown as local time, seconds cut off`() throws {
    let moment = try utc("2026-07-01T10:30") + .milliseconds(59_999)
    #expect(LocalDateTime(moment, in: try zone("Europe/Amsterdam")).description == "2026-07-01T12:30")
    let before1970 = Instant(milliseconds: -1)
    #expect(LocalDateTime(before1970, in: .utc).description == "1969-12-31T23:59")
  }

  @Test(arguments: [Int64.min, -1 << 60, 1 << 60, .max])
  func `a moment outside the calendar is shown as its first or last day`(milliseconds: Int64) throws {
    let expected = milliseconds < 0 ? LocalDate.first : .last
    for identifier in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
      let (moment, zone) = (Instant(milliseconds: milliseconds), try zone(identifier))
      #expect(LocalDate(moment, in: zone) == expected)
      #expect(LocalDateTime(moment, in: zone).date == expected)
    }
  }

  @Test(arguments: [
    "Europe/Amsterdam", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca",
  ])
  func `C1 every half hour of two years lies in the day that clocks show, and comes back`(identifier: String)
    throws
  {
    let zone = try zone(identifier)
    let halfHour: Duration = .seconds(1800)
    var day = try #require(LocalDate(parsing: "2025-06-01"))
    let end = try #require(LocalDate(parsing: "2027-06-01"))
    while day < end {
      var moment = day.startOfDay(in: zone)
      let next = day.endOfDay(in: zone)
      try #require(moment < next)
      while moment < next {
        let shown = LocalDateTime(moment, in: zone)
        let first = shown.instant(in: zone)
        guard shown.date == day,
          first == moment || (first < moment && LocalDateTime(first, in: zone) == shown)
        else {
          Issue.record("\(moment) is shown as \(shown) on \(day), which comes back as \(first)")
          return
        }
        moment = moment + halfHour
      }
      day = day.adding(days: 1)
    }
  }
}
