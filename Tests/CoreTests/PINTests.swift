import Testing

@testable import Core

@Suite struct PINTests {
  @Test func `S1 Swift draws the PINs of the golden file`() throws {
    let draws = try Golden.lines(of: "pin.txt").filter { $0[0] == "draw" }
    try #require(draws.count >= 7)
    for line in draws {
      let pin = PIN.draw(digits: line[2].count, seed: try Golden.bytes(hex: line[1]))
      #expect(pin.revealed == line[2])
    }
  }

  @Test func `S1 Swift digests PINs as the golden file says`() throws {
    let digests = try Golden.lines(of: "pin.txt").filter { $0[0] == "digest" }
    try #require(digests.count >= 4)
    for line in digests {
      let key = try #require(SecretKey(bytes: try Golden.bytes(hex: line[1])))
      let pin = try #require(PIN(digits: line[3]))
      #expect(pin.digest(key: key, locationName: try Golden.bytes(hex: line[2])).description == line[4])
    }
  }

  @Test func `S1 a location's name in digests is its id in decimal`() throws {
    let pin = try #require(PIN(digits: "739140"))
    let key = try key()
    #expect(pin.digest(key: key, location: 42) == pin.digest(key: key, locationName: Array("42".utf8)))
    #expect(
      pin.digest(key: key, location: .min) == pin.digest(key: key, locationName: Array("\(Int64.min)".utf8)))
  }

  @Test func `S1 a PIN matches its own digest, and no other PIN, location or key does`() throws {
    let pin = try #require(PIN(digits: "739140"))
    let digest = pin.digest(key: try key(), location: 1)
    #expect(pin.matches(digest, key: try key(), location: 1))
    #expect(!pin.matches(digest, key: try key(), location: 2))
    #expect(!pin.matches(digest, key: try key(1), location: 1))
    for other in ["739141", "7391400", "73914"] {
      #expect(!(try #require(PIN(digits: other))).matches(digest, key: try key(), location: 1))
    }
  }

  @Test(arguments: ["0000", "739140", "0123456789"])
  func `S1 4 to 10 digits are a PIN`(digits: String) throws {
    #expect(try #require(PIN(digits: digits)).revealed == digits)
  }

  @Test(arguments: ["", "123", "12345678901", "73914a", "739 40", "٧٣٩١", "-7391", "7391\u{0}", "739140\n"])
  func `S1 anything else is none`(digits: String) {
    #expect(PIN(digits: digits) == nil)
  }

  @Test(arguments: [
    ("0000", true), ("123456", true), ("4321", true), ("1212", true), ("1987", true), ("739140", false),
  ])
  func `S1 trivial PINs are known`(digits: String, isTrivial: Bool) throws {
    #expect(try #require(PIN(digits: digits)).isTrivial == isTrivial)
  }

  @Test(arguments: PIN.digitCounts)
  func `S1 a drawn PIN has the length asked for, is not trivial, and uses every digit`(count: Int) {
    var seen: Set<Character> = []
    for _ in 0..<300 {
      let pin = PIN.draw(digits: count, seed: SystemEntropy().bytes(PIN.seedByteCount))
      #expect(pin.revealed.count == count && !pin.isTrivial)
      seen.formUnion(pin.revealed)
    }
    #expect(seen == Set("0123456789"))
  }

  @Test func `S1 a PIN has 6 digits where nothing else is said`() {
    #expect(PIN.draw(seed: counting(32)).revealed.count == 6)
  }

  @Test func `S1 a PIN does not print its digits, whichever way it is printed`() throws {
    let pin = try #require(PIN(digits: "739140"))
    var dumped = ""
    dump(["pin": pin], to: &dumped)
    #expect("\(pin)" == "PIN(redacted)")
    for text in [
      String(describing: pin), String(reflecting: pin), "\([pin])", "\(Optional(pin) as Any)", dumped,
    ] {
      #expect(!text.contains("739140") && !text.contains("7391"))
    }
  }
}
