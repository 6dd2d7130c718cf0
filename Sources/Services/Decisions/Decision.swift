import Core
import Domain
import RPC

/// One decision under way: a transaction, the moment it is taken at, and what the rules need from outside.
///
/// The extensions in this folder are the moves that several services make: opening a box, moving a key,
/// telling a visit or a hand-over what happened. Everything they do is stored together or not at all.
struct Decision {
  let tx: any Transaction
  let now: Instant
  let environment: Environment

  // MARK: Events

  /// Appends to the location's log. `text` goes into an erasable row; the event only commits to it (S4).
  func record(_ event: Event, text: String? = nil) throws {
    let salt = text == nil ? [] : environment.entropy.bytes(16)
    _ = try tx.append(event, text: text, salt: salt)
    tx.touch(.events(event.location))
  }

  /// Writes down the locker with a new revision: its screens show something else now.
  func changed(_ locker: Locker.ID) throws {
    try tx.raiseRevision(of: locker)
    tx.touch(.kiosk(locker))
  }

  // MARK: Lookups that must not fail

  /// A row that a foreign key promises.
  func expect<Value>(_ value: Value?, _ what: StaticString) throws -> Value {
    guard let value else {
      throw Failure(
        .internal, reason: .internalError, "The database has lost a \(what); run `latchkey verify`.")
    }
    return value
  }
}
