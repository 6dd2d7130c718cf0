import Domain
import Testing

@Suite struct ClaimsTests {
  private static let noon = Instant(milliseconds: 1_800_000_000_000)
  private let noon = ClaimsTests.noon
  private let device = Device.ID(rawValue: 7)
  private let audience = "latchkey.example"

  private func claims(issued: Duration = .zero, lifetime: Duration = .seconds(60)) -> DeviceClaims {
    DeviceClaims(audience: audience, device: device, issuedAt: noon + issued, lifetime: lifetime)
  }

  private func holds(_ claims: DeviceClaims, after time: Duration = .zero) -> Bool {
    claims.holds(for: audience, device, at: noon + time)
  }

  // MARK: S3, what a device says

  @Test func `S3 an assertion names its audience, and holds for no other`() {
    #expect(holds(claims()))
    for other in ["", "latchkey.example ", "Latchkey.example", "latchkey.example.org", "latchkey"] {
      #expect(!claims().holds(for: other, device, at: noon), "\(other)")
    }
  }

  @Test(arguments: [Int64.min, -7, 0, 6, 8, .max])
  func `S3 an assertion holds for no other device`(other: Int64) {
    #expect(!claims().holds(for: audience, Device.ID(rawValue: other), at: noon))
  }

  @Test func `S3 an assertion holds until the moment that it names`() {
    #expect(holds(claims(), after: .milliseconds(59_999)))
    #expect(!holds(claims(), after: .seconds(60)))
    #expect(!holds(claims(), after: .seconds(86_400)))
  }

  @Test func `S3 an assertion lives 60 seconds at most`() {
    #expect(DeviceClaims.longestLifetime == .seconds(60))
    #expect(holds(claims(lifetime: .seconds(60))))
    #expect(!holds(claims(lifetime: .seconds(61))))
    #expect(!holds(claims(lifetime: .seconds(86_400))))
    #expect(holds(claims(lifetime: .seconds(1))))
    #expect(!holds(claims(lifetime: .zero)))
    #expect(!holds(claims(lifetime: .seconds(-1))))
  }

  @Test func `S3 a device's clock may be five seconds ahead, and no more`() {
    #expect(DeviceClaims.leeway == .seconds(5))
    let ahead = claims(issued: .seconds(5))
    #expect(holds(ahead))
    #expect(!holds(ahead, after: .milliseconds(-1)))
    #expect(!holds(claims(issued: .seconds(6))))
    // A clock that is behind shortens what is left.
    #expect(holds(claims(issued: .seconds(-59))))
    #expect(!holds(claims(issued: .seconds(-60))))
  }

  @Test(arguments: [
    (Int64.min, Int64.min), (.min, .max), (.max, .max), (.max, .min), (0, .max), (-1, 59),
    (1_800_000_000, .max), (1_800_000_000, .min), (.min, 1_800_000_060), (.max, 1_800_000_060),
    // Multiplied by 1000 and wrapped around, these fall near the moment.
    (1_800_000_000 &+ (1 << 61), 1_800_000_060 &+ (1 << 61)), (1_800_000_000, 1_800_000_060 &+ (1 << 61)),
    (1_800_000_000 &- (1 << 61), 1_800_000_060), (253_402_300_800, 253_402_300_860),
  ])
  func `S3 moments outside the calendar hold at no time and stop nobody`(iat: Int64, exp: Int64) {
    var claims = claims()
    claims.iat = iat
    claims.exp = exp
    for milliseconds in [0, 1000, noon.milliseconds, 253_402_300_800_000] {
      #expect(!claims.holds(for: audience, device, at: Instant(milliseconds: milliseconds)))
    }
  }

  @Test func `S3 an assertion that ends before it begins does not hold`() {
    var claims = claims()
    claims.iat = 1_800_000_003
    claims.exp = 1_800_000_002
    #expect(!holds(claims))
  }

  @Test func `S3 an assertion counts whole seconds, cut off`() {
    let claims = DeviceClaims(
      audience: audience, device: device, issuedAt: noon + .milliseconds(999), lifetime: .milliseconds(59_999)
    )
    #expect(claims.iat == 1_800_000_000)
    #expect(claims.exp == 1_800_000_059)
  }

  // MARK: On the wire

  @Test func `S3 claims are JSON with their keys in order`() {
    #expect(
      String(decoding: claims().encoded, as: UTF8.self)
        == #"{"aud":"latchkey.example","dev":7,"exp":1800000060,"iat":1800000000}"#)
    let handover = HandoverClaims(
      handover: .init(rawValue: 1), locker: .init(rawValue: 2), compartment: 3, shownAt: noon,
      expiresAt: noon + .seconds(60))
    #expect(
      String(decoding: handover.encoded, as: UTF8.self)
        == #"{"compartment":3,"exp":1800000060000,"handover":1,"iat":1800000000000,"locker":2}"#)
    let head = HeadClaims(
      location: .init(rawValue: 1), number: 2, hash: [0x00, 0x0F, 0x10, 0xAB, 0xFF], signedAt: noon)
    #expect(
      String(decoding: head.encoded, as: UTF8.self)
        == #"{"hash":"000f10abff","iat":1800000000000,"location":1,"number":2}"#)
  }

  @Test(arguments: ["", "with \"quotes\" and \\", "żółć 🔑", "a\u{0}b\nc", "/path"])
  func `S3 any audience comes back from its JSON`(audience: String) {
    let claims = DeviceClaims(audience: audience, device: .init(rawValue: .max), issuedAt: noon)
    #expect(DeviceClaims(decoding: claims.encoded) == claims)
  }

  @Test func `H2 S4 claims come back from their JSON, up to the largest numbers`() {
    let handover = HandoverClaims(
      handover: .init(rawValue: .max), locker: .init(rawValue: .min), compartment: .max,
      shownAt: Instant(milliseconds: .min), expiresAt: Instant(milliseconds: .max))
    #expect(HandoverClaims(decoding: handover.encoded) == handover)
    let head = HeadClaims(location: .init(rawValue: .max), number: .max, hash: [], signedAt: noon)
    #expect(HeadClaims(decoding: head.encoded) == head)
  }

  @Test func `S3 other fields and any order are read`() {
    let json =
      #" { "exp": 1800000060, "x": [null, {}], "iat": 1800000000, "dev": 7, "aud": "latchkey.example" } "#
    #expect(DeviceClaims(decoding: Array(json.utf8)) == claims())
  }

  @Test(arguments: [
    "", " ", "{}", "[]", "null", "7", "\"aud\"", "{", "}", "{]", "\u{0}",
    #"{"aud":"a","dev":7,"iat":1}"#, #"{"aud":"a","dev":7,"exp":1}"#, #"{"aud":"a","iat":0,"exp":1}"#,
    #"{"dev":7,"iat":0,"exp":1}"#, #"{"aud":null,"dev":7,"iat":0,"exp":1}"#,
    #"{"aud":["a"],"dev":7,"iat":0,"exp":1}"#, #"{"aud":"a","dev":"7","iat":0,"exp":1}"#,
    #"{"aud":"a","dev":7.5,"iat":0,"exp":1}"#, #"{"aud":"a","dev":true,"iat":0,"exp":1}"#,
    #"{"aud":"a","dev":7,"iat":0,"exp":9223372036854775808}"#, #"{"aud":"a","dev":7,"iat":-1e400,"exp":1}"#,
    #"{"aud":"a","dev":7,"iat":0,"exp":NaN}"#, #"{"aud":"a","dev":7,"iat":0,"exp":1}}"#,
    #"{"aud":"a","dev":7,"iat":0,"exp":1} x"#, #"{"AUD":"a","DEV":7,"IAT":0,"EXP":1}"#,
    "{'aud':'a','dev':7,'iat':0,'exp':1}",
  ])
  func `S3 what is no claims is nothing`(junk: String) {
    let bytes = Array(junk.utf8)
    #expect(DeviceClaims(decoding: bytes) == nil)
    #expect(HandoverClaims(decoding: bytes) == nil)
    #expect(HeadClaims(decoding: bytes) == nil)
  }

  @Test func `S3 no byte soup and no nesting stops the reader`() {
    #expect(DeviceClaims(decoding: [0xFF, 0xFE, 0x00, 0xD8]) == nil)
    #expect(DeviceClaims(decoding: [UInt8](repeating: UInt8(ascii: "["), count: 100_000)) == nil)
    let nested = Array(#"{"aud":"#.utf8) + [UInt8](repeating: UInt8(ascii: "{"), count: 100_000)
    #expect(DeviceClaims(decoding: nested) == nil)
    let whole = claims().encoded
    for length in whole.indices { #expect(DeviceClaims(decoding: Array(whole.prefix(length))) == nil) }
    var generator = WalkGenerator(seed: 1)
    for _ in 1...2000 {
      var altered = whole
      for _ in 1...3 {
        altered[Int.random(in: altered.indices, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      if let read = DeviceClaims(decoding: altered) { _ = holds(read) }
    }
  }
}
