import Domain
import GRDB
import Services

extension OpeningHours.Interval {
  init(storedFrom from: Int?, until: Int?) throws {
    guard let from, let until, let interval = OpeningHours.Interval(from: from, until: until) else {
      throw StoreFailure.unreadable(reason: "no interval in column 'from_minute'")
    }
    self = interval
  }
}

extension SQLSnapshot {
  func openingHours(of location: Location.ID) throws -> OpeningHours {
    var hours = OpeningHours()
    let week = try all(
      """
      SELECT weekday, from_minute, until_minute FROM opening_intervals WHERE location_id = ? ORDER BY id
      """, location.stored
    ) { row in
      (
        day: try row.next(Int.self),
        interval: try OpeningHours.Interval(storedFrom: row.next(), until: row.next())
      )
    }
    for (day, interval) in week { hours.week[day, default: []].append(interval) }
    let exceptions = try all(
      """
      SELECT local_date, from_minute, until_minute FROM opening_exceptions WHERE location_id = ? ORDER BY id
      """, location.stored
    ) { row in
      (
        date: try row.next(LocalDate.self), from: try row.optional(Int.self),
        until: try row.optional(Int.self)
      )
    }
    for (date, from, until) in exceptions {
      hours.exceptions[date, default: []] +=
        from == nil ? [] : [try OpeningHours.Interval(storedFrom: from, until: until)]
    }
    return hours
  }
}

extension SQLTransaction {
  func replaceOpeningHours(of location: Location.ID, with hours: OpeningHours) throws {
    try run("DELETE FROM opening_intervals WHERE location_id = ?", location.stored)
    try run("DELETE FROM opening_exceptions WHERE location_id = ?", location.stored)
    for (day, intervals) in hours.week.sorted(by: { $0.key < $1.key }) {
      for interval in intervals {
        try run(
          """
          INSERT INTO opening_intervals (location_id, weekday, from_minute, until_minute) VALUES (?, ?, ?, ?)
          """,
          location.stored, day.stored, interval.from.stored, interval.until.stored)
      }
    }
    for (date, intervals) in hours.exceptions.sorted(by: { $0.key < $1.key }) {
      for interval in intervals.isEmpty ? [nil] : intervals.map(Optional.some) {
        try run(
          """
          INSERT INTO opening_exceptions (location_id, local_date, from_minute, until_minute)
          VALUES (?, ?, ?, ?)
          """,
          location.stored, date.stored, (interval?.from).stored, (interval?.until).stored)
      }
    }
  }
}
