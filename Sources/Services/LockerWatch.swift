public import API
import Domain
public import RPC

/// A desk that waits for changes of a location's lockers at `AdminService/WatchLockers` (W4).
public struct LockerWatch: Watch {
  private let environment: Environment
  private let location: Location.ID
  private let caller: Caller
  /// What the client knows; until it is told anything, that may be of another server's life.
  private var revision: Int64
  /// As they were sent last.
  private var sent: [Locker.ID: ProtoLocker] = [:]
  private var wake: (@Sendable () -> Void)?
  private var subscriptions: [Topic: Signals.Subscription] = [:]

  init(_ environment: Environment, at location: Location.ID, for caller: Caller, after revision: Int64) {
    self.environment = environment
    self.location = location
    self.caller = caller
    self.revision = revision
  }

  public mutating func begin(wake: @escaping @Sendable () -> Void) {
    self.wake = wake
    // A new locker is an event; what happens to one touches its screens.
    subscribe(to: .events(location))
  }

  public mutating func round(_ stream: ResponseStream<ProtoWatchLockersResponse>) async throws -> WatchOutcome
  {
    for locker in try read({ try $0.lockers(at: location).map(\.id) }) { subscribe(to: .kiosk(locker)) }
    let sessions = environment.sessions
    let lockers = try read { snapshot in
      try snapshot.lockers(at: location).map { locker in
        (
          locker.id, locker.revision,
          try ProtoLocker(locker, isConnected: sessions.isConnected(locker.id), in: snapshot)
        )
      }
    }
    // Lockers come and none goes, and the revision of each only rises: so does their sum.
    let newest = lockers.reduce(0) { $0 + $1.1 }
    let changed = lockers.filter { id, _, locker in sent[id] != locker }
    let isKnown = sent.isEmpty && newest == revision
    for (id, _, locker) in changed { sent[id] = locker }
    revision = newest
    guard !changed.isEmpty, !isKnown else { return .waits }
    try await stream.send(
      .with {
        $0.lockers = changed.map(\.2)
        $0.revision = newest
      })
    return .waits
  }

  public mutating func end() async {
    for subscription in subscriptions.values { environment.signals.unsubscribe(subscription) }
  }

  private mutating func subscribe(to topic: Topic) {
    guard subscriptions[topic] == nil, let wake else { return }
    subscriptions[topic] = environment.signals.subscribe(topic, wake: wake)
  }

  private func read<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value {
    try environment.readNow { snapshot in
      _ = try snapshot.location(location, for: caller)
      return try body(snapshot)
    }
  }
}

extension AdminService {
  public func watchLockers(_ request: ProtoWatchLockersRequest, _ context: CallContext) -> LockerWatch {
    LockerWatch(
      environment, at: Location.ID(rawValue: request.locationID), for: context.connection.caller,
      after: request.afterRevision)
  }
}
