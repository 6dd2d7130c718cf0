import API
import Synchronization

/// Events in the order of their numbers, each once, though the stream that brings them may begin anew.
final class Collected: Sendable {
  private let kept = Mutex<[ProtoEvent]>([])

  var events: [ProtoEvent] { kept.withLock { $0 } }

  func append(_ event: ProtoEvent) {
    kept.withLock { events in
      if event.number == Int64(events.count) + 1 { events.append(event) }
    }
  }
}
