/// What a store throws of its own accord; whatever a decision's body throws passes through unchanged.
public enum StoreFailure: Error, Hashable, Sendable {
  /// As many decisions wait as may. Nothing was done; try again later.
  case queueFull(limit: Int)
  /// The store is closed, or about to be. Nothing was done.
  case closed
  /// The commit failed, or the disk did: nothing of this decision is stored, nor of those it shared the
  /// commit with.
  case notCommitted(reason: String)
  /// The commit failed as its last step, the flush, did: nobody knows whether a crash would bring the decision
  /// back. It is not in the state that is read, and gone for good with the next commit that succeeds.
  case inDoubt(reason: String)
  /// A write would have broken an invariant of the schema; `constraint` is what SQLite says of it.
  case invariantBroken(constraint: String)
  /// A text with a NUL in it, which SQLite cuts off there. Nothing was done.
  case textHoldsNUL
  /// The disk fails to give back what was stored, or gives back something else. Nothing was done.
  case damaged(reason: String)
  /// The database holds something that this program cannot read, or SQLite failed.
  case unreadable(reason: String)
  /// A newer program has written the database.
  case schemaIsNewer(found: Int, known: Int)
  /// The file is not a database of Latchkey.
  case foreignDatabase(path: String)
}

extension StoreFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .queueFull(let limit): "\(limit) decisions wait to be stored; try again later"
    case .closed: "the database is closed"
    case .notCommitted(let reason): "nothing was stored: \(reason)"
    case .inDoubt(let reason): "whether it was stored is not known: \(reason)"
    case .invariantBroken(let constraint): "the write would break an invariant: \(constraint)"
    case .textHoldsNUL: "a text holds a NUL character"
    case .damaged(let reason): "the database is damaged, or its disk fails: \(reason)"
    case .unreadable(let reason): "the database cannot be read: \(reason)"
    case .schemaIsNewer(let found, let known):
      "the database has schema version \(found), and this program knows \(known); use the newer program"
    case .foreignDatabase(let path): "'\(path)' is not a database of Latchkey"
    }
  }
}
