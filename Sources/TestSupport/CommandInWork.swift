public import API

/// A command as a controller has it in work, for tests that report line by line.
public struct CommandInWork: Sendable {
  public let lock: SimulatedLocker
  public let sequence: Int64
  public let box: Int32

  /// Reports events of the command.
  public func tell(_ events: ProtoLockEvent...) async throws {
    for event in events { try await lock.report(line { $0.event = event }) }
  }

  /// Reports its outcome.
  public func end(_ outcome: ProtoCommandOutcome, item: ProtoItemState = .unspecified) async throws {
    try await lock.report(
      line {
        $0.outcome = outcome
        $0.item = item
      })
  }

  public func line(_ fill: (inout ProtoLockReport) -> Void) -> ProtoLockReport {
    var line = ProtoLockReport()
    line.compartment = box
    line.commandSequence = sequence
    fill(&line)
    return line
  }
}

extension Workshop {
  /// The command that waits.
  public func command() async throws -> CommandInWork {
    guard let command = try await lock.nextCommand() else { throw SimulatedLocker.NoCommand() }
    let box = command.compartment
    let number = try await world.store.read { try $0.compartment(box)?.number ?? 0 }
    return CommandInWork(lock: lock, sequence: command.sequence, box: Int32(number))
  }
}
