import Domain
import Testing

@Suite struct LocalDateTests {
  @Test(arguments: ["0001-01-01", "1970-01-01", "2000-02-29", "2024-02-29", "2026-12-31", "9999-12-31"])
  func `a date reads and prints as YYYY-MM-DD`(text: String) throws {
    #expect(try #require(LocalDate(parsing: text)).description == text)
  }

  @Test(arguments: [
    "", "2026", "2026-1-01", "2026-01-1", "26-01-01", "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32",
    "2026-04-31", "2025-02-29", "1900-02-29", "2100-02-29", "0000-01-01", "10000-01-01", "-001-01-01",
    "2026-01-01 ",
    "2026/01/01", "2026-01-01-", "+026-01-01", "٢٠٢٦-01-01", "2026-01-0a",
  ])
  func `what is no date of the calendar is refused`(text: String) {
    #expect(LocalDate(parsing: text) == nil)
  }

  @Test(arguments: [
    ("2026-12-31", 1, "2027-01-01"), ("2026-03-01", -1, "2026-02-28"), ("2024-03-01", -1, "2024-02-29"),
    ("2026-01-01", 365, "2027-01-01"), ("2024-01-01", 366, "2025-01-01"),
    ("1970-01-01", -719_162, "0001-01-01"),
    ("2026-05-05", 0, "2026-05-05"), ("1999-12-31", 146_097, "2399-12-31"),
  ])
  func `C1 days are added over the ends of months and years`(from: String, days: Int, to: String) throws {
    let (from, to) = (try #require(LocalDate(parsing: from)), try #require(LocalDate(parsing: to)))
    #expect(from.adding(days: days) == to)
    #expect(from.days(until: to) == days)
    #expect(to.days(until: from) == -days)
  }

  @Test func `days cannot be added beyond the calendar`() {
    #expect(LocalDate.last.adding(days: 1) == .last)
    #expect(LocalDate.last.adding(days: .max) == .last)
    #expect(LocalDate.first.adding(days: -1) == .first)
    #expect(LocalDate.first.adding(days: .min) == .first)
    #expect(LocalDate.first.description == "0001-01-01" && LocalDate.last.description == "9999-12-31")
  }

  @Test func `every day of 400 years, after which the calendar repeats, follows the one before it`() throws {
    var day = try #require(LocalDate(parsing: "1899-12-31"))
    var count = 0
    while day.year < 2300 {
      let next = day.adding(days: 1)
      let isNextDay = next.day == day.day + 1 && next.month == day.month && next.year == day.year
      let isNextMonth = next.day == 1 && next.month == day.month + 1 && next.year == day.year
      let isNextYear = next.day == 1 && next.month == 1 && day.month == 12 && next.year == day.year + 1
      guard isNextDay || isNextMonth || isNextYear, day < next,
        LocalDate(year: next.year, month: next.month, day: next.day) == next
      else {
        Issue.record("\(next) does not follow \(day)")
        return
      }
      if !isNextDay, LocalDate(year: day.year, month: day.month, day: day.day + 1) != nil {
        Issue.record("\(day) is not the last of its month")
        return
      }
      day = next
      count += 1
    }
    #expect(count == 146_098)
  }

  @Test(arguments: ["0001-01-01T00:00", "2026-05-05T09:07", "9999-12-31T23:59"])
  func `a local time reads and prints as YYYY-MM-DDTHH:MM`(text: String) throws {
    #expect(try #require(LocalDateTime(parsing: text)).description == text)
  }

  @Test(arguments: [
    "", "2026-05-05", "2026-05-05T", "2026-05-05T9:07", "2026-05-05T24:00", "2026-05-05T23:60",
    "2026-05-05 09:07",
    "2026-05-05T09:07:00", "2026-05-05T09:07Z", "2026-05-05T-1:07", "2026-02-30T09:07", "2026-05-05T09:07T",
  ])
  func `what is no local time is refused`(text: String) {
    #expect(LocalDateTime(parsing: text) == nil)
  }

  @Test func `local times sort as they pass`() throws {
    let sorted = try [
      "2025-12-31T23:59", "2026-01-01T00:00", "2026-01-01T00:01", "2026-01-01T01:00", "2026-01-02T00:00",
    ]
    .map { try #require(LocalDateTime(parsing: $0)) }
    #expect(sorted.reversed().sorted() == sorted)
  }
}
