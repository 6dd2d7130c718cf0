import GRDB
import Services
import Synchronization

/// Runs all decisions, one after another, on the one connection that writes.
///
/// Whatever waits when the connection becomes free shares one commit, and so one fsync: each decision has a
/// savepoint of its own, and its caller hears of it only after the commit. A decision that was handed in
/// runs, whether or not its caller still waits.
final class GroupCommitWriter: Sendable {
  /// A decision that waits to be run.
  struct Job: Sendable {
    /// Runs it, and says how to tell the caller once it is on disk.
    let run: @Sendable (SQLTransaction) -> Verdict
    /// Tells the caller that nothing of it was stored.
    let fail: @Sendable (StoreFailure) -> Void
  }

  struct Verdict {
    /// The body did not throw.
    let isKept: Bool
    let tellCaller: () -> Void
  }

  private struct State {
    var waiting: [Job] = []
    /// A block that will look at `waiting` is on its way to the connection.
    var isScheduled = false
    var isClosed = false
    var counters = SQLiteStore.Counters()

    mutating func append(_ job: Job) throws(StoreFailure) {
      guard !isClosed else { throw .closed }
      guard waiting.count < SQLiteStore.maximumWaiting else {
        throw .queueFull(limit: SQLiteStore.maximumWaiting)
      }
      waiting.append(job)
    }
  }

  private let writer: any DatabaseWriter
  private let chain: ChainHash
  private let statements: PreparedStatements
  private let measure: (@Sendable (SQLiteStore.Commit) -> Void)?
  private let onCommit: @Sendable (Set<Topic>) -> Void
  private let state = Mutex(State())

  init(
    _ writer: any DatabaseWriter, chain: ChainHash, measure: (@Sendable (SQLiteStore.Commit) -> Void)? = nil,
    onCommit: @escaping @Sendable (Set<Topic>) -> Void
  ) throws {
    self.writer = writer
    self.chain = chain
    self.statements = try writer.writeWithoutTransaction { try PreparedStatements($0) }
    self.measure = measure
    self.onCommit = onCommit
  }

  var counters: SQLiteStore.Counters { state.withLock(\.counters) }
  /// How many decisions wait now.
  var waiting: Int { state.withLock(\.waiting.count) }
  var isClosed: Bool { state.withLock(\.isClosed) }

  /// Hands a decision in, behind those that wait.
  func submit(_ job: Job) throws(StoreFailure) {
    let mustSchedule = try state.withLock { state throws(StoreFailure) in
      try state.append(job)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if mustSchedule { schedule() }
  }

  /// Hands a decision in, and commits it and what waits before it on the caller's thread, which it blocks.
  func run(_ job: Job) throws(StoreFailure) {
    try state.withLock { state throws(StoreFailure) in try state.append(job) }
    writer.writeWithoutTransaction(drain)
  }

  /// Takes no more decisions. Returns whether it was open.
  func stopAccepting() -> Bool {
    state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
  }

  /// Commits everything that still waits.
  func drain(_ db: Database) {
    while runBatch(db) {}
  }

  /// Commits what still waits and lets go of the connection.
  func finish(_ db: Database) {
    drain(db)
    statements.removeAll()
  }

  private func schedule() {
    writer.asyncWriteWithoutTransaction { [self] db in
      _ = runBatch(db)
      let hasMore = state.withLock { state in
        state.isScheduled = !state.waiting.isEmpty
        return state.isScheduled
      }
      // A new block, so that others that use the connection have their turn between two commits.
      if hasMore { schedule() }
    }
  }

  /// Runs what waits, at most a batch, and commits it. Returns whether there was anything.
  private func runBatch(_ db: Database) -> Bool {
    let batch = state.withLock { state in
      let batch = Array(state.waiting.prefix(SQLiteStore.maximumBatch))
      state.waiting.removeFirst(batch.count)
      return batch
    }
    guard !batch.isEmpty else { return false }
    let start = measure == nil ? nil : ContinuousClock.now
    do {
      let (verdicts, topics) = try commit(batch, db)
      if let start { measure?(.init(batch: batch.count, duration: ContinuousClock.now - start)) }
      state.withLock { $0.counters.add(verdicts) }
      // Watches first: at the end of one of them a door waits to be opened.
      if !topics.isEmpty { onCommit(topics) }
      for verdict in verdicts { verdict.tellCaller() }
    } catch {
      if db.isInsideTransaction { try? db.rollback() }
      state.withLock { $0.counters.failedCommits += 1 }
      let reason = StoreFailure.reason(of: error)
      let mayComeBack = (error as? IncompleteCommit)?.mayComeBack ?? false
      let isGone = !mayComeBack || writeOverFailedCommit(db)
      // The refused ones too: what they saw of the others never happened.
      for job in batch { job.fail(isGone ? .notCommitted(reason: reason) : .inDoubt(reason: reason)) }
    }
    return true
  }

  private func commit(_ batch: [Job], _ db: Database) throws -> ([Verdict], Set<Topic>) {
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(batch.count)
    var topics: Set<Topic> = []
    try run("BEGIN IMMEDIATE", db)
    for job in batch {
      try run("SAVEPOINT decision", db)
      let transaction = SQLTransaction(db, chain: chain, statements: statements)
      let verdict = job.run(transaction)
      // Some failures of the disk make SQLite roll everything back.
      guard db.isInsideTransaction else { throw StoreFailure.notCommitted(reason: "SQLite rolled back") }
      if verdict.isKept {
        topics.formUnion(transaction.touched)
      } else {
        try run("ROLLBACK TO decision", db)
      }
      try run("RELEASE decision", db)
      verdicts.append(verdict)
    }
    do {
      try run("COMMIT", db)
    } catch let error as DatabaseError {
      throw IncompleteCommit(cause: error)
    }
    return (verdicts, topics)
  }

  /// A COMMIT that failed.
  fileprivate struct IncompleteCommit: Error {
    let cause: DatabaseError

    /// Its pages may all stand in the WAL, because what failed came after they were written: a crash would bring it
    /// back. The page that makes a commit of them is written last.
    var mayComeBack: Bool {
      switch cause.resultCode {
      case .SQLITE_IOERR: cause.extendedResultCode != .SQLITE_IOERR_WRITE
      case .SQLITE_FULL, .SQLITE_CONSTRAINT, .SQLITE_BUSY: false
      default: true
      }
    }
  }

  /// Commits nothing but a page as it is, which stands in the WAL where the failed commit began and so makes what
  /// is left of it unreadable. Returns whether that is on disk.
  private func writeOverFailedCommit(_ db: Database) -> Bool {
    (try? Self.probe(db)) != nil
  }

  /// Commits a page as it is.
  static func probe(_ db: Database) throws {
    do {
      try db.inTransaction(.immediate) {
        try db.execute(sql: "PRAGMA user_version = \(Migration.newest)")
        return .commit
      }
    } catch {
      if db.isInsideTransaction { try? db.rollback() }
      throw error
    }
  }

  /// Runs a statement about transactions.
  private func run(_ sql: String, _ db: Database, line: UInt = #line) throws {
    try statements.find(at: SourceLine(#fileID, line), { sql }, in: db).statement.forEachRow(in: db)
  }
}

extension StoreFailure {
  fileprivate static func reason(of error: any Error) -> String {
    switch error {
    case let error as DatabaseError: error.message ?? error.resultCode.description
    case let error as GroupCommitWriter.IncompleteCommit: reason(of: error.cause)
    case StoreFailure.notCommitted(let reason): reason
    default: String(describing: error)
    }
  }
}
