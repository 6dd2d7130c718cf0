public import RPC
import SwiftProtobuf
import Synchronization

/// Whether the services of a server may be called, for those who ask by `grpc.health.v1` (C++, Go, Kubernetes, Envoy
/// and all others do): the whole server under the empty name, and each service under its own.
///
/// Thread-safe. A server that goes down says so here before it stops taking calls.
public final class Health: Sendable {
  /// Whether a service may be called.
  public enum Status: Sendable, Hashable {
    case serving
    /// Its calls fail, or soon will: call another server.
    case notServing
  }

  private struct State {
    var statuses: [String: Status] = ["": .serving]
    var isEnding = false
    var lastWatcher: UInt64 = 0
    var watchers: [UInt64: @Sendable () -> Void] = [:]
    /// Those who watched when the end began and are not told of it yet.
    var untold: Set<UInt64> = []
    /// Finished when all are told.
    var whenTold: AsyncStream<Never>.Continuation?

    /// A watcher has been told the last status, or watches no more.
    mutating func settle(_ watcher: UInt64) {
      guard untold.remove(watcher) != nil, untold.isEmpty else { return }
      whenTold?.finish()
    }
  }

  /// How long the end waits for watchers who do not read.
  public static let tellingTime: Duration = .seconds(1)

  private let state = Mutex(State())

  /// - Parameter services: full names; all serve at first.
  public init(services: some Sequence<String>) {
    state.withLock { state in
      for service in services { state.statuses[service] = .serving }
    }
  }

  /// Tells all who watch. From any thread; nothing where the server is going down.
  ///
  /// - Parameter service: its full name, also one that was not there before; empty: the whole server.
  public func set(_ status: Status, for service: String = "") {
    change { state in
      if !state.isEnding { state.statuses[service] = status }
    }
  }

  /// The server goes down: nothing serves any more, whatever is set later. Returns when all who watch have been sent
  /// that, so that their streams may end; after `tellingTime` in any case. Called once.
  public func end() async {
    let (told, continuation) = AsyncStream<Never>.makeStream()
    change { state in
      state.isEnding = true
      for service in state.statuses.keys { state.statuses[service] = .notServing }
      state.untold = Set(state.watchers.keys)
      state.whenTold = continuation
      if state.untold.isEmpty { continuation.finish() }
    }
    await withTaskGroup { group in
      group.addTask { for await _ in told {} }
      group.addTask { try? await Task.sleep(for: Self.tellingTime) }
      await group.next()
      group.cancelAll()
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let watchers = state.withLock { state in
      body(&state)
      return Array(state.watchers.values)
    }
    for wake in watchers { wake() }
  }

  /// Adds `Check` and `Watch`.
  ///
  /// - Parameter access: who may ask; those who balance load carry no identity.
  public func add(to table: inout ProcedureTable, access: any AccessRule) {
    table.immediate("grpc.health.v1.Health/Check", access: access, isSideEffectFree: true) {
      [self] (request: Grpc_Health_V1_HealthCheckRequest, _) in
      guard let status = status(of: request.service) else {
        throw Failure(
          .notFound, reason: .unknownService, "There is no service '\(request.service.prefix(200))'.")
      }
      return Grpc_Health_V1_HealthCheckResponse(status)
    }
    table.watch("grpc.health.v1.Health/Watch", access: access) {
      [self] (request: Grpc_Health_V1_HealthCheckRequest, _) in
      StatusWatch(self, request.service)
    }
  }

  fileprivate func status(of service: String) -> Status? { state.withLock { $0.statuses[service] } }

  /// The status, and whether it is the last there will be.
  fileprivate func latest(of service: String) -> (status: Status?, isLast: Bool) {
    state.withLock { ($0.statuses[service], $0.isEnding) }
  }

  fileprivate func hasBeenTold(_ watcher: UInt64) { state.withLock { $0.settle(watcher) } }

  fileprivate func addWatcher(_ wake: @escaping @Sendable () -> Void) -> UInt64 {
    state.withLock { state in
      state.lastWatcher += 1
      state.watchers[state.lastWatcher] = wake
      return state.lastWatcher
    }
  }

  fileprivate func removeWatcher(_ id: UInt64) {
    state.withLock { state in
      state.watchers[id] = nil
      state.settle(id)
    }
  }
}

/// Sends the status of a service, and then each other one.
private struct StatusWatch: Watch {
  private let health: Health
  private let service: String
  private var watcher: UInt64?
  private var sent: Grpc_Health_V1_HealthCheckResponse?

  init(_ health: Health, _ service: String) {
    self.health = health
    self.service = service
  }

  mutating func begin(wake: @escaping @Sendable () -> Void) { watcher = health.addWatcher(wake) }

  mutating func round(
    _ stream: ResponseStream<Grpc_Health_V1_HealthCheckResponse>
  ) async throws -> WatchOutcome {
    let (status, isLast) = health.latest(of: service)
    let present = Grpc_Health_V1_HealthCheckResponse(status)
    if present != sent {
      try await stream.send(present)
      sent = present
    }
    if isLast, let watcher { health.hasBeenTold(watcher) }
    return .waits
  }

  mutating func end() async {
    if let watcher { health.removeWatcher(watcher) }
  }
}

extension Grpc_Health_V1_HealthCheckResponse {
  /// - Parameter status: `nil` for a service that is not here.
  init(_ status: Health.Status?) {
    self.init()
    self.status =
      switch status {
      case .serving: .serving
      case .notServing: .notServing
      case nil: .serviceUnknown
      }
  }
}

extension Failure.Reason {
  /// The server has no service of that name.
  public static let unknownService: Self = "UNKNOWN_SERVICE"
}
