import Domain
import Synchronization

/// When the day changes at the locations whose lists somebody watches. In memory: who watches says so anew.
final class Midnights: Sendable {
  private let moments = Mutex<[Location.ID: Instant]>([:])

  /// Asks to be told of the location's next midnight.
  func expect(_ moment: Instant, at location: Location.ID) {
    moments.withLock { $0[location] = moment }
  }

  func isDue(at now: Instant) -> Bool {
    moments.withLock { moments in moments.values.contains { $0 <= now } }
  }

  /// The locations where the day has changed; each once.
  func take(at now: Instant) -> [Location.ID] {
    moments.withLock { moments in
      let due = moments.filter { $0.value <= now }.map(\.key)
      for location in due { moments[location] = nil }
      return due
    }
  }
}
