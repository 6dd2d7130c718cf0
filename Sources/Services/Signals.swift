import Synchronization

/// Wakes watches when what they show may have changed.
///
/// Subscribe first, then read, then wait: a change between reading and waiting is not missed. Wake-ups are
/// not counted: a slow watch is woken once for many changes and reads the newest state.
public final class Signals: Sendable {
  private struct State {
    var nextID: UInt64 = 0
    var subscribers: [Topic: [UInt64: AsyncStream<Void>.Continuation]] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  /// Wakes every subscriber of these topics; first of all controllers, since somebody waits at a door.
  public func changed(_ topics: Set<Topic>) {
    let woken = state.withLock { state in
      (topics.filter(\.isCommands) + topics.filter { !$0.isCommands }).flatMap {
        state.subscribers[$0].map { Array($0.values) } ?? []
      }
    }
    for continuation in woken { continuation.yield() }
  }

  /// A stream that yields after each change of any of the topics; ends when its task is cancelled.
  public func subscribe(_ topics: Topic...) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextID += 1
      for topic in topics { state.subscribers[topic, default: [:]][state.nextID] = continuation }
      return state.nextID
    }
    continuation.onTermination = { [weak self] _ in self?.unsubscribe(id, from: topics) }
    return stream
  }

  private func unsubscribe(_ id: UInt64, from topics: [Topic]) {
    state.withLock { state in
      for topic in topics {
        state.subscribers[topic]?[id] = nil
        if state.subscribers[topic]?.isEmpty == true { state.subscribers[topic] = nil }
      }
    }
  }
}

extension Topic {
  fileprivate var isCommands: Bool {
    switch self {
    case .commands: true
    case .kiosk, .handover, .events, .rights: false
    }
  }
}
