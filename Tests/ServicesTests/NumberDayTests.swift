import API
import Domain
import RPC
import TestSupport
import Testing

/// "Today" is the location's own day (D3, D11).
@Suite struct NumberDayTests {
  /// Moves the clock to a moment, in seconds since 1970, and lets what is due happen.
  private func go(_ shop: Workshop, to seconds: Int64, _ milliseconds: Int64 = 0) async throws {
    let now = shop.world.clock.now
    try await shop.world.pass(Instant(milliseconds: seconds * 1000 + milliseconds) - now)
  }

  /// 2027-03-02T00:00 in Amsterdam, an hour ahead of UTC.
  private static let midnight: Int64 = 1_803_942_000

  @Test func `D11 the last minute of the day still counts, the next does not`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.book(at: "2027-03-01T23:59")
    let tomorrow = try await shop.book(
      "4712", plate: "XX-999-X", at: "2027-03-02T00:00", mobile: "0687654321")
    try await go(shop, to: Self.midnight - 1, 999)
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.touch(.number("XX-999-X")) }?.reason == "NO_MATCH")
    #expect(try await shop.touch(.number("AB-123-C")).lower.step == .validate)
    try await shop.touch(.abort)
    try await go(shop, to: Self.midnight)
    _ = try await shop.start()
    for number in ["AB-123-C", "0612345678"] {
      #expect(try await shop.refusal { try await shop.touch(.number(number)) }?.reason == "NO_MATCH")
    }
    let view = try await shop.touch(.number("0687654321"))
    #expect(view.lower.appointment.localTime == tomorrow.localTime)
  }

  @Test func `D11 a PIN of yesterday says that the desk has to be asked, and is no guess`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book(at: "2027-03-01T23:59")
    let pin = try await shop.pin(for: workOrder)
    try await go(shop, to: Self.midnight - 1, 999)
    #expect(try await shop.identify(pin).lower.step == .contact)
    try await shop.touch(.abort)
    try await go(shop, to: Self.midnight)
    #expect(try await shop.refusal { try await shop.identify(pin) }?.reason == "NOT_TODAY")
    #expect(try await shop.state(ofPin: pin) == .live)
    try await shop.world.timers.sweep()
    #expect(try await shop.state(ofPin: pin) == .expired)
    let refusal = try await shop.refusal { try await shop.touch(.pin(pin)) }
    #expect(refusal?.reason == "NOT_TODAY")
    #expect(refusal?.message.contains("desk") == true)
    #expect(try await shop.wrongPins() == 0)
    #expect(try await shop.view().lower.step == .authenticate)
  }

  @Test func `D11 a visit that began before midnight may be finished after it`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book(at: "2027-03-01T23:59")
    let pin = try await shop.pin(for: workOrder)
    try await go(shop, to: Self.midnight - 10)
    _ = try await shop.walkToOpenBox(pin: pin)
    try await go(shop, to: Self.midnight + 10)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.touch(.confirm).lower.step == .done)
    #expect(try await shop.state(ofPin: pin) == .used)
  }

  @Test func `S1 D11 a PIN that is given back after midnight is over`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book(at: "2027-03-01T23:59"))
    try await go(shop, to: Self.midnight - 10)
    try await shop.identify(pin)
    try await go(shop, to: Self.midnight + 10)
    try await shop.world.timers.sweep()
    #expect(try await shop.state(ofPin: pin) == .claimed)
    try await shop.touch(.abort)
    #expect(try await shop.state(ofPin: pin) == .expired)
    #expect(try await shop.refusal { try await shop.identify(pin) }?.reason == "NOT_TODAY")
  }

  @Test(
    arguments: [
      ("Pacific/Kiritimati", "2027-03-01T22:00", "2027-03-02T00:30", 1_803_895_200),
      ("America/Los_Angeles", "2027-03-01T00:00", "2027-02-28T23:00", 1_803_974_400),
    ] as [(String, String, String, Int64)])
  func `D11 the day is the location's own, wherever it is`(
    zone: String, today: String, other: String, midnight: Int64
  ) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let far = try await shop.addLocation(timeZone: zone, pinToDrop: false)
    let workOrder = try await far.book(at: today)
    _ = try await far.book("4712", plate: "XX-999-X", at: other)
    _ = try await far.start()
    #expect(try await far.refusal { try await far.touch(.number("XX-999-X")) }?.reason == "NO_MATCH")
    #expect(try await far.touch(.number("AB-123-C")).lower.step == .validate)
    let issued = try await issue(workOrder, at: far)
    #expect(issued.expireTime.seconds == midnight)
  }

  @Test(
    arguments: [
      // The clock goes forward, and back, in the night of these days.
      ("2027-03-28T10:00", 1_806_271_200), ("2027-03-27T10:00", 1_806_188_400),
      ("2027-10-31T10:00", 1_825_023_600),
    ] as [(String, Int64)])
  func `S1 a PIN lives to the end of the local day, also of 23 or 25 hours`(
    localTime: String, midnight: Int64
  ) async throws {
    let shop = try await Workshop.open()
    let issued = try await issue(try await shop.book(at: localTime), at: shop)
    #expect(issued.expireTime.seconds == midnight)
    #expect(issued.expireTime.nanos == 0)
  }

  private func issue(_ workOrder: ProtoWorkOrder, at shop: Workshop) async throws -> ProtoIssuePinResponse {
    try await shop.world.workOrders.issuePin(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.purpose = .dropOff
      }, shop.world.operatorContext)
  }
}
