import Domain
import RPC

/// Wrong guesses, counted in the database so that a restart resets nothing (S2).
extension Decision {
  /// Refuses while a scope has to wait.
  func refuseBlocked(_ scope: GuessScope) throws {
    try Self.refuseBlocked(scope, at: now, in: tx)
  }

  static func refuseBlocked(_ scope: GuessScope, at now: Instant, in snapshot: any Snapshot) throws {
    guard let until = try snapshot.guessing(scope).refusal(at: now) else { return }
    let delay = until - now
    throw Failure(
      .resourceExhausted, reason: .tooManyAttempts,
      "Too many wrong attempts; wait \((delay.milliseconds + 999) / 1000) seconds, or ask the desk.",
      retryDelay: delay)
  }

  func countWrong(_ scope: GuessScope, limit: Int) throws {
    var guessing = try tx.guessing(scope)
    guessing.wrong(at: now, limit: limit)
    try tx.save(guessing, for: scope)
  }

  /// A key has moved, so whoever stood at the kiosk was no guesser. A right PIN alone proves less: one who
  /// has a PIN of their own could enter it after every few guesses, and leave.
  func forgiveGuesses(before visit: Visit) throws {
    let locker = try expect(try tx.locker(visit.locker), "locker")
    guard visit.isPinVerified else { return try countRight(.number(locker.id)) }
    try countRight(.kiosk(locker.id))
    try countRight(.location(locker.location))
  }

  func countRight(_ scope: GuessScope) throws {
    if try tx.guessing(scope).wrongInARow > 0 { try tx.save(Guessing(), for: scope) }
  }
}
