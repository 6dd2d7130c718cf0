import Domain
import Testing

@Suite struct PhoneTests {
  @Test(arguments: [
    ("0612345678", "NL", "+31612345678"),
    ("06 12 34 56 78", "NL", "+31612345678"),
    ("06-12345678", "NL", "+31612345678"),
    ("(06) 1234.5678", "NL", "+31612345678"),
    ("+31 6 12345678", "DE", "+31612345678"),
    ("0031612345678", "NL", "+31612345678"),
    ("+31 (0)6 12345678", "BE", "+31612345678"),
    ("020 622 8888", "NL", "+31206228888"),
    ("0470 12 34 56", "BE", "+32470123456"),
    ("06 12 34 56 78", "FR", "+33612345678"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("201-555-0123", "US", "+12015550123"),
    ("+39 06 1234 5678", "NL", "+390612345678"),
  ])
  func `D11 a number matches in every notation, read with the location's country`(
    typed: String, country: String, e164: String
  ) {
    #expect(Phone(parsing: typed, country: country)?.e164 == e164)
  }

  @Test(arguments: [
    ("", "NL"), (" ", "NL"), ("+", "NL"), ("abc", "NL"), ("06", "NL"), ("061234567", "NL"),
    ("06123456789", "NL"),
    ("0612345678", ""), ("0612345678", "XX"), ("0612345678", "nl"), ("+999 123456789", "NL"),
    ("0612345678 ext. 5", "NL"), ("112", "NL"), ("06\u{0}12345678x", "NL"), ("🔑", "NL"),
    ("+31 6 12345678" + String(repeating: " ", count: 64), "NL"),
    (String(repeating: "1", count: 100_000), "NL"), ("0612345678", String(repeating: "N", count: 10_000)),
  ])
  func `D11 what is no number of a numbering plan is refused`(typed: String, country: String) {
    #expect(Phone(parsing: typed, country: country) == nil)
  }

  @Test func `D11 the same digits are two numbers in two countries`() throws {
    let dutch = try #require(Phone(parsing: "06 12345678", country: "NL"))
    let french = try #require(Phone(parsing: "06 12345678", country: "FR"))
    #expect(dutch != french)
    #expect(dutch == Phone(parsing: "+31612345678", country: "FR"))
  }

  @Test(arguments: [
    ("+31612345678", "NL", "06 12345678"),
    ("+31612345678", "BE", "+31 6 12345678"),
    ("+31612345678", "", "+31 6 12345678"),
    ("+32470123456", "BE", "0470 12 34 56"),
    ("+33612345678", "FR", "06 12 34 56 78"),
    ("+12015550123", "US", "(201) 555-0123"),
    ("+12015550123", "CA", "+1 201-555-0123"),
  ])
  func `D11 a number is shown as its readers write it`(e164: String, country: String, shown: String) throws {
    let phone = try #require(Phone(parsing: e164, country: "NL"))
    #expect(phone.formatted(in: country) == shown)
  }

  @Test(arguments: [
    ("+31612345678", true), ("+31206228888", false), ("+33612345678", true), ("+33123456789", false),
    ("+12015550123", true), ("+318001234", false),
  ])
  func `C2 only a number that may be a mobile can get an SMS`(e164: String, isMobile: Bool) throws {
    #expect(try #require(Phone(stored: e164)).isMobile == isMobile)
  }

  @Test func `S4 a phone number shows two digits of itself wherever it is printed`() throws {
    let phone = try #require(Phone(parsing: "0612345689", country: "NL"))
    var dumped = ""
    dump([phone], to: &dumped)
    #expect("\(phone)" == "Phone(…89)")
    for text in [
      String(describing: phone), String(reflecting: phone), "\([phone])", "\(["a": phone])", dumped,
    ] {
      #expect(!text.contains("61234"))
    }
  }

  @Test(arguments: [
    "", "+", "+123", "31612345678", "+31 612345678", "+3161234567x", "+" + String(repeating: "1", count: 21),
  ])
  func `a stored number that is not E.164 is refused`(text: String) {
    #expect(Phone(stored: text) == nil)
  }

  @Test func `a stored number outside today's numbering plan is kept, and shown as it is`() throws {
    let phone = try #require(Phone(stored: "+99912345678"))
    #expect(phone.e164 == "+99912345678")
    #expect(phone.formatted(in: "NL") == "+99912345678")
    #expect(!phone.isMobile)
  }

  @Test func `numbers are read on many threads at once`() async {
    await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<200).count { index in
            let typed = "06" + String(10_000_000 + task * 1000 + index)
            guard let phone = Phone(parsing: typed, country: "NL") else { return false }
            return phone.formatted(in: "NL").filter(\.isNumber) == typed && phone.isMobile
          }
        }
      }
      var right = 0
      for await count in group { right += count }
      #expect(right == 1600)
    }
  }
}
