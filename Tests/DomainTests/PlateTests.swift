import Domain
import Testing

@Suite struct PlateTests {
  @Test(arguments: [
    ("AB-12-CD", "AB12CD"), ("ab12cd", "AB12CD"), (" ab 12 cd ", "AB12CD"), ("1-ABC-234", "1ABC234"),
    ("B·MW 1234", "BMW1234"), ("m_u/1.2", "MU12"), ("GÖ AB 12", "GOAB12"), ("gö-ab 12", "GOAB12"),
    ("GO\u{308} AB 12", "GOAB12"), ("É-1", "E1"), ("7", "7"), ("ABCDEF123456", "ABCDEF123456"),
    ("AB–12", "AB12"),
    ("O0", "O0"),
  ])
  func `D11 plates match on letters and digits alone`(typed: String, normalized: String) {
    #expect(Plate(parsing: typed)?.normalized == normalized)
  }

  @Test(arguments: [
    "", " ", "-", "🚗", "АВ12", "١٢٣", "AB²", "Ⅳ-12", "ß12", "Ø12", "日本12", "ABCDEF1234567",
    String(repeating: "-", count: 64) + "A", String(repeating: "A", count: 1_000_000),
  ])
  func `D11 what has no place in [A-Z0-9], or too much of it, is refused`(typed: String) {
    #expect(Plate(parsing: typed) == nil)
  }

  @Test(arguments: [
    ("AB1234", "AB-12-34"), ("1234AB", "12-34-AB"), ("12AB34", "12-AB-34"), ("AB12CD", "AB-12-CD"),
    ("ABCD12", "AB-CD-12"), ("12ABCD", "12-AB-CD"), ("12ABC3", "12-ABC-3"), ("1ABC23", "1-ABC-23"),
    ("AB123C", "AB-123-C"), ("A123BC", "A-123-BC"), ("ABC12D", "ABC-12-D"), ("A12BCD", "A-12-BCD"),
    ("1AB234", "1-AB-234"), ("123AB4", "123-AB-4"),
  ])
  func `D11 NL each of the sidecodes 1 to 14 gets its hyphens`(typed: String, shown: String) throws {
    #expect(try #require(Plate(parsing: typed)).formatted(country: "NL") == shown)
  }

  @Test(arguments: [
    ("1ABC234", "1-ABC-234"), ("2ABC234", "2-ABC-234"), ("ABC123", "ABC-123"), ("123ABC", "123-ABC"),
  ])
  func `D11 BE with an index, and the older six`(typed: String, shown: String) throws {
    #expect(try #require(Plate(parsing: typed)).formatted(country: "BE") == shown)
  }

  @Test(arguments: [
    ("AA123AA", "AA-123-AA"), ("1234AB75", "1234 AB 75"), ("123ABC01", "123 ABC 01"), ("12A95", "12 A 95"),
    ("12AB2A", "12 AB 2A"), ("123AB2B", "123 AB 2B"), ("123AB971", "123 AB 971"), ("1234AB96", "1234AB96"),
    ("1234AB00", "1234AB00"), ("0123AB75", "0123AB75"), ("123AB961", "123AB961"),
  ])
  func `D11 FR since 2009, and number, series and department before`(typed: String, shown: String) throws {
    #expect(try #require(Plate(parsing: typed)).formatted(country: "FR") == shown)
  }

  @Test(arguments: [
    ("HVLAB12", "HVL-AB 12"), ("HVLAB1234H", "HVL-AB 1234H"), ("KAAB12", "KAAB 12"), ("MAB1234", "MAB 1234"),
    ("BA1E", "BA 1E"),
    ("B1", "B 1"), ("MAB0123", "MAB0123"), ("ABCDEF1", "ABCDEF1"), ("MAB12345", "MAB12345"),
    ("Y123456", "Y123456"),
  ])
  func `D11 DE letters are split only where that is certain`(typed: String, shown: String) throws {
    #expect(try #require(Plate(parsing: typed)).formatted(country: "DE") == shown)
  }

  @Test(arguments: ["NL", "BE", "FR", "DE", "LU", "GB", "XX", "", "nl"])
  func `D11 an unknown shape is shown normalised, in every country`(country: String) throws {
    for typed in ["A", "X1X1X1X", "ABCDEFGHIJKL", "123456789012"] {
      #expect(try #require(Plate(parsing: typed)).formatted(country: country) == typed)
    }
  }

  @Test(arguments: ["NL", "BE", "FR", "DE"])
  func `D11 what is shown reads back as the same plate`(country: String) throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let typed = String((0..<Int.random(in: 1...12, using: &random)).map { _ in "AZB0195".randomElement()! })
      let plate = try #require(Plate(parsing: typed))
      #expect(Plate(parsing: plate.formatted(country: country)) == plate, "\(typed) in \(country)")
    }
  }

  @Test func `S4 a plate does not print itself`() throws {
    let plate = try #require(Plate(parsing: "AB-12-CD"))
    var dumped = ""
    dump([plate], to: &dumped)
    for text in ["\(plate)", String(reflecting: plate), "\([plate])", dumped] {
      #expect(!text.contains("AB12CD"))
    }
  }
}
