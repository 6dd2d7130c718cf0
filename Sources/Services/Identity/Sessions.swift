public import Domain
import RPC
import Synchronization

/// The connections that have proved who they are, so that what is revoked ends at once (S3), and which
/// lockers are being listened to.
public final class Sessions: Presence {
  private struct State {
    var connections: [UInt64: RPC.Connection] = [:]
    /// How many command watches each locker has; a reconnecting controller may briefly have two.
    var listening: [Locker.ID: Int] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  public func isConnected(_ locker: Locker.ID) -> Bool {
    state.withLock { $0.listening[locker] != nil }
  }

  func startedListening(_ locker: Locker.ID) {
    state.withLock { $0.listening[locker, default: 0] += 1 }
  }

  func stoppedListening(_ locker: Locker.ID) {
    state.withLock { state in
      let left = (state.listening[locker] ?? 0) - 1
      state.listening[locker] = left > 0 ? left : nil
    }
  }

  /// Gives a connection its caller and remembers it until it closes.
  func admit(_ caller: Caller, on connection: RPC.Connection) {
    connection[CallerKey.self] = caller
    let isNew = state.withLock { $0.connections.updateValue(connection, forKey: connection.id) == nil }
    guard isNew else { return }
    connection.whenClosed { [weak self, id = connection.id] in
      self?.state.withLock { _ = $0.connections.removeValue(forKey: id) }
    }
  }

  /// All connections that have proved who they are.
  var connections: [RPC.Connection] { state.withLock { Array($0.connections.values) } }
}
