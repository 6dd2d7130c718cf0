import GRDB
import Services
import Synchronization

@testable import Storage

/// The store as one server process has it: the process can die in a decision, before or after it is on disk.
/// Decisions and reads run at once, on the caller's thread, over the real database.
final class ProcessStore: Store {
  struct PowerCut: Error {}

  enum Death {
    /// What is decided is lost.
    case beforeCommit
    /// What is decided is stored, and nobody is told.
    case afterCommit
  }

  private struct State {
    var isDead = false
    var death: Death?
    /// Decisions stored since the store was last asked.
    var commits = 0
    var troubles: [String] = []
  }

  let base: SQLiteStore
  private let sabotage: Sabotage?
  private let state = Mutex(State())

  /// - Parameter sabotage: a fault of the server's rules, done at the end of each decision, to see that it is
  ///   found.
  init(_ base: SQLiteStore, sabotage: Sabotage? = nil) {
    self.base = base
    self.sabotage = sabotage
  }

  var isDead: Bool { state.withLock(\.isDead) }

  /// The next decision is the last.
  func arm(_ death: Death?) { state.withLock { $0.death = death } }

  func die() { state.withLock { $0.isDead = true } }

  /// Whether something was stored since this was last asked.
  func takeCommits() -> Bool {
    state.withLock { state in
      defer { state.commits = 0 }
      return state.commits > 0
    }
  }

  /// What the database had to refuse since this was last asked: it should never have to.
  func takeTroubles() -> [String] {
    state.withLock { state in
      defer { state.troubles = [] }
      return state.troubles
    }
  }

  /// Something that should never be.
  func note(_ trouble: String) {
    state.withLock { state in if !state.isDead { state.troubles.append(trouble) } }
  }

  func decide<Value: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Value
  ) async throws -> Value {
    let death = try state.withLock { state in
      if state.isDead { throw PowerCut() }
      state.isDead = state.death != nil
      return state.death
    }
    let sabotage = sabotage
    do {
      let value = try base.decideHere { tx in
        let value = try body(tx)
        try sabotage?.spoil(tx)
        if case .beforeCommit = death { throw PowerCut() }
        return value
      }
      state.withLock { $0.commits += 1 }
      if death != nil { throw PowerCut() }
      return value
    } catch let failure as StoreFailure {
      state.withLock { $0.troubles.append(failure.description) }
      throw failure
    }
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value
  {
    try readNow(body)
  }

  func readNow<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value {
    if isDead { throw PowerCut() }
    return try base.readHere(body)
  }
}

extension SQLiteStore {
  /// `decide` on the caller's thread.
  func decideHere<Value: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Value) throws
    -> Value
  {
    let result = Answered<Value>()
    try writer.run(
      GroupCommitWriter.Job(
        run: { transaction in
          do {
            let value = try body(transaction)
            return .init(isKept: true) { result.set(.success(value)) }
          } catch {
            return .init(isKept: false) { result.set(.failure(error)) }
          }
        },
        fail: { result.set(.failure($0)) }))
    return try result.get()
  }

  /// `read` on the caller's thread.
  func readHere<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value {
    // Nobody writes meanwhile, so that it need not be isolated.
    try database.unsafeRead { db in try body(SQLSnapshot(db)) }
  }

  /// Writes the database, as it is now, into a new file.
  func writeCopy(to path: String) throws {
    try database.writeWithoutTransaction { db in try db.execute(sql: "VACUUM INTO ?", arguments: [path]) }
  }

  /// Where the file is; empty in memory.
  var path: String { database.path }

  /// Takes away what the schema does to keep one-time things one-time.
  func forgetTriggers() throws {
    try database.writeWithoutTransaction { db in
      for name in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
        try db.execute(sql: "DROP TRIGGER \(name)")
      }
    }
  }
}

private final class Answered<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)

  func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

  func get() throws -> Value {
    guard let result = result.withLock({ $0 }) else { throw StoreFailure.closed }
    return try result.get()
  }
}
