import Domain
import Foundation
import GRDB
public import Services

/// The database: SQLite, in a file or in memory. The one door to GRDB.
///
/// Decisions share commits (`GroupCommitWriter`); reads run beside them on connections of their own, each on
/// one consistent state, and never wait for a decision. In memory there is one connection for both.
public final class SQLiteStore: Store {
  public enum Place: Hashable, Sendable {
    /// A file, created with mode 0600 where there is none. Its directory exists.
    case file(path: String)
    /// Gone when the store is closed: for tests.
    case inMemory
  }

  /// Decisions that may wait for the writer; more are refused.
  public static let maximumWaiting = 4096
  /// Decisions that share one commit: what the first of them waits for at most.
  public static let maximumBatch = 256
  /// Reads that run at once; more wait for each other. As many tasks run at once as there are processors.
  public static let maximumReaders = max(4, ProcessInfo.processInfo.activeProcessorCount)
  /// What the WAL is cut back to after a checkpoint, when a long read has let it grow.
  public static let keptWALBytes = 64 << 20
  /// How long to wait for a lock that another process holds.
  public static let busyTimeout: Duration = .seconds(5)

  /// What the writer has done since the store was opened.
  public struct Counters: Hashable, Sendable {
    public internal(set) var commits: Int64 = 0
    public internal(set) var failedCommits: Int64 = 0
    /// Stored.
    public internal(set) var decisions: Int64 = 0
    /// Thrown out by themselves.
    public internal(set) var refusals: Int64 = 0
    public internal(set) var largestBatch = 0
  }

  /// What one commit was.
  public struct Commit: Sendable {
    /// Decisions that shared it, refused ones included.
    public let batch: Int
    /// From the first decision's beginning to the end of the flush.
    public let duration: Duration
  }

  let database: any DatabaseWriter
  let writer: GroupCommitWriter

  /// Opens a database, or makes it, and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - onCommit: called after each commit, off any event loop, with what its decisions touched.
  ///     It must not block.
  ///   - measure: told of each commit, on the thread that writes.
  public init(
    _ place: Place, hash: ChainHash, onCommit: @escaping @Sendable (Set<Topic>) -> Void = { _ in },
    measure: (@Sendable (Commit) -> Void)? = nil
  ) throws {
    do {
      database = try Self.open(place)
      writer = try GroupCommitWriter(database, chain: hash, measure: measure, onCommit: onCommit)
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }

  public var counters: Counters { writer.counters }
  /// Decisions that wait for the writer now; at most `maximumWaiting`.
  public var waiting: Int { writer.waiting }

  /// Writes a page and flushes it, which changes nothing: throws when the disk does not take it.
  public func probe() async throws {
    guard !writer.isClosed else { throw StoreFailure.closed }
    // Not GRDB's `await`: when its task is cancelled, it interrupts the connection, whatever that does by then.
    try await withCheckedThrowingContinuation { continuation in
      database.asyncWriteWithoutTransaction { db in
        continuation.resume(
          with: Result { try GroupCommitWriter.probe(db) }.mapError {
            ($0 as? DatabaseError).map(StoreFailure.init) ?? $0
          })
      }
    }
  }

  public func decide<Value: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let job = GroupCommitWriter.Job(
        run: { transaction in
          do {
            let value = try body(transaction)
            return .init(isKept: true) { continuation.resume(returning: value) }
          } catch {
            return .init(isKept: false) { continuation.resume(throwing: error) }
          }
        },
        fail: { continuation.resume(throwing: $0) })
      do {
        try writer.submit(job)
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  public func read<Value: Sendable>(
    _ body: @escaping @Sendable (any Snapshot) throws -> Value
  ) async throws -> Value {
    guard !writer.isClosed else { throw StoreFailure.closed }
    try Task.checkCancellation()
    // Not GRDB's `await`: it takes a connection and then waits for a thread to go on with. When all threads wait in
    // `readNow` for a connection, none ever comes.
    return try await withCheckedThrowingContinuation { continuation in
      database.asyncUnsafeRead { opened in
        do {
          continuation.resume(returning: try SQLSnapshot.read(try opened.get(), body))
        } catch let error as DatabaseError {
          continuation.resume(throwing: StoreFailure(error))
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  public func readNow<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value {
    guard !writer.isClosed else { throw StoreFailure.closed }
    do {
      return try database.unsafeRead { db in try SQLSnapshot.read(db, body) }
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }

  /// Commits what waits, moves the WAL into the database, and closes. Decisions and reads that come later
  /// are refused. Closing again does nothing.
  public func close() async throws {
    guard writer.stopAccepting() else { return }
    do {
      // Not GRDB's `await`, here too.
      try await withCheckedThrowingContinuation { continuation in
        database.asyncBarrierWriteWithoutTransaction { [writer] opened in
          continuation.resume(
            with: Result {
              let db = try opened.get()
              writer.finish(db)
              _ = try db.checkpoint(.truncate)
            })
        }
      }
      try database.close()
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }
}

extension SQLiteStore.Counters {
  mutating func add(_ verdicts: [GroupCommitWriter.Verdict]) {
    let kept = verdicts.count(where: \.isKept)
    commits += 1
    decisions += Int64(kept)
    refusals += Int64(verdicts.count - kept)
    largestBatch = max(largestBatch, verdicts.count)
  }
}
