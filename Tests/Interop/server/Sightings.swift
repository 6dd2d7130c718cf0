import RPC
import Synchronization

/// What handlers saw of their callers, by the names that the callers gave their calls.
final class Sightings: Sendable {
  private let seen = Mutex<[String: ProtoGetSightingResponse]>([:])

  subscript(label: String) -> ProtoGetSightingResponse { seen.withLock { $0[label] ?? .init() } }

  /// Does a handler's work, and remembers how that ended.
  func watch(_ label: String, _ context: CallContext, _ work: () async throws -> Void) async throws {
    let left = context.deadline.map { $0 - .now }
    note(label) {
      $0.ending = .notYet
      $0.deadlineMs = left.map(Self.milliseconds) ?? 0
    }
    do {
      try await work()
      note(label) { $0.ending = .answered }
    } catch {
      let isOver = context.deadline.map { $0 <= .now } ?? false
      note(label) { $0.ending = isOver ? .deadline : .cancelled }
      throw error
    }
  }

  private func note(_ label: String, _ change: (inout ProtoGetSightingResponse) -> Void) {
    seen.withLock { change(&$0[label, default: .init()]) }
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }
}
