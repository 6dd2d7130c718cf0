import Domain

extension Demo {
  /// The day's appointments, as a workshop's own system would export them.
  enum Appointments {
    /// Every one of them is checked to be imported.
    static let count = 24
    /// So long before midnight appointments of "today" would be of yesterday before the demonstration ends.
    private static let margin: Duration = .seconds(15 * 60)

    /// The first is the one whose key is walked around, the second meets a jammed door.
    static func number(_ index: Int) -> String { "WO-\(1001 + index)" }
    static func driver(_ index: Int) -> String { "Driver \(index + 1)" }

    /// A zone near the workshop in which no midnight is about to come.
    static func zone(at now: Instant) -> Zone {
      let zones = ["Europe/Amsterdam", "Europe/London"].compactMap(Zone.init(identifier:))
      return zones.first { LocalDate(now, in: $0) == LocalDate(now + margin, in: $0) } ?? .utc
    }

    static func csv(on date: LocalDate) -> String {
      let header = "number,date,time,plate,brand,model,driver_name,driver_email,language,work"
      let lines = (0..<count).map { index in
        let (brand, model) = cars[index % cars.count]
        return [
          number(index), "\(date)", time(index), plate(index), brand, model, driver(index),
          "driver\(index + 1)@example.org", languages[index % languages.count], work[index % work.count],
        ].joined(separator: ",")
      }
      return ([header] + lines).map { $0 + "\r\n" }.joined()
    }

    private static let cars = [
      ("Volvo", "EX30"), ("Renault", "Mégane"), ("Škoda", "Enyaq"), ("Toyota", "Corolla"), ("Opel", "Astra"),
    ]
    private static let languages = ["nl", "en", "de", "fr"]
    private static let work = [
      "Service|Tyre change", "Annual inspection", "Brake fluid", "Service",
      "Software update|Air conditioning",
      "Windscreen",
    ]

    /// From 08:00, four an hour.
    private static func time(_ index: Int) -> String {
      let (hour, quarter) = (8 + index / 4, index % 4 * 15)
      return (hour < 10 ? "0" : "") + "\(hour):" + (quarter < 10 ? "0" : "") + "\(quarter)"
    }

    /// A Dutch shape: `AA-999-A`.
    private static func plate(_ index: Int) -> String {
      let letters = Array("BDFGHJKLNPRSTVXZ")
      return "\(letters[index % letters.count])\(letters[(index * 5 + 3) % letters.count])-"
        + "\(101 + index * 37 % 899)-\(letters[(index * 7 + 1) % letters.count])"
    }
  }
}
