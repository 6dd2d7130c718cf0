import Domain

/// What happens because time passes: visits end, QRs expire, silent commands are judged, PINs die.
///
/// Every state machine names its next wake-up, the database keeps it, and this takes what is due.
public struct Timers: Sendable {
  /// How often to look whether something is due: an index lookup. What is due is this late at most.
  public static let interval: Duration = .milliseconds(200)
  /// How often PINs expire and old answers go.
  public static let sweepInterval: Duration = .seconds(60)
  /// How often the heads of the event chains are signed.
  public static let headInterval: Duration = .seconds(60 * 60)

  /// PINs, answers and outbox rows ended in one sweep.
  static let batch = 500

  private let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  /// To be called once when the server starts: no lock answers yet, so every screen shows something else than
  /// before.
  public func start() async throws {
    try await environment.decide(at: environment.clock.now) { decision in
      for location in try decision.tx.locations(of: nil) {
        for locker in try decision.tx.lockers(at: location.id) { try decision.changed(locker.id) }
      }
    }
  }

  /// Whether anything is due.
  public func isDue() async throws -> Bool {
    let now = environment.clock.now
    if environment.midnights.isDue(at: now) { return true }
    return try await environment.read { try $0.nextWakeUp().map { $0 <= now } ?? false }
  }

  /// Takes all that is due now, each thing in a decision of its own: one that fails keeps no other waiting.
  ///
  /// Throws what the last one that failed did, after all were tried.
  public func tick() async throws {
    let now = environment.clock.now
    environment.signals.changed(Set(environment.midnights.take(at: now).map(Topic.events)))
    let due = try await environment.read { snapshot in
      (
        commands: try snapshot.dueCommands(at: now), visits: try snapshot.dueVisits(at: now).map(\.id),
        handovers: try snapshot.dueHandovers(at: now).map(\.id),
        helpCalls: try snapshot.dueHelpCalls(at: now).map(\.id)
      )
    }
    var failure: (any Error)?
    func take(_ body: @escaping @Sendable (Decision) throws -> Void) async {
      do { try await environment.decide(at: now, body) } catch { failure = error }
    }
    // What one leads to may change the next: each is read again.
    for command in due.commands {
      await take { decision in
        guard let command = try decision.tx.command(command.sequence, at: command.locker),
          command.outcome == nil, let judgeAt = command.judgeAt, judgeAt <= now
        else { return }
        try decision.judgeSilence(of: command)
      }
    }
    for id in due.visits {
      await take { decision in
        guard let visit = try decision.tx.visit(id) else { return }
        _ = try decision.apply(.tick(item: try decision.item(of: visit)), to: visit)
      }
    }
    for id in due.handovers {
      await take { decision in
        guard let handover = try decision.tx.handover(id) else { return }
        _ = try decision.apply(.tick, to: handover)
      }
    }
    for id in due.helpCalls {
      await take { decision in
        guard let call = try decision.tx.helpCall(id) else { return }
        _ = try decision.apply(.tick, to: call)
      }
    }
    if let failure { throw failure }
  }

  /// Ends PINs whose time is over, forgets what is too old, and looks at everybody's rights again: sign-ins end
  /// too.
  public func sweep() async throws {
    let now = environment.clock.now
    // Before what was not used goes.
    try await environment.markUse()
    try await environment.decide(at: now) { decision in
      for pin in try decision.tx.overduePins(at: now, limit: Self.batch) where pin.state == .live {
        try decision.end(pin, as: .expired)
      }
    }
    // Batch by batch, so that nobody waits long behind it.
    while try await environment.decide(at: now, { try $0.tx.purge(at: now, limit: Self.batch) }) == Self.batch
    {}
    environment.quotas.sweep(at: now)
    try await environment.reviewRights()
  }

  /// Signs the newest event of every location (S4).
  public func signHeads() async throws {
    try await environment.decide(at: environment.clock.now) { decision in
      for location in try decision.tx.locations(of: nil) {
        if try decision.tx.head(of: location.id).number > 0 { _ = try decision.signHead(of: location.id) }
      }
    }
  }
}
