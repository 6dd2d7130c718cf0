import NIOCore
import RPC
import Synchronization

/// The connections and listeners of one server, from any thread: counts them against the limits and against what the
/// process may have, and knows when the last one has gone.
final class Registry: Sendable {
  /// A connection that was counted in.
  struct Ticket: Sendable {
    fileprivate let number: UInt64
    fileprivate let network: PeerNetwork?
  }

  private struct State {
    var connections: [UInt64: ConnectionControls] = [:]
    /// Counted from being accepted, before it is set up.
    var count = 0
    var lastTicket: UInt64 = 0
    var perNetwork: [PeerNetwork: Int] = [:]
    var listeners: [ObjectIdentifier: any Channel] = [:]
    var isDraining = false
    var whenEmpty: [EventLoopPromise<Void>] = []
  }

  private let limits: Limits
  private let descriptors: Int
  private let budget: DescriptorBudget
  private let meter: ConnectionMeter
  private let state = Mutex(State())

  /// - Parameters:
  ///   - wire: its name, for metrics.
  ///   - descriptors: how many this process may have open.
  ///   - budget: shared by all servers.
  init(
    wire: String, limits: Limits, descriptors: Int = .max, budget: DescriptorBudget = DescriptorBudget()
  ) {
    self.limits = limits
    self.descriptors = limits.connectionsFitting(descriptors: descriptors)
    self.budget = budget
    self.meter = ConnectionMeter(wire: wire)
  }

  /// Counts a connection in; `nil` when it is one too many.
  /// - Parameter network: `nil` for peers on this machine, who are counted in all only.
  func admit(from network: PeerNetwork?) -> Ticket? {
    let admitted = state.withLock { state -> (ticket: Ticket, count: Int)? in
      guard !state.isDraining, state.count < limits.connections else { return nil }
      if let network, state.perNetwork[network, default: 0] >= limits.connectionsPerAddress { return nil }
      guard budget.take(limit: descriptors) else { return nil }
      if let network { state.perNetwork[network, default: 0] += 1 }
      state.count += 1
      state.lastTicket += 1
      return (Ticket(number: state.lastTicket, network: network), state.count)
    }
    guard let admitted else {
      meter.recordRefused()
      return nil
    }
    meter.record(open: admitted.count)
    return admitted.ticket
  }

  /// Tells how a connection that was admitted is ended. False when the server drains meanwhile.
  func add(_ controls: ConnectionControls, of ticket: Ticket) -> Bool {
    state.withLock { state in
      guard !state.isDraining else { return false }
      state.connections[ticket.number] = controls
      return true
    }
  }

  /// The connection has gone. Called once for each that was admitted.
  func remove(_ ticket: Ticket) {
    budget.giveBack()
    let (count, promises) = state.withLock { state in
      state.connections[ticket.number] = nil
      state.count -= 1
      if let network = ticket.network, let count = state.perNetwork[network] {
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
  func startDraining() -> (listeners: [any Channel], connections: [ConnectionControls]) {
    state.withLock { state in
      state.isDraining = true
      return (Array(state.listeners.values), Array(state.connections.values))
    }
  }

  var connections: [ConnectionControls] { state.withLock { Array($0.connections.values) } }

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
