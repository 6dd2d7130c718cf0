public import Domain
import RPC
import Synchronization

/// The connections that have proved who they are, so that what is revoked ends at once (S3), and which
/// lockers are being listened to.
public final class Sessions: Presence {
  private struct State {
    var connections: [UInt64: (connection: RPC.Connection, identity: Caller.Identity)] = [:]
    /// How many of them each caller has.
    var counts: [Caller.Identity: Int] = [:]
    var lastWatch: UInt64 = 0
    /// The command watches that run; a reconnecting controller may briefly have two.
    var watches: [Locker.ID: [Watch]] = [:]
  }

  /// A controller's command watch.
  struct Watch: Hashable, Sendable {
    let locker: Locker.ID
    let device: Device.ID
    /// Rises: the newest watch of a device has the highest.
    let number: UInt64
  }

  /// Connections of one caller; on HTTP, requests in flight.
  public static let connectionsPerCaller = 256

  private let state = Mutex(State())

  public init() {}

  public func isConnected(_ locker: Locker.ID) -> Bool {
    state.withLock { $0.watches[locker] != nil }
  }

  /// How many lockers have a controller that listens.
  public var connectedLockers: Int { state.withLock { $0.watches.count } }

  func startedListening(_ locker: Locker.ID, _ device: Device.ID) -> Watch {
    state.withLock { state in
      state.lastWatch += 1
      let watch = Watch(locker: locker, device: device, number: state.lastWatch)
      state.watches[locker, default: []].append(watch)
      return watch
    }
  }

  func stoppedListening(_ watch: Watch) {
    state.withLock { state in
      state.watches[watch.locker]?.removeAll { $0 == watch }
      if state.watches[watch.locker]?.isEmpty == true { state.watches[watch.locker] = nil }
    }
  }

  /// Whether the device has begun no later watch.
  func isNewest(_ watch: Watch) -> Bool {
    state.withLock { state in
      !state.watches[watch.locker, default: []].contains {
        $0.device == watch.device && $0.number > watch.number
      }
    }
  }

  /// Gives a connection its caller and remembers it until it closes.
  ///
  /// - Throws: `TOO_MANY_CALLS` where the caller has as many connections as one may have; `ALREADY_AUTHENTICATED` where
  ///   the connection is another's: its streams are judged by its caller, so it has one for good.
  func admit(_ caller: Caller, on connection: RPC.Connection) throws(Failure) {
    let identity = caller.identity
    let isNew = try state.withLock { state throws(Failure) -> Bool in
      if let known = state.connections[connection.id] {
        guard known.identity == identity else { throw .alreadyAuthenticated }
        return false
      }
      let count = state.counts[identity, default: 0]
      guard count < Self.connectionsPerCaller else { throw .tooManyConnections }
      state.counts[identity] = count + 1
      state.connections[connection.id] = (connection, identity)
      return true
    }
    connection[CallerKey.self] = caller
    connection.isKnown = true
    guard isNew else { return }
    connection.whenClosed { [weak self, id = connection.id] in self?.forget(id, of: identity) }
  }

  private func forget(_ connection: UInt64, of identity: Caller.Identity) {
    state.withLock { state in
      state.connections[connection] = nil
      let count = state.counts[identity, default: 1] - 1
      state.counts[identity] = count > 0 ? count : nil
    }
  }

  /// All connections that have proved who they are.
  var connections: [RPC.Connection] { state.withLock { $0.connections.values.map(\.connection) } }
}

extension Failure {
  fileprivate static let alreadyAuthenticated = Failure.precondition(
    .alreadyAuthenticated, "This connection is somebody else's; open another for another identity.")

  fileprivate static let tooManyConnections = Failure(
    .resourceExhausted, reason: .tooManyCalls,
    "This caller has \(Sessions.connectionsPerCaller) connections or requests in flight already; use them.",
    retryDelay: .seconds(1))
}
