public import API
public import Domain
import RPC
import Services
import Synchronization

/// A locker's doors and controller in memory: what a controller would report, in the order it would.
public final class SimulatedLocker: Sendable {
  private struct State {
    var lastReport: Int64 = 0
    /// The command in work.
    var command: (sequence: Int64, compartment: Int32)?
    var lastSequence: Int64 = 0
  }

  private let world: World
  private let controller: EnrolledPeer
  private let locker: Locker.ID
  private let state = Mutex(State())
  private let listening = Mutex<Watching<ProtoWatchCommandsResponse>?>(nil)

  init(world: World, controller: EnrolledPeer, locker: Locker.ID) {
    self.world = world
    self.controller = controller
    self.locker = locker
  }

  /// Opens the command watch, so that the server knows that somebody listens, and reports closed doors.
  public func connect(boxes: Int) async throws {
    let watch = Watching(try world.lockers.watchCommands(.init(), controller.context))
    listening.withLock { $0 = watch }
    await watch.untilRest()
    for box in 1...boxes {
      try await report(
        .with {
          $0.compartment = Int32(box)
          $0.event = .foundClosed
        })
    }
  }

  public func disconnect() async {
    let watch = listening.withLock { $0.take() }
    await watch?.cancel()
  }

  /// The newest command that the server has given and this locker has not taken.
  public func nextCommand() async throws -> Command? {
    let after = state.withLock { $0.lastSequence }
    let locker = locker
    return try await world.store.read { try $0.pendingCommands(at: locker, after: after).first }
  }

  /// Takes the command that waits: accepted and fired.
  @discardableResult
  public func fire() async throws -> Int32 {
    guard let command = try await nextCommand() else { throw NoCommand() }
    let box = command.compartment
    let number = Int32(try await world.store.read { try $0.compartment(box)?.number ?? 0 })
    state.withLock {
      $0.command = (command.sequence, number)
      $0.lastSequence = command.sequence
    }
    try await report(own { $0.event = .accepted }, own { $0.event = .fired })
    return number
  }

  /// Takes the command that waits, and the door opens.
  public func openDoor() async throws {
    try await fire()
    try await report(own { $0.event = .doorOpened })
  }

  /// The open door closes, and the command has ended.
  public func closeDoor(item: ProtoItemState) async throws {
    try await report(
      own { $0.event = .doorClosed },
      own {
        $0.outcome = .openedAndClosed
        $0.item = item
      })
  }

  /// Takes the command that waits, and the door does not open.
  public func jam() async throws {
    try await fire()
    try await report(own { $0.outcome = .jammed })
  }

  /// The command in work ends otherwise.
  public func end(_ outcome: ProtoCommandOutcome) async throws {
    try await report(own { $0.outcome = outcome })
  }

  /// Something happens at a box without a command.
  public func happen(_ event: ProtoLockEvent, at box: Int32) async throws {
    try await report(
      .with {
        $0.compartment = box
        $0.event = event
      })
  }

  /// Reports lines under the next numbers.
  public func report(_ lines: ProtoLockReport...) async throws {
    let numbered = state.withLock { state in
      lines.map { line in
        var line = line
        state.lastReport += 1
        line.number = state.lastReport
        return line
      }
    }
    _ = try await world.lockers.report(.with { $0.reports = numbered }, controller.context)
  }

  private func own(_ fill: (inout ProtoLockReport) -> Void) -> ProtoLockReport {
    let command = state.withLock { $0.command }
    var line = ProtoLockReport()
    line.compartment = command?.compartment ?? 0
    line.commandSequence = command?.sequence ?? 0
    fill(&line)
    return line
  }

  public struct NoCommand: Error, CustomStringConvertible {
    public var description: String { "the server has given no command" }
  }
}
