import API
import Foundation
import RPC
import TestSupport
import Testing

/// The restore drill: what an operator does when the server's disk is gone.
@Suite(.serialized) struct RestoreTests {
  /// Time under load before the backup, and after it: what is then done is lost.
  private static let load: Duration = .seconds(2)
  /// A command that a controller took would have opened its door by then.
  private static let commandTime: Duration = .seconds(3)

  @Test
  func `S8, S6, L1 a backup under load is restored elsewhere, and what was under way in it is dead`()
    async throws
  {
    try await Town.withFolder { folder in
      try await Town(locations: 1, lockersEach: 4, in: folder).run { town in
        let drill = try await Drill.prepare(town)
        try await drill.backUpUnderLoad(for: Self.load)
        try await drill.loseServer()
        let pulses = try await drill.pulses()
        try await drill.restore()
        try await Task.sleep(for: Self.commandTime)
        #expect(try await drill.pulses() == pulses, "a stale command was carried out")
        try await drill.takeStock()
        #expect(try await drill.refusalOfPin() == "WRONG_PIN")
        #expect(try await drill.refusalOfHandover() == "HANDOVER_OVER")
        try await drill.receiveAgain()
        #expect(town.ledger.faults.isEmpty)
        #expect(await town.server.terminate() == 0)
        let (code, output) = try await town.server.verify()
        #expect(code == 0 && output == "clean\n", "\(output)")
      }
    }
  }
}

/// One locker where a hand-over is shown, one where a command has just been given, and others under load.
private struct Drill {
  let town: Town
  /// Its key lies in the first locker, and a tablet has asked for it.
  let handover: ProtoHandover
  let token: String
  /// For an appointment whose key is with its customer.
  let pin: String

  private var waiting: Cabinet { town.cabinets[0] }
  private var cut: Cabinet { town.cabinets[1] }
  private var busy: ArraySlice<Cabinet> { town.cabinets.dropFirst(2) }
  private var backups: URL { town.folder.appending(path: "backups") }
  private var keys: URL { town.folder.appending(path: "safe") }

  static func prepare(_ town: Town) async throws -> Drill {
    let (waiting, cut) = (town.cabinets[0], town.cabinets[1])
    try await waiting.tidy(nil)
    try await cut.tidy(nil)
    let pin = try await town.desk.pin(.dropOff, for: try await town.offices[0].book().workOrderID)
    let workOrder = try await town.offices[0].book()
    try await waiting.dropOff(workOrder)
    let handover = try await waiting.request(.takeOut, workOrder)
    let shown = try await waiting.view("a QR") { !$0.upper.handoverToken.isEmpty }
    // Its controller still listens, and does no more: the command is on its way for ever.
    kill(cut.machine.controllerID, SIGSTOP)
    _ = try await cut.askToDropOff(try await town.offices[0].book())
    return Drill(town: town, handover: handover, token: shown.upper.handoverToken, pin: pin)
  }

  func backUpUnderLoad(for load: Duration) async throws {
    try FileManager.default.createDirectory(at: backups, withIntermediateDirectories: true)
    let life = Life()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await town.offices[0].bookAway(life) }
      for cabinet in busy { group.addTask { try await cabinet.receiveCustomers(life) } }
      group.addTask {
        defer { life.end() }
        try await Task.sleep(for: load)
        try await run([
          "backup", "--data", town.server.data.path(), "--to", backups.path(), "--keys-to", keys.path(),
        ])
        try await Task.sleep(for: load)
      }
      while try await group.next() != nil {}
    }
  }

  /// The server and its disk are gone, and so is what one controller had not read yet.
  func loseServer() async throws {
    try await town.server.kill()
    try await cut.machine.killController()
    try FileManager.default.moveItem(at: town.server.data, to: town.folder.appending(path: "lost"))
  }

  func restore() async throws {
    let elsewhere = town.folder.appending(path: "elsewhere")
    let backup = try #require(FileManager.default.contentsOfDirectory(atPath: backups.path()).first)
    try await run([
      "restore", backups.appending(path: backup).path(), "--keys", keys.path(), "--data", elsewhere.path(),
    ])
    try await run(["verify", "--data", elsewhere.path()])
    try FileManager.default.moveItem(at: elsewhere, to: town.server.data)
    try await town.server.start()
    try cut.machine.startController()
    for cabinet in town.cabinets {
      let isBack = try await comesTrue {
        try await town.desk.locker(cabinet.locker, at: cabinet.location).connected
      }
      #expect(isBack, "\(cabinet.machine.log.suffix(1000))")
    }
  }

  private func run(_ arguments: [String]) async throws {
    let (code, output) = try await ServerProcess.run(arguments)
    guard code == 0 else { throw ServerProcess.Failed(description: "\(arguments[0]): \(output)") }
  }

  /// Of every coil, by locker and box.
  func pulses() async throws -> [[Int32: Int]] {
    var pulses: [[Int32: Int]] = []
    for cabinet in town.cabinets { pulses.append(try await cabinet.machine.doors().mapValues(\.pulses)) }
    return pulses
  }

  /// Nothing is given out before somebody has looked into every box, and the log says so.
  func takeStock() async throws {
    let kinds = try await town.desk.events(of: waiting.location).map(\.kind)
    #expect(kinds.count { $0 == "EPOCH_STARTED" } == 1)
    #expect(kinds.contains("STOCK_TAKING_NEEDED"))
    for cabinet in town.cabinets {
      let boxes = try await town.desk.locker(cabinet.locker, at: cabinet.location).compartments
      #expect(boxes.allSatisfy { $0.keyID != 0 || !$0.inService })
      // A controller that starts says how it finds each door.
      #expect(await cabinet.machine.stopController() == 0)
      try cabinet.machine.startController()
    }
    for cabinet in town.cabinets { try await cabinet.tidy(nil) }
  }

  func refusalOfPin() async throws -> Failure.Reason? {
    let visit = try await waiting.start(.dropOff)
    return await refusal { try await waiting.enter(pin, in: visit) }
  }

  /// Whoever asked for it has to sign in anew, and it is over all the same.
  func refusalOfHandover() async throws -> Failure.Reason? {
    #expect(await refusal { try await redeem() } == "NOT_SIGNED_IN")
    for cabinet in town.cabinets { try await signIn(cabinet) }
    return await refusal { try await redeem() }
  }

  private func redeem() async throws {
    let _: ProtoRedeemHandoverResponse = try await waiting.tablet.ask(
      "HandoverService/RedeemHandover",
      ProtoRedeemHandoverRequest.with {
        $0.requestID = newID()
        $0.handoverID = handover.handoverID
        $0.token = token
      })
  }

  private func signIn(_ cabinet: Cabinet) async throws {
    let _: ProtoSignInResponse = try await cabinet.tablet.ask(
      "AuthService/SignIn",
      ProtoSignInRequest.with {
        $0.userName = Town.userName
        $0.password = Workshop.password
      })
  }

  private func refusal(_ body: () async throws -> Void) async -> Failure.Reason? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? Failure)?.reason
    }
  }

  /// Everybody comes again, with numbers that no controller has seen.
  func receiveAgain() async throws {
    for cabinet in town.cabinets { try await cabinet.tidy(nil) }
    let before = town.ledger.moves.count
    for cabinet in town.cabinets { try await cabinet.dropOff(try await town.offices[0].book()) }
    #expect(town.ledger.moves.count == before + town.cabinets.count)
  }
}
