public import API
import Domain
public import RPC

/// What a controller waits for at `LockerService/WatchCommands` (L1). A locker is connected as long as one of
/// these goes on.
public struct CommandWatch: Watch {
  private let environment: Environment
  private let locker: Locker.ID
  private let device: Device.ID
  /// The last command that was sent.
  private var sequence: Int64
  private var session: Sessions.Watch?
  private var subscription: Signals.Subscription?
  private var isNoted = false

  init(_ environment: Environment, at locker: Locker.ID, by device: Device.ID, after sequence: Int64) {
    self.environment = environment
    self.locker = locker
    self.device = device
    self.sequence = sequence
  }

  public mutating func begin(wake: @escaping @Sendable () -> Void) {
    session = environment.sessions.startedListening(locker, device)
    // Wakes this controller's last watch, so that it sees that it is no longer the newest, and ends.
    environment.signals.changed([.commands(locker)])
    subscription = environment.signals.subscribe(.commands(locker), wake: wake)
  }

  public mutating func round(
    _ stream: ResponseStream<ProtoWatchCommandsResponse>
  ) async throws -> WatchOutcome {
    if !isNoted {
      try await presenceChanged()
      isNoted = true
    }
    guard let session, environment.sessions.isNewest(session) else { return .over }
    let commands = try environment.readNow { [locker, sequence] snapshot in
      try snapshot.pendingCommands(at: locker, after: sequence).map { command in
        (command, try snapshot.compartment(command.compartment)?.number ?? 0)
      }
    }
    for (command, compartment) in commands {
      try await stream.send(
        .with {
          $0.command.sequence = command.sequence
          $0.command.compartment = Int32(compartment)
          $0.command.expireTime = .init(milliseconds: command.expiresAt.milliseconds)
          $0.command.serverTime = .init(milliseconds: environment.clock.now.milliseconds)
        })
      sequence = command.sequence
    }
    return .waits
  }

  public mutating func end() async {
    if let subscription { environment.signals.unsubscribe(subscription) }
    if let session { environment.sessions.stoppedListening(session) }
    try? await presenceChanged()
  }

  /// The screens show whether the locks answer.
  private func presenceChanged() async throws {
    try await environment.decide(at: environment.clock.now) { [locker] in try $0.changed(locker) }
  }
}
