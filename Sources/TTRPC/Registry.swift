import NIOCore
import RPC
import Synchronization

/// The connections and listeners of one server, from any thread: counts them against the limits, and knows
/// when the last one has gone.
final class Registry: Sendable {
  private struct State {
    var connections: [UInt64: ServerChannelPort] = [:]
    /// Counted from being accepted, before its handler is there.
    var count = 0
    var perNetwork: [PeerNetwork: Int] = [:]
    var listeners: [ObjectIdentifier: any Channel] = [:]
    var isDraining = false
    var whenEmpty: [EventLoopPromise<Void>] = []
  }

  private let limits: Limits
  private let meter = ConnectionMeter(wire: "ttrpc")
  private let state = Mutex(State())

  init(limits: Limits) { self.limits = limits }

  /// Counts a connection in; false when it is one too many.
  /// - Parameter network: `nil` for peers without an address, who are counted in all only.
  func admit(from network: PeerNetwork?) -> Bool {
    let count = state.withLock { state -> Int? in
      guard !state.isDraining, state.count < limits.connections else { return nil }
      if let network {
        guard state.perNetwork[network, default: 0] < limits.connectionsPerAddress else { return nil }
        state.perNetwork[network, default: 0] += 1
      }
      state.count += 1
      return state.count
    }
    guard let count else {
      meter.recordRefused()
      return false
    }
    meter.record(open: count)
    return true
  }

  /// Makes a connection that was admitted known by its handler. False when the server drains meanwhile.
  func add(_ id: UInt64, _ port: ServerChannelPort) -> Bool {
    state.withLock { state in
      guard !state.isDraining else { return false }
      state.connections[id] = port
      return true
    }
  }

  func remove(_ id: UInt64, from network: PeerNetwork?) {
    let (count, promises) = state.withLock { state in
      state.connections[id] = nil
      state.count -= 1
      if let network, let count = state.perNetwork[network] {
        state.perNetwork[network] = count > 1 ? count - 1 : nil
      }
      return (state.count, state.count == 0 ? takePromises(&state) : [])
    }
    meter.record(open: count)
    for promise in promises { promise.succeed() }
  }

  /// Keeps a listener until it closes; false when the server drains already.
  func add(listener: any Channel) -> Bool {
    let isKept = state.withLock { state in
      guard !state.isDraining else { return false }
      state.listeners[ObjectIdentifier(listener)] = listener
      return true
    }
    if isKept {
      listener.closeFuture.whenComplete { _ in
        self.state.withLock { $0.listeners[ObjectIdentifier(listener)] = nil }
      }
    }
    return isKept
  }

  /// Nothing more comes in. Returns who is there.
  func startDraining() -> (listeners: [any Channel], connections: [ServerChannelPort]) {
    state.withLock { state in
      state.isDraining = true
      return (Array(state.listeners.values), Array(state.connections.values))
    }
  }

  var connections: [ServerChannelPort] { state.withLock { Array($0.connections.values) } }

  /// Succeeds `promise` when no connection is left.
  func whenEmpty(_ promise: EventLoopPromise<Void>) {
    let isEmpty = state.withLock { state in
      if state.count > 0 { state.whenEmpty.append(promise) }
      return state.count == 0
    }
    if isEmpty { promise.succeed() }
  }

  private func takePromises(_ state: inout State) -> [EventLoopPromise<Void>] {
    defer { state.whenEmpty = [] }
    return state.whenEmpty
  }
}
