import Synchronization

/// Wakes watches when what they show may have changed.
///
/// Subscribe first, then read, then wait: a change between reading and waiting is not missed. Wake-ups are
/// not counted: a slow watch is woken once for many changes and reads the newest state.
public final class Signals: Sendable {
  /// What `unsubscribe` takes.
  public struct Subscription: Sendable {
    fileprivate let topic: Topic
    fileprivate let id: UInt64
  }

  private struct Subscriber {
    let id: UInt64
    let wake: @Sendable () -> Void
  }

  private struct State {
    var lastID: UInt64 = 0
    var subscribers: [Topic: [Subscriber]] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  /// Wakes every subscriber of these topics; first of all controllers, since somebody waits at a door.
  public func changed(_ topics: Set<Topic>) {
    let woken = state.withLock { state in
      (topics.filter(\.isCommands) + topics.filter { !$0.isCommands }).flatMap {
        state.subscribers[$0] ?? []
      }
    }
    for subscriber in woken { subscriber.wake() }
  }

  /// Calls `wake` after each change of the topic, on the thread that has seen it, until `unsubscribe`; a change
  /// that is told just then may still arrive. It must not block.
  public func subscribe(_ topic: Topic, wake: @escaping @Sendable () -> Void) -> Subscription {
    state.withLock { state in
      state.lastID += 1
      state.subscribers[topic, default: []].append(Subscriber(id: state.lastID, wake: wake))
      return Subscription(topic: topic, id: state.lastID)
    }
  }

  public func unsubscribe(_ subscription: Subscription) {
    state.withLock { state in
      let topic = subscription.topic
      state.subscribers[topic]?.removeAll { $0.id == subscription.id }
      if state.subscribers[topic]?.isEmpty == true { state.subscribers[topic] = nil }
    }
  }

  /// The same for a task that waits: yields after each change; ends when the task is cancelled.
  public func changes(of topic: Topic) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let subscription = subscribe(topic) { continuation.yield() }
    continuation.onTermination = { [weak self] _ in self?.unsubscribe(subscription) }
    return stream
  }
}

extension Topic {
  fileprivate var isCommands: Bool {
    switch self {
    case .commands: true
    case .kiosk, .handover, .events, .help, .rights: false
    }
  }
}
