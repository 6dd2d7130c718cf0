/// Wrong PINs in a row at one kiosk, or over one location (S2). Stored, so that a restart resets nothing.
///
/// Up to the limit nothing happens; at the limit plate *and* PIN are asked; from then each further wrong
/// one is followed by a wait: 30 s, doubling, at most an hour. A key that moves by a right PIN clears it all.
/// A superseded PIN is no guess: the caller reports nothing.
public struct Guessing: Hashable, Sendable {
  /// Wrong PINs in a row before one kiosk asks for the plate too.
  public static let kioskLimit = 5
  /// The same over all kiosks of a location together.
  public static let locationLimit = 20
  /// Wrong enrolment codes in a row, whoever sends them.
  public static let enrollmentLimit = 100
  public static let shortestWait: Duration = .seconds(30)
  public static let longestWait: Duration = .seconds(60 * 60)

  public var wrongInARow: Int
  /// No PIN is looked at before it; `nil` when none has to wait.
  public var blockedUntil: Instant?

  public init(wrongInARow: Int = 0, blockedUntil: Instant? = nil) {
    self.wrongInARow = wrongInARow
    self.blockedUntil = blockedUntil
  }

  /// Whether a PIN alone is no longer enough.
  public func requiresPlate(limit: Int) -> Bool { wrongInARow >= limit }

  /// Counts a wrong PIN (or, when the plate is asked too, a pair that does not fit).
  public mutating func wrong(at now: Instant, limit: Int) {
    wrongInARow = min(wrongInARow, .max - 1) + 1
    guard wrongInARow > limit else { return }
    blockedUntil = now + Self.wait(after: wrongInARow - limit)
  }

  /// A right PIN: everything is forgotten.
  public mutating func right() {
    self = Guessing()
  }

  /// Until when a PIN is refused unread, or `nil` when it may be tried.
  ///
  /// A block that lies further ahead than any wait was made by a clock that ran wrong; it does not count.
  public func refusal(at now: Instant) -> Instant? {
    guard let blockedUntil, now < blockedUntil, blockedUntil - now <= Self.longestWait else { return nil }
    return blockedUntil
  }

  /// - Parameter excess: how many wrong ones beyond the limit, from 1.
  private static func wait(after excess: Int) -> Duration {
    // Past 2^7 × 30 s the hour is reached anyway; the bound keeps the shift small.
    min(shortestWait * (1 << min(excess - 1, 7)), longestWait)
  }
}
