import Domain

/// Work orders by number: the same number always gives the same one.
enum Bookings {
  struct Impossible: Error {}

  static let firstYear = 2020

  /// Days from 1 January of the first year; a work order every quarter of an hour of a working day.
  static func time(day: Int, slot: Int = 0) throws -> LocalDateTime {
    guard let first = LocalDate(year: firstYear, month: 1, day: 1),
      let time = LocalDateTime(
        date: first.adding(days: day), hour: 8 + slot / 4 % 10, minute: slot % 4 * 15)
    else { throw Impossible() }
    return time
  }

  static func plate(_ number: Int) throws -> Plate {
    guard let plate = Plate(parsing: "B\(number)") else { throw Impossible() }
    return plate
  }

  static func driver(_ number: Int) throws -> Contact {
    let digits = String(number % 10_000_000)
    let padded = String(repeating: "0", count: 7 - digits.count) + digits
    guard let mobile = Phone(stored: "+3161\(padded)") else { throw Impossible() }
    return Contact(
      role: .driver, name: "Driver \(number)", privateEmail: "driver\(number)@example.org",
      privateMobile: mobile)
  }
}
