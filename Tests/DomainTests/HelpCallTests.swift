import Domain
import Testing

/// E1, E2: what becomes of a call for help, whatever it is told in whatever state.
@Suite struct HelpCallTests {
  private static let now = Instant(milliseconds: 1_800_000_000_000)
  private static let anna = Staff.ID(rawValue: 1)
  private static let bert = Staff.ID(rawValue: 2)

  private static func call(_ state: HelpCall.State) -> HelpCall {
    HelpCall(
      id: .init(rawValue: 1), location: .init(rawValue: 1), locker: .init(rawValue: 1), state: state,
      screen: .welcome, compartment: nil, calledAt: now,
      handledBy: state == .coming || state == .over ? anna : nil,
      handledAt: state == .coming || state == .over ? now : nil, endedAt: state == .over ? now : nil,
      revision: 1)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let state: HelpCall.State
    let input: HelpCall.Input
    /// The state afterwards, or why not.
    let expected: Result<HelpCall.State, HelpCall.Refusal>
    var testDescription: String { "\(state), \(input)" }
  }

  static let table: [Row] = [
    row(.calling, .called(isAttended: true), .calling), row(.calling, .called(isAttended: false), .calling),
    row(.calling, .handled(by: anna), .coming), row(.calling, .ignored, .calling),
    row(.calling, .visitEnded, .over), row(.calling, .tick, .calling),
    row(.coming, .called(isAttended: true), .coming), row(.coming, .called(isAttended: false), .coming),
    row(.coming, .handled(by: anna), .coming), row(.coming, .handled(by: bert), refused: .handled),
    row(.coming, .ignored, refused: .handled), row(.coming, .visitEnded, .over),
    row(.coming, .tick, .coming),
    row(.outsideHours, .called(isAttended: true), .calling),
    row(.outsideHours, .called(isAttended: false), .outsideHours),
    row(.outsideHours, .handled(by: anna), refused: .over), row(.outsideHours, .ignored, refused: .over),
    row(.outsideHours, .visitEnded, .over), row(.outsideHours, .tick, .outsideHours),
    row(.over, .called(isAttended: true), refused: .over),
    row(.over, .called(isAttended: false), refused: .over), row(.over, .handled(by: anna), refused: .over),
    row(.over, .ignored, refused: .over), row(.over, .visitEnded, .over), row(.over, .tick, .over),
  ]

  private static func row(_ state: HelpCall.State, _ input: HelpCall.Input, _ after: HelpCall.State) -> Row {
    Row(state: state, input: input, expected: .success(after))
  }

  private static func row(
    _ state: HelpCall.State, _ input: HelpCall.Input, refused: HelpCall.Refusal
  ) -> Row {
    Row(state: state, input: input, expected: .failure(refused))
  }

  @Test(arguments: table) func `E2 every state answers every input`(row: Row) {
    var call = Self.call(row.state)
    let result: Result<HelpCall.State, HelpCall.Refusal>
    do throws(HelpCall.Refusal) {
      try call.apply(row.input, at: Self.now + .seconds(1))
      result = .success(call.state)
    } catch {
      result = .failure(error)
      #expect(call == Self.call(row.state))
    }
    #expect(result == row.expected)
    #expect((call.endedAt != nil) == call.state.isOver)
    #expect((call.wakeUp == nil) == call.state.isOver)
  }

  @Test func `E2 the table has every state`() {
    #expect(Set(Self.table.map(\.state)) == Set(HelpCall.State.allCases))
  }

  @Test(arguments: [
    (HelpCall.State.calling, HelpCall.lifetime), (.coming, HelpCall.arrival),
    (.outsideHours, HelpCall.notice),
  ])
  func `E1 a call ends by itself when its time is over, not before`(
    state: HelpCall.State, lifetime: Duration
  ) throws {
    var call = Self.call(state)
    #expect(call.wakeUp == Self.now + lifetime)
    try call.apply(.tick, at: Self.now + lifetime - .milliseconds(1))
    #expect(call.state == state)
    try call.apply(.tick, at: Self.now + lifetime)
    #expect(call.state == .over)
    #expect(call.endedAt == Self.now + lifetime)
  }

  @Test func `E2 who handles a call is remembered, and keeps it`() throws {
    var call = Self.call(.calling)
    try call.apply(.handled(by: Self.anna), at: Self.now + .seconds(9))
    try call.apply(.handled(by: Self.anna), at: Self.now + .seconds(20))
    #expect(call.handledBy == Self.anna)
    #expect(call.handledAt == Self.now + .seconds(9))
  }

  @Test func `E1 calling again outside hours begins the time anew`() throws {
    var call = Self.call(.outsideHours)
    try call.apply(.called(isAttended: false), at: Self.now + .seconds(60))
    #expect(call.wakeUp == Self.now + .seconds(60) + HelpCall.notice)
  }
}

/// C4: what suits whose car.
@Suite struct OptionalServiceTests {
  private func suits(_ brands: [String], _ brand: String) -> Bool {
    OptionalService(location: .init(rawValue: 1), name: "Wash", brands: brands).suits(brand: brand)
  }

  @Test func `C4 a service suits the brands it names, however they are written, or all`() {
    #expect(suits([], "Volvo"))
    #expect(suits([], ""))
    #expect(suits(["Volvo", "Citroën"], " VOLVO "))
    #expect(suits(["Citroën"], "CITROËN"))
    #expect(!suits(["Volvo"], "Volvo Trucks"))
    #expect(!suits(["Volvo"], ""))
  }

  @Test(arguments: [
    ("https://example.org", true), ("http://example.org/a?b=c#d", true), ("HTTPS://EXAMPLE.ORG", true),
    ("https://[::1]/", true), ("https://", false), ("https:///x", false), ("javascript:alert(1)", false),
    ("ftp://example.org", false), ("example.org", false), ("https://exa mple.org", false),
    ("https://example.org/\"onclick", false), ("https://example.org/<b>", false),
    ("https://example.org/\n", false), ("https://-x", false),
  ])
  func `C4 a URL is a page that can be opened, and nothing else`(text: String, isURL: Bool) {
    #expect(OptionalService.isURL(text) == isURL)
  }
}
