import RPC
import Synchronization

/// Everything that the server has acknowledged, and how it has failed.
final class Ledger: Sendable {
  /// An acknowledged mutation.
  struct Entry: Sendable {
    let method: String
    /// Asks for it again, with the same request id. Returns what is wrong with the answer; `nil`: it is the same.
    let repeated: @Sendable () async -> String?
  }

  /// Custody that has moved, as somebody was told.
  enum Move: Hashable, Sendable {
    case dropped(visit: Int64)
    case returned(visit: Int64)
    case collected(handover: Int64)
    case putBack(handover: Int64)
  }

  private struct State {
    var moves: Set<Move> = []
    var entries: [Entry] = []
    var failures: [Failure.Reason: Int] = [:]
    var repeats = 0
    var faults: [String] = []
  }

  private let state = Mutex(State())

  var entries: [Entry] { state.withLock(\.entries) }
  var moves: Set<Move> { state.withLock(\.moves) }
  /// How often calls were answered by a failure that is to be repeated, by reason.
  var failures: [Failure.Reason: Int] { state.withLock(\.failures) }
  /// Calls that were sent again, because their answer did not come or told to.
  var repeats: Int { state.withLock(\.repeats) }
  /// What must not have happened.
  var faults: [String] { state.withLock(\.faults) }

  func record(_ entry: Entry) { state.withLock { $0.entries.append(entry) } }
  func moved(_ move: Move) { state.withLock { _ = $0.moves.insert(move) } }
  func failed(_ reason: Failure.Reason) { state.withLock { $0.failures[reason, default: 0] += 1 } }
  func isRepeated() { state.withLock { $0.repeats += 1 } }
  func fault(_ what: String) { state.withLock { $0.faults.append(what) } }

  /// How many calls of a method were acknowledged.
  func count(_ method: String) -> Int { entries.count { $0.method == method } }
}
