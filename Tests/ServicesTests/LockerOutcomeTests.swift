import API
import Domain
import RPC
import TestSupport
import Testing

/// L2, L3: a command has one final outcome, believed as far as it fits what was reported before it.
@Suite(.timeLimit(.minutes(10))) struct LockerOutcomeTests {
  /// How far the controller had got when it claimed an outcome.
  enum Reached: String, Sendable, CaseIterable {
    case issued, accepted, fired, opened, closed
  }

  static let claims: [(Reached, ProtoCommandOutcome)] = Reached.allCases.flatMap { reached in
    [.openedAndClosed, .jammed, .refused, .expired, .unknown].map { (reached, $0) }
  }

  /// By the contract: what contradicts the events before it is no knowledge.
  private func believed(_ claim: ProtoCommandOutcome, after reached: Reached) -> String {
    switch (claim, reached) {
    case (.openedAndClosed, .closed): "OPENED_AND_CLOSED"
    case (.jammed, .fired): "JAMMED"
    case (.refused, .issued), (.refused, .accepted): "REFUSED"
    case (.expired, .issued), (.expired, .accepted): "EXPIRED"
    default: "UNKNOWN"
    }
  }

  private func reach(_ reached: Reached, _ command: CommandInWork) async throws {
    switch reached {
    case .issued: break
    case .accepted: try await command.tell(.accepted)
    case .fired: try await command.tell(.accepted, .fired)
    case .opened: try await command.tell(.accepted, .fired, .doorOpened)
    case .closed: try await command.tell(.accepted, .fired, .doorOpened, .doorClosed)
    }
  }

  private func redeemed() async throws -> (Workshop, ProtoWorkOrder, ProtoHandover, CommandInWork) {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    return (shop, workOrder, asked, try await shop.command())
  }

  private func outcomes(_ shop: Workshop, of command: CommandInWork) async throws -> [String] {
    try await shop.log(.commandEnded).filter { $0.commandSequence == command.sequence }.map(\.reason)
  }

  @Test(arguments: claims)
  func `L2 each claim is judged by what was reported before it`(
    reached: Reached, claim: ProtoCommandOutcome
  ) async throws {
    let (shop, workOrder, asked, command) = try await redeemed()
    try await reach(reached, command)
    try await command.end(claim)
    let expected = believed(claim, after: reached)
    #expect(try await outcomes(shop, of: command) == [expected])
    let holder = try await shop.key(of: workOrder).holder
    let box = try await shop.boxes()[Int(command.box) - 1]
    switch expected {
    case "OPENED_AND_CLOSED":
      #expect(holder == .staff)
      #expect(box.inService)
    case "JAMMED":
      #expect(holder == .compartment)
      #expect(box.outOfServiceReason == "JAMMED")
    case "REFUSED", "EXPIRED":
      #expect(holder == .compartment)
      #expect(box.inService)
    default:
      #expect(holder == .uncertain)
      #expect(box.outOfServiceReason == "OUTCOME_UNKNOWN")
      #expect(try await shop.current(asked) == .unknown)
    }
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test(arguments: [ProtoCommandOutcome.openedAndClosed, .jammed, .refused, .expired, .unknown])
  func `L2 a later outcome changes nothing`(later: ProtoCommandOutcome) async throws {
    let (shop, workOrder, asked, command) = try await redeemed()
    try await reach(.closed, command)
    try await command.end(.openedAndClosed)
    let key = try await shop.key(of: workOrder)
    let boxes = try await shop.boxes()
    let log = try await shop.log()
    try await command.end(later, item: .present)
    #expect(try await shop.key(of: workOrder) == key)
    #expect(try await shop.boxes() == boxes)
    #expect(try await shop.log() == log)
    #expect(try await shop.current(asked) == .completed)
  }

  @Test func `L2 what is known only after silence was judged changes the outcome no more`() async throws {
    let (shop, workOrder, _, command) = try await redeemed()
    try await reach(.fired, command)
    try await shop.world.pass(.seconds(60))
    #expect(try await outcomes(shop, of: command) == ["UNKNOWN"])
    try await command.tell(.doorOpened, .doorClosed)
    try await command.end(.openedAndClosed)
    #expect(try await outcomes(shop, of: command) == ["UNKNOWN"])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.keyCollected).isEmpty)
  }

  /// With the default times: 30 s to expire and 5 s of grace; from each step on, two windows of 5 s, two
  /// cool-downs of 2 s, 50 ms of debounce and 5 s of grace.
  @Test(arguments: [
    (Reached.issued, Duration.seconds(35)), (.accepted, .milliseconds(19_050)),
    (.fired, .milliseconds(19_050)),
  ])
  func `L3 silence makes the outcome unknown, and not a millisecond earlier`(
    reached: Reached, silence: Duration
  ) async throws {
    let (shop, workOrder, asked, command) = try await redeemed()
    try await reach(reached, command)
    try await shop.world.pass(silence - .milliseconds(1))
    #expect(try await outcomes(shop, of: command) == [])
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.world.pass(.milliseconds(1))
    #expect(try await outcomes(shop, of: command) == ["UNKNOWN"])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.current(asked) == .unknown)
    #expect(try await shop.boxes()[Int(command.box) - 1].outOfServiceReason == "OUTCOME_UNKNOWN")
  }

  @Test func `L3 a door that is known open is waited for, however long`() async throws {
    let (shop, workOrder, asked, command) = try await redeemed()
    try await reach(.opened, command)
    try await shop.world.pass(.seconds(24 * 60 * 60))
    #expect(try await outcomes(shop, of: command) == [])
    #expect(try await shop.current(asked) == .open)
    try await command.tell(.doorClosed)
    try await command.end(.openedAndClosed)
    #expect(try await shop.key(of: workOrder).holder == .staff)
  }

  @Test func `L2 an open whose outcome is not known is never repeated`() async throws {
    let (shop, _, _, command) = try await redeemed()
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.log(.commandIssued).count == 2, "the drop's and the hand-over's")
    let watch = Watching(try shop.world.lockers.watchCommands(.init(), shop.controller.context))
    let other = try await shop.book("4712", plate: "ZZ-999-Z")
    try await shop.drop(other)
    #expect(try await watch.messages(1)[0].command.sequence == command.sequence + 1)
    await watch.cancel()
  }

  @Test func `L2 a refusal is kept with its reason, and a second progress report changes nothing`()
    async throws
  {
    let (shop, _, asked, command) = try await redeemed()
    try await command.tell(.accepted, .accepted)
    try await shop.lock.report(
      command.line {
        $0.outcome = .refused
        $0.refusal = .board
      })
    let stored = try await shop.world.store.read {
      try $0.command(command.sequence, at: Locker.ID(rawValue: asked.lockerID))
    }
    #expect(stored?.refusal == .board)
    #expect(stored?.outcome == .refused)
    #expect(stored?.progress == .accepted)
  }

  @Test func `L3 silence after the door has closed is judged too`() async throws {
    let (shop, workOrder, handover, command) = try await redeemed()
    try await command.tell(.accepted, .fired, .doorOpened, .doorClosed)
    #expect(try await shop.current(handover) == .open)
    try await shop.world.pass(.seconds(60))
    #expect(try await shop.current(handover) == .unknown)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.start().lower.step == .authenticate)
  }
}
