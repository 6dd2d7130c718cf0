import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct KillTests {
  private static func number(_ name: String, _ standard: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
  }

  static let serverKills = number("LATCHKEY_SERVER_KILLS", 10)
  static let controllerKills = number("LATCHKEY_CONTROLLER_KILLS", 10)
  static let seed = UInt64(number("LATCHKEY_CRASH_SEED", Int.random(in: 1...999_999)))

  @Test
  func
    `S5, S6, L2 server and controllers are killed under load, and nothing acknowledged is lost or done twice`()
    async throws
  {
    let began = ContinuousClock.now
    print("crash seed \(Self.seed); again: make crash CRASH_SEED=\(Self.seed) …")
    try await Town.withFolder { folder in
      try await Town(in: folder).run { town in
        try await Self.kill(town)
        let figures = try await town.close()
        let seconds = (ContinuousClock.now - began).components.seconds
        print(
          "killed: server \(Self.serverKills), controllers \(Self.controllerKills); acknowledged "
            + "\(figures.acknowledged), repeated \(figures.repeats), events \(figures.events), commands "
            + "\(figures.commands), pulses \(figures.pulses), custody moved \(town.ledger.moves.count); "
            + "\(seconds) s")
        #expect(figures.commands > Self.controllerKills && !town.ledger.moves.isEmpty)
      }
    }
  }

  private static func kill(_ town: Town) async throws {
    let machines = town.cabinets.map(\.machine)
    try await town.live {
      async let servers: Void = {
        var killer = ServerKiller(server: town.server, chance: SplitMix64(seed: seed))
        try await killer.run(serverKills)
      }()
      async let controllers: Void = {
        var killer = ControllerKiller(machines: machines, chance: SplitMix64(seed: seed &+ 1))
        try await killer.run(controllerKills)
      }()
      try await servers
      try await controllers
    }
  }
}
