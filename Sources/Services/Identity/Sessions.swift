public import Domain
import RPC
import Synchronization

/// The connections that have proved who they are, so that what is revoked ends at once (S3), and which
/// lockers are being listened to.
public final class Sessions: Presence {
  private struct State {
    var connections: [UInt64: RPC.Connection] = [:]
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
  func admit(_ caller: Caller, on connection: RPC.Connection) {
    connection[CallerKey.self] = caller
    connection.isKnown = true
    let isNew = state.withLock { $0.connections.updateValue(connection, forKey: connection.id) == nil }
    guard isNew else { return }
    connection.whenClosed { [weak self, id = connection.id] in
      self?.state.withLock { _ = $0.connections.removeValue(forKey: id) }
    }
  }

  /// All connections that have proved who they are.
  var connections: [RPC.Connection] { state.withLock { Array($0.connections.values) } }
}
