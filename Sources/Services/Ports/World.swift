public import Core
public import Domain

/// The time outside. Nothing in `Services` reads a clock of its own.
public protocol WallClock: Sendable {
  var now: Instant { get }
}

/// Which lockers have a controller that listens for commands now. Kept in memory: after a restart nobody
/// is connected until they connect again.
public protocol Presence: Sendable {
  func isConnected(_ locker: Locker.ID) -> Bool
}

/// Keys of this server, kept outside the database (S1).
public struct ServerSecrets: Sendable {
  /// PIN digests.
  public let pins: SecretKey
  /// Digests of enrolment codes and API keys.
  public let codes: SecretKey
  /// Seals what waits in the outbox.
  public let outbox: SecretKey
  /// Signs hand-over tokens and chain heads.
  public let signing: SigningKey

  public init(pins: SecretKey, codes: SecretKey, outbox: SecretKey, signing: SigningKey) {
    self.pins = pins
    self.codes = codes
    self.outbox = outbox
    self.signing = signing
  }
}

/// Everything that the services need from outside. One object, which every call and every watch refers to.
public final class Environment: Sendable {
  public let store: any Store
  public let clock: any WallClock
  public let entropy: any Entropy
  public let secrets: ServerSecrets
  /// The audience that device assertions name; one for each server.
  public let audience: String
  public let signals: Signals
  public let sessions: Sessions
  public let quotas: Quotas
  /// Sees what every machine is told, in the decision that tells it; the decision may still fail afterwards.
  public let onTransition: (@Sendable (Transition) -> Void)?
  let passwords = PasswordQueue()
  let midnights = Midnights()

  public init(
    store: any Store, clock: any WallClock, entropy: any Entropy, secrets: ServerSecrets, audience: String,
    signals: Signals, sessions: Sessions, quotas: Quotas = Quotas(),
    onTransition: (@Sendable (Transition) -> Void)? = nil
  ) {
    self.store = store
    self.clock = clock
    self.entropy = entropy
    self.secrets = secrets
    self.audience = audience
    self.signals = signals
    self.sessions = sessions
    self.quotas = quotas
    self.onTransition = onTransition
  }
}

/// What a machine of the server was told, and where it stood.
public enum Transition: Hashable, Sendable {
  case visit(Visit.State, Visit.Input)
  case handover(Handover.State, Handover.Input)
  /// A key, where it was, and why it moves.
  case custody(Custody.Holder, Event.Kind)
}
