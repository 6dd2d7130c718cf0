import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// L1: what a controller may report, and how commands and reports survive a cut.
@Suite(.timeLimit(.minutes(10))) struct LockerReportTests {
  private func report(
    _ shop: Workshop, _ lines: [ProtoLockReport], version: String = ""
  ) async throws -> ProtoReportResponse {
    try await shop.world.lockers.report(
      .with {
        $0.reports = lines
        $0.controllerVersion = version
      }, shop.controller.context)
  }

  private func line(_ number: Int64, _ event: ProtoLockEvent, at box: Int32) -> ProtoLockReport {
    .with {
      $0.number = number
      $0.event = event
      $0.compartment = box
    }
  }

  /// The number that is due next: the workshop has reported each of its doors closed.
  private let next: Int64 = 5

  @Test func `L1 a box that the locker does not have is refused, and the whole report with it`() async throws
  {
    let shop = try await Workshop.open()
    let lines = [line(next, .forced, at: 1), line(next + 1, .foundClosed, at: 5)]
    let refusal = try await failure { try await report(shop, lines) }
    #expect(refusal?.reason == "NOT_YOUR_COMPARTMENT")
    #expect(refusal?.code == .permissionDenied)
    #expect(try await shop.log(.doorForced).isEmpty)
    #expect(try await report(shop, []).acknowledgedNumber == next - 1)
  }

  @Test func `L1 a command of another locker, of another box or that never was is refused`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    let beside = try await shop.addLocker("Back door", boxes: 4, staff: "second")
    let second = try await shop.book("4712", plate: "ZZ-999-Z")
    for _ in 1...3 {
      let view = try await beside.walkToOpenBox(pin: try await beside.pin(for: second))
      try await beside.lock.closeDoor(item: .absent)
      _ = try await beside.abort(view)
    }
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let command = try await shop.command()
    let theirs = try #require(
      try await shop.log(.commandIssued).last { $0.locker?.rawValue == beside.locker.lockerID })
    #expect(theirs.commandSequence == 3, "higher than any of this locker's")
    let wrong: [(Int64, Int32)] = [
      (try #require(theirs.commandSequence), command.box), (command.sequence, command.box % 4 + 1),
      (99, command.box),
    ]
    let due = try await report(shop, []).acknowledgedNumber + 1
    for (sequence, box) in wrong {
      var wrong = line(due, .accepted, at: box)
      wrong.commandSequence = sequence
      let lines = [wrong]
      let refusal = try await failure { try await report(shop, lines) }
      #expect(refusal?.reason == "NOT_YOUR_COMMAND", "command \(sequence) at \(box)")
    }
  }

  @Test func `L1 a repeated report is acknowledged and not applied again`() async throws {
    let shop = try await Workshop.open()
    let lines = [line(next, .forced, at: 1), line(next + 1, .doorClosed, at: 1)]
    #expect(try await report(shop, lines).acknowledgedNumber == next + 1)
    let before = try await shop.log()
    #expect(try await report(shop, lines).acknowledgedNumber == next + 1)
    #expect(try await shop.log() == before)
    let overlap = lines + [line(next + 2, .forced, at: 2)]
    #expect(try await report(shop, overlap).acknowledgedNumber == next + 2)
    #expect(try await shop.log(.doorForced).map(\.compartment) == [1, 2])
  }

  @Test(arguments: [[Int64(6)], [5, 7], [6, 5], [Int64.max]])
  func `L1 a gap is refused with where to go on, and nothing of the report is taken`(numbers: [Int64])
    async throws
  {
    let shop = try await Workshop.open()
    let refusal = try await failure {
      try await report(shop, numbers.map { line($0, .forced, at: 1) })
    }
    #expect(refusal?.reason == "REPORT_OUT_OF_ORDER")
    #expect(refusal?.code == .failedPrecondition)
    let acknowledged = numbers.first == next ? next : next - 1
    #expect(refusal?.metadata == ["acknowledged_number": "\(acknowledged)"])
    #expect(try await shop.log(.doorForced).isEmpty)
    #expect(try await report(shop, [line(next, .forced, at: 1)]).acknowledgedNumber == next)
  }

  @Test func `L1 the settings say how far the server has got, for a controller that has started anew`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 3, itemSensors: true)
    let settings = try await shop.world.lockers.getLockerSettings(.init(), shop.controller.context)
    #expect(settings.lockerID == shop.locker.lockerID)
    #expect(settings.compartmentCount == 3)
    #expect(settings.hasItemSensors_p)
    #expect(settings.displayName == "Entrance")
    #expect(settings.timing == shop.locker.timing)
    #expect(settings.acknowledgedNumber == 3)
  }

  @Test func `L1 A5 every fault of a report is named at once`() async throws {
    let shop = try await Workshop.open()
    let bad: [ProtoLockReport] = [
      .with {
        $0.event = .forced
        $0.compartment = 1
      },
      .with {
        $0.number = 6
        $0.event = .forced
        $0.compartment = 65
      },
      .with {
        $0.number = 7
        $0.compartment = 1
      },
      .with {
        $0.number = 8
        $0.compartment = 1
        $0.event = .fired
        $0.outcome = .jammed
        $0.commandSequence = 1
      },
      .with {
        $0.number = 9
        $0.compartment = 1
        $0.outcome = .jammed
      },
      .with {
        $0.number = 10
        $0.compartment = -1
        $0.event = .forced
        $0.commandSequence = -1
      },
      .with {
        $0.number = 11
        $0.compartment = 1
        $0.event = .UNRECOGNIZED(99)
      },
    ]
    let refusal = try await failure { try await report(shop, bad) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.code == .invalidArgument)
    #expect(
      refusal?.violations.map(\.field) == [
        "reports[0].number", "reports[1].compartment", "reports[2].event", "reports[3].event",
        "reports[4].command_sequence", "reports[5].compartment", "reports[5].command_sequence",
        "reports[6].event",
      ])
  }

  @Test func `L1 a report has at most 256 lines`() async throws {
    let shop = try await Workshop.open()
    let lines = (0..<257).map { line(next + $0, .foundClosed, at: 1) }
    let refusal = try await failure { try await report(shop, lines) }
    #expect(refusal?.violations.map(\.field) == ["reports"])
    #expect(try await report(shop, Array(lines.prefix(256))).acknowledgedNumber == next + 255)
  }

  @Test func `W4 the desk sees the controller's version`() async throws {
    let shop = try await Workshop.open()
    _ = try await report(shop, [], version: "1.2.3")
    _ = try await report(shop, [])
    let lockers = try await shop.world.admin.listLockers(
      .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext)
    #expect(lockers.lockers.first?.controllerVersion == "1.2.3")
  }

  // MARK: Commands

  private func watch(
    _ shop: Workshop, after sequence: Int64
  ) throws -> Watching<ProtoWatchCommandsResponse> {
    Watching(
      try shop.world.lockers.watchCommands(
        .with { $0.afterSequence = sequence }, shop.controller.context))
  }

  @Test func `L1 a controller that comes back gets what it does not have, and nothing that has ended`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let asked = try await shop.request(workOrder)
    _ = try await shop.redeem(asked, try await shop.token())
    let issuedAt = shop.world.clock.now
    shop.world.clock.advance(.seconds(3))
    let fresh = try watch(shop, after: 0)
    let command = try await fresh.messages(1)[0].command
    #expect(command.sequence == 2)
    #expect(command.compartment == asked.compartment)
    #expect(command.expireTime.milliseconds == (issuedAt + .seconds(30)).milliseconds)
    #expect(command.serverTime.milliseconds == shop.world.clock.now.milliseconds)
    await fresh.cancel()
    let again = try watch(shop, after: 1)
    #expect(try await again.messages(1)[0].command.sequence == 2)
    await again.cancel()
    let has = try watch(shop, after: 2)
    try await shop.untilConnected()
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.handOver(workOrder, .putBack)
    #expect(try await has.messages(1).map(\.command.sequence) == [3])
    await has.cancel()
    let late = try watch(shop, after: 0)
    try await shop.untilConnected()
    try await shop.handOver(workOrder)
    #expect(try await late.messages(1).map(\.command.sequence) == [4])
    await late.cancel()
  }

  @Test func `L1 a new command watch of a controller ends its last one, and the locker stays connected`()
    async throws
  {
    let shop = try await Workshop.open()
    await shop.lock.disconnect()
    let first = try watch(shop, after: 0)
    try await shop.untilConnected()
    let second = try watch(shop, after: 0)
    #expect(try await first.untilEnd().isEmpty)
    #expect(shop.isConnected)
    await second.cancel()
    #expect(!shop.isConnected)
  }

  @Test func `L1 W4 the desk sees whether a controller listens`() async throws {
    let shop = try await Workshop.open()
    func connected() async throws -> Bool {
      try await shop.world.admin.listLockers(
        .with { $0.locationID = shop.location.locationID }, shop.world.operatorContext
      ).lockers[0].connected
    }
    #expect(try await connected())
    await shop.lock.disconnect()
    #expect(!(try await connected()))
    #expect(try await shop.view().lower.step == .outOfService)
    #expect(try await failure { try await shop.start() }?.reason == "LOCKER_OFFLINE")
  }

  @Test func `L2 a door reported open for a command that was given up is late, and no alarm`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: .opening).lower.compartment
    let command = try await shop.command()
    try await command.tell(.accepted, .fired)
    try await shop.world.pass(.seconds(120))
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    try await command.tell(.doorOpened)
    #expect(try await shop.log(.doorForced).isEmpty)
    // The door stands open, whoever was told what.
    #expect(try await shop.refusal { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
    try await shop.lock.happen(.doorClosed, at: box)
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test func `L2 a command that was given up excuses no door that opens after a later one`() async throws {
    let shop = try await Workshop.open(boxes: 1, pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: .opening).lower.compartment
    let old = try await shop.command()
    try await old.tell(.accepted, .fired)
    try await shop.world.pass(.seconds(120))
    try await shop.correct(try await shop.key(of: workOrder), to: .customer)
    try await shop.service(box, true)
    _ = try await shop.walk(workOrder, to: .opening)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    try await old.tell(.doorOpened)
    #expect(try await shop.log(.doorForced).map(\.compartment) == [Int(box)])
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }
}
