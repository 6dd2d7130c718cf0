import API
import Domain
import RPC
import TestSupport
import Testing

/// L2, L3: the server's own lock machine judges what controllers tell of doors and sensors.
@Suite(.timeLimit(.minutes(10))) struct LockerMirrorTests {
  /// The box in which the key lies.
  private let box: Int32 = 1

  @Test(arguments: [ProtoLockEvent.doorOpened, .forced])
  func `L3 S6 a door that opens without a command is an alarm, and its key is uncertain`(
    event: ProtoLockEvent
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.lock.happen(event, at: box)
    let alarm = try #require(try await shop.log(.doorForced).first)
    #expect(alarm.compartment == Int(box))
    #expect(alarm.key?.rawValue == (try await shop.key(of: workOrder)).keyID)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["DOOR_FORCED"])
    #expect(try await shop.boxes()[0].openings == 1, "the drop's alone")
  }

  @Test func `L3 a command that nobody has accepted opens nothing: its door is forced`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    try await command.tell(.doorOpened)
    #expect(try await shop.log(.doorForced).count == 1)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.current(asked) == .opening)
    try await command.tell(.doorClosed)
    try await command.end(.openedAndClosed)
    #expect(try await shop.current(asked) == .unknown)
    #expect(try await shop.log(.keyCollected).isEmpty)
  }

  @Test func `L3 an empty box that is forced raises the alarm and touches no key`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.lock.happen(.forced, at: 3)
    #expect(try await shop.log(.doorForced).map(\.compartment) == [3])
    #expect(try await shop.key(of: workOrder).holder == .compartment)
  }

  @Test func `L3 a forced box whose sensor still sees the key keeps it`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    try await shop.lock.happen(.itemIn, at: box)
    try await shop.lock.happen(.forced, at: box)
    #expect(try await shop.log(.doorForced).count == 1)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.lock.happen(.itemOut, at: box)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["TAKEN_WITHOUT_COMMAND"])
  }

  @Test func `L3 a jammed door that springs open after its command has ended is forced`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.jam()
    try await shop.lock.happen(.doorOpened, at: box)
    #expect(try await shop.log(.doorForced).map(\.compartment) == [Int(box)])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }

  @Test(arguments: [true, false])
  func `H3 a key that may be laid into a box that springs open after its jam is uncertain`(
    hasSensors: Bool
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: hasSensors)
    try await shop.handOver(workOrder)
    let asked = try await shop.request(workOrder, .putBack)
    if hasSensors { try await shop.lock.happen(.itemOut, at: asked.compartment) }
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.jam()
    #expect(try await shop.key(of: workOrder).holder == .staff)
    try await shop.lock.happen(.forced, at: asked.compartment)
    #expect(try await shop.key(of: workOrder).holder == (hasSensors ? .staff : .uncertain))
    if hasSensors { try await shop.lock.happen(.itemIn, at: asked.compartment) }
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["OPENED_AFTER_JAM"])
    #expect(try await !shop.boxes()[Int(asked.compartment) - 1].inService)
  }

  @Test(arguments: [(Duration.milliseconds(3_599_999), ProtoHolder.uncertain), (.seconds(3600), .staff)])
  func `H3 a key may be laid into a box that jammed for an hour, and then is with whom it was`(
    delay: Duration, holder: ProtoHolder
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    let asked = try await shop.request(workOrder, .putBack)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.jam()
    shop.world.clock.advance(delay)
    try await shop.lock.happen(.forced, at: asked.compartment)
    #expect(try await shop.key(of: workOrder).holder == holder)
  }

  @Test(arguments: [true, false])
  func `L2 a door that the controller says was forced is an alarm, whatever command is under way`(
    namesCommand: Bool
  ) async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    try await command.tell(.accepted)
    if namesCommand { try await command.tell(.forced) } else { try await shop.lock.happen(.forced, at: box) }
    try await command.end(.refused)
    #expect(try await shop.log(.doorForced).map(\.compartment) == [Int(box)])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.keyCollected).isEmpty)
  }

  @Test func `D8 a door left open is one alarm, when it is told`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    try await command.tell(.accepted, .fired, .doorOpened)
    shop.world.clock.advance(.seconds(61))
    try await command.tell(.leftOpen)
    #expect(try await shop.log(.doorLeftOpen).map(\.compartment) == [Int(box)])
    shop.world.clock.advance(.seconds(61))
    try await command.tell(.doorClosed)
    try await command.end(.openedAndClosed)
    #expect(try await shop.log(.doorLeftOpen).count == 1)
    #expect(try await shop.key(of: workOrder).holder == .staff)
  }

  @Test func `L2 a board that fails is written down`() async throws {
    let (shop, _) = try await Workshop.withKey()
    try await shop.lock.happen(.boardError, at: box)
    #expect(try await shop.log(.boardFailed).map(\.compartment) == [Int(box)])
  }

  @Test func `L2 an item sensor's first words about an empty box move no key`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    try await shop.lock.happen(.itemIn, at: 2)
    try await shop.lock.happen(.itemOut, at: 2)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.boxes()[1].item == .absent)
  }

  @Test func `D8 S6 a door that stands open holds up the locker until it is closed`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    let token = try await shop.token()
    try await shop.lock.happen(.forced, at: 3)
    let refusal = try await failure { try await shop.redeem(asked, token) }
    #expect(refusal?.reason == "DOOR_LEFT_OPEN")
    try await shop.cancel(asked)
    #expect(try await failure { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
    try await shop.world.pass(.seconds(10))
    #expect(try await shop.view().lower.step == .closeDoor)
    try await shop.lock.happen(.doorClosed, at: 3)
    _ = try await shop.start()
  }

  @Test func `D8 the desk overrides a forced door with a reason; closing it ends the override`() async throws
  {
    let (shop, _) = try await Workshop.withKey()
    try await shop.lock.happen(.forced, at: 3)
    try await shop.override(3)
    #expect(try await shop.log(.doorOverridden).map(\.compartment) == [3])
    _ = try await shop.abort(try await shop.start())
    try await shop.lock.happen(.doorClosed, at: 3)
    try await shop.lock.happen(.forced, at: 3)
    #expect(try await failure { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
  }

  @Test func `D8 overriding a door that is closed allows nothing for later`() async throws {
    let (shop, _) = try await Workshop.withKey()
    try await shop.override(3)
    try await shop.lock.happen(.forced, at: 3)
    #expect(try await failure { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
  }

  @Test func `D8 a door that a customer left open can be overridden, and its command has ended then`()
    async throws
  {
    let (shop, _) = try await Workshop.withKey()
    let late = try await shop.book("4712", plate: "ZZ-999-Z")
    let view = try await shop.walkToOpenBox(pin: try await shop.pin(for: late))
    try await shop.world.pass(.seconds(61))
    #expect(try await shop.key(of: late).holder == .uncertain)
    #expect(try await failure { try await shop.start() } != nil)
    try await shop.override(view.lower.compartment)
    #expect(try await shop.log(.commandEnded).last?.reason == "UNKNOWN")
    _ = try await shop.abort(try await shop.start())
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.log(.commandEnded).count == 2)
    #expect(try await shop.brokenInvariants() == [])
  }

  @Test func `D8 a hand-over whose door was left open and overridden is unknown, and its key uncertain`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    try await shop.lock.openDoor()
    try await shop.override(box)
    #expect(try await shop.current(asked) == .unknown)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    _ = try await shop.abort(try await shop.start())
  }

  @Test func `D8 an override needs a reason and a box`() async throws {
    let shop = try await Workshop.open()
    let empty = try await failure { try await shop.override(1, reason: "  ") }
    #expect(empty?.violations.map(\.field) == ["reason"])
    #expect(try await failure { try await shop.override(9) }?.reason == "NOT_FOUND")
  }
}
