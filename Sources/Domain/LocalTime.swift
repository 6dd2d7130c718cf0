private let millisecondsPerMinute: Int64 = 60_000
private let millisecondsPerDay: Int64 = 24 * 60 * millisecondsPerMinute

extension LocalDate {
  /// The day that calendars in the zone show at a moment; the first or last one there is beyond them.
  public init(_ instant: Instant, in zone: Zone) {
    self.init(dayNumber: Int(instant.shown(in: zone).flooredDivision(by: millisecondsPerDay).quotient))
  }

  /// The first moment of the day: midnight, or the moment after the gap where midnight does not exist.
  public func startOfDay(in zone: Zone) -> Instant {
    Instant(milliseconds: zone.earliest(showing: Int64(dayNumber) * millisecondsPerDay))
  }

  /// The first moment after the day. A day has 23, 24 or 25 hours, or whatever its zone makes of it.
  public func endOfDay(in zone: Zone) -> Instant {
    Instant(milliseconds: zone.earliest(showing: Int64(dayNumber + 1) * millisecondsPerDay))
  }
}

extension LocalDateTime {
  /// What clocks in the zone show at a moment, seconds cut off.
  public init(_ instant: Instant, in zone: Zone) {
    let (day, rest) = instant.shown(in: zone).flooredDivision(by: millisecondsPerDay)
    self.init(date: LocalDate(dayNumber: Int(day)), minuteOfDay: Int(rest / millisecondsPerMinute))
  }

  /// The moment at which clocks in the zone show it. A time that does not exist (clocks go forward) is the
  /// moment after the gap; of one that exists twice (clocks go back) the first counts.
  public func instant(in zone: Zone) -> Instant {
    let minutes = Int64(hour * 60 + minute)
    return Instant(
      milliseconds: zone.earliest(
        showing: Int64(date.dayNumber) * millisecondsPerDay + minutes * millisecondsPerMinute))
  }
}

extension Instant {
  /// What clocks in the zone show, in milliseconds as if it were UTC. Moments outside the calendar are
  /// taken as its ends, a day beyond them, so that no zone brings them back inside.
  fileprivate func shown(in zone: Zone) -> Int64 {
    let first = Int64(LocalDate.first.dayNumber - 1) * millisecondsPerDay
    let last = Int64(LocalDate.last.dayNumber + 2) * millisecondsPerDay
    let bounded = min(max(milliseconds, first), last)
    return bounded + zone.offset(at: bounded)
  }
}
