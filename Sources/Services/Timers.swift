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

  /// Whether anything is due.
  public func isDue() async throws -> Bool {
    let now = environment.clock.now
    return try await environment.read { try $0.nextWakeUp().map { $0 <= now } ?? false }
  }

  /// Takes all that is due now.
  public func tick() async throws {
    let now = environment.clock.now
    try await environment.decide(at: now) { decision in
      let tx = decision.tx
      for command in try tx.dueCommands(at: now) where command.outcome == nil {
        try decision.judgeSilence(of: command)
      }
      // What one of a list leads to may change the next one: each is read again.
      for id in try tx.dueVisits(at: now).map(\.id) {
        guard let visit = try tx.visit(id) else { continue }
        _ = try decision.apply(.tick(item: try decision.item(of: visit)), to: visit)
      }
      for id in try tx.dueHandovers(at: now).map(\.id) {
        guard let handover = try tx.handover(id) else { continue }
        _ = try decision.apply(.tick, to: handover)
      }
    }
  }

  /// Ends PINs whose time is over, forgets answers and messages that are too old, and looks at everybody's
  /// rights again: sign-ins end too.
  public func sweep() async throws {
    let now = environment.clock.now
    try await environment.decide(at: now) { decision in
      for pin in try decision.tx.overduePins(at: now, limit: Self.batch) where pin.state == .live {
        try decision.endPin(pin.id, as: .expired)
      }
      try decision.tx.purge(at: now, limit: Self.batch)
    }
    try await environment.reviewRights()
  }

  /// Signs the newest event of every location (S4).
  public func signHeads() async throws {
    try await environment.decide(at: environment.clock.now) { decision in
      for location in try decision.tx.locations(of: nil) {
        let head = try decision.tx.head(of: location.id)
        if head.number > 0 { _ = try decision.signHead(of: location.id) }
      }
    }
  }
}
