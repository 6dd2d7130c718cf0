import API
import Domain
import RPC
import TestSupport
import Testing

/// E1, E2: help at the kiosk. The clock begins on Monday 2027-03-01, in the morning.
@Suite(.timeLimit(.minutes(10))) struct HelpTests {
  private func desk(_ shop: Workshop, _ name: String = "desk") async throws -> EnrolledPeer {
    try await shop.tablet(of: name, .receptionist, usesKeyLocker: false)
  }

  /// Closed at all times, with a number to call.
  private func close(_ shop: Workshop) async throws {
    try await shop.updateLocation {
      $0.emergencyPhone = "+31201234567"
      $0.openingHours.week = [
        .with { ($0.weekday, $0.fromTime, $0.toTime) = (7, "03:00", "03:01") }
      ]
    }
  }

  @Test func `E1 a call is told to every desk of the location at once, with what the screen shows`()
    async throws
  {
    let shop = try await Workshop.open()
    let other = try await shop.addLocation("Harbour")
    let (desk, second) = (try await desk(shop), try await desk(shop, "second"))
    let elsewhere = try await self.desk(other, "harbour")
    let watches = [try shop.watchHelp(on: desk), try shop.watchHelp(on: second)]
    let silent = try other.watchHelp(on: elsewhere)
    let workOrder = try await shop.book()
    let view = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    let id = try await shop.callForHelp()
    for watch in watches {
      let call = try await watch.messages(1)[0].calls[0]
      #expect(call.helpCallID == id)
      #expect(call.lockerID == shop.locker.lockerID)
      #expect(call.lockerName == "Entrance")
      #expect(call.step == .doorOpen)
      #expect(call.compartment == view.lower.compartment)
      #expect(call.state == .calling)
      #expect(call.callTime.milliseconds == shop.world.clock.now.milliseconds)
      await watch.cancel()
    }
    await silent.untilRest()
    #expect(silent.soFar.isEmpty)
    await silent.cancel()
    #expect(try await shop.help().state == .calling)
    #expect(try await shop.log(.helpCalled).map(\.compartment) == [Int(view.lower.compartment)])
  }

  @Test func `E1 help can be called on any screen, and what it shows goes along`() async throws {
    let shop = try await Workshop.open()
    let desk = try await desk(shop)
    func step() async throws -> ProtoKioskStep {
      let watch = try shop.watchHelp(on: desk)
      let calls = try await watch.messages(1).last?.calls ?? []
      await watch.cancel()
      return calls.first?.step ?? .unspecified
    }
    try await shop.callForHelp()
    #expect(try await step() == .welcome)
    try await shop.world.pass(HelpCall.lifetime)
    let visit = try await shop.start()
    try await shop.callForHelp()
    #expect(try await step() == .authenticate)
    _ = try await shop.abort(visit)
    try await shop.callForHelp()
    #expect(try await step() == .aborted)
  }

  @Test func `E1 calling again is the same call, whatever the kiosk sends, and counts as a touch`()
    async throws
  {
    let shop = try await Workshop.open()
    let visit = try await shop.start()
    let first = try await shop.callForHelp()
    shop.world.clock.advance(.seconds(30))
    for _ in 0..<20 { #expect(try await shop.callForHelp() == first) }
    #expect(try await shop.log(.helpCalled).count == 1)
    #expect(try await shop.view().lower.expireTime.milliseconds > visit.lower.expireTime.milliseconds)
  }

  @Test func `E1 a touch that is repeated with its id answers the first answer`() async throws {
    let shop = try await Workshop.open()
    let request = ProtoCallForHelpRequest.with { $0.requestID = "once" }
    let first = try await shop.world.help.callForHelp(request, shop.screen.context)
    let desk = try await desk(shop)
    try await shop.handleHelp(1, on: desk)
    #expect(try await shop.world.help.callForHelp(request, shop.screen.context) == first)
  }

  @Test func `E2 whoever handles a call closes it for everyone, and the kiosk shows who comes`() async throws
  {
    let shop = try await Workshop.open()
    let (anna, bert) = (try await desk(shop, "anna"), try await desk(shop, "bert"))
    let watch = try shop.watchHelp(on: bert)
    let id = try await shop.callForHelp()
    #expect(try await watch.messages(1)[0].calls.count == 1)
    let before = try await shop.view().revision
    let handled = try await shop.handleHelp(id, on: anna)
    #expect(handled.state == .coming)
    #expect(try await watch.messages(2)[1].calls.isEmpty)
    #expect(try await shop.help().state == .coming)
    #expect(try await shop.help().helperName == "anna")
    #expect(try await shop.view().revision > before)
    #expect(try await failure { try await shop.handleHelp(id, on: bert) }?.reason == "HELP_HANDLED")
    #expect(try await failure { try await shop.ignoreHelp(id, on: bert) }?.reason == "HELP_HANDLED")
    #expect(try await shop.handleHelp(id, on: anna) == handled)
    #expect(try await shop.log(.helpHandled).map(\.staff?.rawValue) == [handled.staffID])
    await watch.cancel()
  }

  @Test func `E2 whoever ignores a call closes it for themselves alone, on all their desks`() async throws {
    let shop = try await Workshop.open()
    let (anna, bert) = (try await desk(shop, "anna"), try await desk(shop, "bert"))
    let second = try await shop.world.enroll(.tablet, name: "Second", location: shop.location.locationID)
    try await shop.signIn("anna", on: second)
    let watches = [try shop.watchHelp(on: second), try shop.watchHelp(on: bert)]
    let id = try await shop.callForHelp()
    for watch in watches { #expect(try await watch.messages(1)[0].calls.count == 1) }
    try await shop.ignoreHelp(id, on: anna)
    try await shop.ignoreHelp(id, on: anna)
    #expect(try await watches[0].messages(2)[1].calls.isEmpty)
    #expect(try await watches[1].messages(2)[1].calls.map(\.helpCallID) == [id])
    #expect(try await shop.help().state == .calling)
    #expect(try await shop.log(.helpIgnored).count == 1)
    try await shop.handleHelp(id, on: anna)
    #expect(try await shop.help().helperName == "anna")
    for watch in watches { await watch.cancel() }
  }

  @Test func `E1 a watch goes on after the revision that its desk has seen`() async throws {
    let shop = try await Workshop.open()
    let desk = try await desk(shop)
    try await shop.callForHelp()
    let watch = try shop.watchHelp(on: desk)
    let seen = try await watch.messages(1)[0].revision
    await watch.cancel()
    let again = try shop.watchHelp(on: desk, after: seen)
    await again.untilRest()
    #expect(again.soFar.isEmpty)
    try await shop.world.pass(HelpCall.lifetime)
    let news = try await again.messages(1)[0]
    #expect(news.revision > seen)
    #expect(news.calls.isEmpty)
    await again.cancel()
  }

  // MARK: When it is over

  @Test func `E1 a call ends with the visit that its customer ends, and stays when the visit times out`()
    async throws
  {
    let shop = try await Workshop.open()
    let visit = try await shop.start()
    try await shop.callForHelp()
    _ = try await shop.abort(visit)
    #expect(try await shop.help().state == .unspecified)
    #expect(try await shop.log(.helpEnded).map(\.reason) == ["VISIT_ENDED"])
    try await shop.world.pass(Visit.farewell)
    _ = try await shop.start()
    let id = try await shop.callForHelp()
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.view().lower.step == .timedOut)
    #expect(try await shop.help().state == .calling)
    #expect(try await shop.callForHelp() == id)
  }

  @Test func `E1 a call that nobody takes up ends, and so does the word that somebody comes`() async throws {
    let shop = try await Workshop.open()
    let desk = try await desk(shop)
    let first = try await shop.callForHelp()
    try await shop.world.pass(HelpCall.lifetime)
    #expect(try await shop.help().state == .unspecified)
    #expect(try await failure { try await shop.handleHelp(first, on: desk) }?.reason == "HELP_OVER")
    #expect(try await failure { try await shop.ignoreHelp(first, on: desk) }?.reason == "HELP_OVER")
    let second = try await shop.callForHelp()
    #expect(second != first)
    try await shop.handleHelp(second, on: desk)
    #expect(try await shop.callForHelp() == second)
    // Nobody came: time is over before the server has looked, and the customer calls again.
    shop.world.clock.advance(HelpCall.arrival)
    #expect(try await shop.callForHelp() != second)
    #expect(try await shop.help().state == .calling)
    #expect(try await shop.log(.helpEnded).map(\.reason) == ["EXPIRED", "EXPIRED"])
  }

  // MARK: Outside opening hours

  @Test func `E1 outside opening hours the kiosk shows the number, and no desk is told`() async throws {
    let shop = try await Workshop.open()
    let desk = try await desk(shop)
    try await close(shop)
    let id = try await shop.callForHelp()
    let help = try await shop.help()
    #expect(help.state == .outsideHours)
    #expect(help.emergencyPhone == "020 123 4567")
    let watch = try shop.watchHelp(on: desk)
    await watch.untilRest()
    #expect(watch.soFar.flatMap(\.calls).isEmpty)
    await watch.cancel()
    #expect(try await failure { try await shop.handleHelp(id, on: desk) }?.reason == "HELP_OVER")
    #expect(try await shop.log(.helpCalled).map(\.reason) == ["OUTSIDE_HOURS"])
    try await shop.world.pass(HelpCall.notice)
    #expect(try await shop.help().state == .unspecified)
  }

  @Test func `E1 once it is open, calling again tells the desk`() async throws {
    let shop = try await Workshop.open()
    let desk = try await desk(shop)
    try await close(shop)
    let id = try await shop.callForHelp()
    try await shop.updateLocation { $0.openingHours = .init() }
    #expect(try await shop.callForHelp() == id)
    let watch = try shop.watchHelp(on: desk)
    #expect(try await watch.messages(1)[0].calls.map(\.helpCallID) == [id])
    await watch.cancel()
    #expect(try await shop.log(.helpCalled).map(\.reason) == ["OUTSIDE_HOURS", ""])
  }

  @Test func `E1 where a location has no number the desk is told at any time`() async throws {
    let shop = try await Workshop.open()
    try await close(shop)
    try await shop.updateLocation { $0.emergencyPhone = "" }
    try await shop.callForHelp()
    #expect(try await shop.help().state == .calling)
  }

  @Test func `S4 what the log says of help holds no name and no text`() async throws {
    let shop = try await Workshop.open()
    let desk = try await desk(shop, "anna")
    let id = try await shop.callForHelp()
    try await shop.handleHelp(id, on: desk)
    let events = try await shop.log().filter { $0.kind.rawValue.hasPrefix("HELP_") }
    #expect(events.count == 2)
    #expect(events.allSatisfy { $0.commitment.isEmpty })
  }
}
