import API
import Domain
import RPC

/// A location's settings, as requests carry them.
extension Form {
  mutating func zone(_ typed: String, _ field: String = "time_zone") -> Zone? {
    value(Zone(identifier: typed), field, "an IANA name, e.g. Europe/Amsterdam")
  }

  mutating func country(_ typed: String) -> String {
    let country = typed.uppercased()
    require(country.isLetters(2), "country", "two letters of ISO 3166-1, e.g. NL")
    return country
  }

  mutating func currency(_ typed: String) -> String {
    let currency = typed.uppercased()
    require(currency.isLetters(3), "currency", "three letters of ISO 4217, e.g. EUR")
    return currency
  }

  mutating func languages(_ languages: [String]) -> [String] {
    require(
      languages.allSatisfy(WorkOrderDraft.languages.contains) && Set(languages).count == languages.count,
      "languages", "each of en, nl, fr and de at most once")
    return languages
  }

  mutating func limits(_ proto: ProtoLimits) -> Location.Limits {
    let limits = Location.Limits(proto)
    require(Location.Limits.qrLifetimes.contains(limits.qr), "limits.qr_seconds", "1 to 600, or 0 for 60")
    require(
      Location.Limits.idleTimes.contains(limits.warning) && limits.warning < limits.end,
      "limits.warning_seconds", "5 to 600 and less than end_seconds, or 0 for 40")
    require(Location.Limits.idleTimes.contains(limits.end), "limits.end_seconds", "5 to 600, or 0 for 60")
    return limits
  }

  /// E1: E.164, so that it means the same whoever dials it; empty for none.
  mutating func emergencyPhone(_ typed: String) -> Phone? {
    if typed.isEmpty { return nil }
    let phone = typed.hasPrefix("+") ? Phone(parsing: typed, country: "") : nil
    return value(
      phone?.e164 == typed ? phone : nil, "emergency_phone", "E.164, e.g. +31201234567, or empty for none")
  }

  mutating func checkIn(_ proto: ProtoCheckInSettings) -> CheckInSettings {
    var settings = CheckInSettings()
    if proto.daysAhead != 0 { settings.daysAhead = Int(proto.daysAhead) }
    require(
      CheckInSettings.possibleDaysAhead.contains(settings.daysAhead), "check_in.days_ahead",
      "1 to 30, or 0 for 3")
    if !proto.sendFrom.isEmpty { settings.sendFrom = minute(proto.sendFrom, "check_in.send_from") }
    if !proto.sendTo.isEmpty { settings.sendUntil = minute(proto.sendTo, "check_in.send_to") }
    require(settings.sendFrom < settings.sendUntil, "check_in.send_to", "after send_from, on the same day")
    return settings
  }

  mutating func openingHours(_ proto: ProtoOpeningHours) -> OpeningHours {
    let field = "opening_hours"
    var hours = OpeningHours()
    let atMost = OpeningHours.maximumIntervalsPerDay
    guard proto.week.count <= atMost * OpeningHours.weekdays.count,
      proto.exceptions.count <= OpeningHours.maximumExceptions
    else {
      let isWeek = proto.week.count > atMost * OpeningHours.weekdays.count
      require(
        false, isWeek ? "\(field).week" : "\(field).exceptions",
        isWeek ? "at most \(atMost) a day" : "at most \(OpeningHours.maximumExceptions)")
      return hours
    }
    for (index, each) in proto.week.enumerated() {
      let path = "\(field).week[\(index)]"
      require(
        OpeningHours.weekdays.contains(Int(each.weekday)), "\(path).weekday", "1 (Monday) to 7 (Sunday)")
      if let interval = interval(each.fromTime, each.toTime, path) {
        hours.week[Int(each.weekday), default: []].append(interval)
      }
    }
    require(hours.week.values.allSatisfy { $0.count <= atMost }, "\(field).week", "at most \(atMost) a day")
    for (index, each) in proto.exceptions.enumerated() {
      let path = "\(field).exceptions[\(index)]"
      let date = value(LocalDate(parsing: each.date), "\(path).date", "YYYY-MM-DD")
      require(date.map { hours.exceptions[$0] == nil } ?? true, "\(path).date", "a date once")
      guard each.intervals.count <= atMost else {
        require(false, "\(path).intervals", "at most \(atMost)")
        continue
      }
      let intervals = each.intervals.enumerated().compactMap { number, each in
        interval(each.fromTime, each.toTime, "\(path).intervals[\(number)]")
      }
      if let date { hours.exceptions[date] = intervals.sorted() }
    }
    hours.week = hours.week.mapValues { $0.sorted() }
    return hours
  }

  private mutating func interval(_ from: String, _ to: String, _ path: String) -> OpeningHours.Interval? {
    let start = OpeningHours.Interval.minute(parsing: from)
    require(start.map { $0 < OpeningHours.Interval.minutesPerDay } ?? false, "\(path).from_time", "HH:MM")
    require(
      OpeningHours.Interval.minute(parsing: to) != nil, "\(path).to_time", "HH:MM, at the latest 24:00")
    return OpeningHours.Interval(from: from, until: to)
  }

  /// 0 to 1439.
  private mutating func minute(_ typed: String, _ field: String) -> Int {
    let minute = OpeningHours.Interval.minute(parsing: typed)
    let isOfDay = minute.map { $0 < OpeningHours.Interval.minutesPerDay } ?? false
    require(isOfDay, field, "HH:MM")
    return minute ?? 0
  }
}

extension String {
  /// A to Z, that many.
  fileprivate func isLetters(_ count: Int) -> Bool {
    utf8.count == count && utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
