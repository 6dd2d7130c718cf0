import Foundation
import TestSupport

/// Kills the server at random instants, some of them before it listens, and starts it again at once.
struct ServerKiller {
  let server: MortalServer
  var chance: SplitMix64

  mutating func run(_ kills: Int) async throws {
    for _ in 0..<kills {
      try await Task.sleep(for: life())
      try await server.kill()
      try server.spawn()
    }
    try await server.untilListening()
  }

  /// How long a server lives: a few die while they start, most under load, some after a while.
  private mutating func life() -> Duration {
    switch Int.random(in: 0..<10, using: &chance) {
    case 0...1: chance.milliseconds(0...150)
    case 2...6: chance.milliseconds(150...1200)
    default: chance.milliseconds(1200...3000)
    }
  }
}

/// Kills controllers and starts them again on their journals: some at random instants, some when a door has just
/// sprung open, some just when they write to their journal.
struct ControllerKiller {
  let machines: [LockerMachine]
  var chance: SplitMix64

  mutating func run(_ kills: Int) async throws {
    for _ in 0..<kills {
      guard let machine = machines.randomElement(using: &chance) else { return }
      try await Task.sleep(for: chance.milliseconds(0...1600))
      switch Int.random(in: 0..<3, using: &chance) {
      case 0: try await machine.killController()
      case 1:
        try await machine.killController(
          after: .openings, microseconds: .random(in: 0...3000, using: &chance))
      default:
        try await machine.killController(after: .journal, microseconds: .random(in: 0...600, using: &chance))
      }
      if chance.percent(30) { try await Task.sleep(for: chance.milliseconds(0...400)) }
      try machine.startController()
    }
  }
}
