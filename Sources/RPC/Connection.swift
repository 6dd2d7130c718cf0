import Synchronization

/// One transport connection (on HTTP wires: one request), as handlers see it.
///
/// Thread-safe. It carries what was learnt about the peer, in storage typed by `ConnectionKey`.
public final class Connection: Sendable {
  /// What keeps others from listening in.
  public enum Security: Sendable, Hashable {
    /// Plain text, between processes of this machine.
    case loopback
    case tls
    /// A Unix-domain socket, guarded by the mode of its file.
    case local
    /// Nothing: plain text from another machine, which the server was told to allow.
    case plainText
  }

  /// How a connection ends.
  package enum Ending: Sendable {
    /// Calls and streams in flight get the failure.
    case atOnce
    /// Streams get the failure, and so do calls that come; unary calls in flight are answered.
    case whenAnswered
  }

  private struct State {
    /// By their keys: few, so that looking through them is quicker than hashing.
    var values: [(key: ObjectIdentifier, value: any AnyObject & Sendable)] = []
    var isDraining = false
    var isClosing = false
    var hasEnded = false
    var onClose: [@Sendable () -> Void] = []
    var terminate: (@Sendable (Failure, Ending) -> Void)?
    var response: ResponseMetadata?
  }

  /// Unique within this process; for logs.
  public let id: UInt64
  public let security: Security
  /// The peer's IP address without its port; `local` for a Unix-domain socket.
  public let remoteAddress: String
  /// Who counts as one peer: a number for an IPv4 address, or for the 64 bits of an IPv6 network; `nil` for a peer on
  /// this machine, where a proxy may stand for many.
  public let remoteNetwork: UInt64?
  /// The application knows who the peer is. Until then wires hold it to the smaller limits of strangers.
  ///
  /// Set by the application once the peer has proved itself, from any thread. Whoever may open a Unix-domain
  /// socket is known from the start.
  public var isKnown: Bool {
    get { known.load(ordering: .acquiring) }
    set { known.store(newValue, ordering: .releasing) }
  }
  private let known: Atomic<Bool>
  private let carriesMetadata: Bool
  private let state = Mutex(State())

  private static let lastID = Atomic<UInt64>(0)

  /// For wires, and for tests that call handlers without one.
  ///
  /// - Parameter carriesMetadata: it is one request, beside whose answer metadata go back.
  public init(
    security: Security, remoteAddress: String, remoteNetwork: UInt64? = nil, carriesMetadata: Bool = false
  ) {
    self.id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
    self.security = security
    self.remoteAddress = remoteAddress
    self.remoteNetwork = remoteNetwork
    self.known = Atomic(security == .local)
    self.carriesMetadata = carriesMetadata
  }

  /// A value kept with the connection, from any thread. Setting `nil` removes it.
  @inlinable
  public subscript<Key: ConnectionKey>(_ key: Key.Type) -> Key.Value? {
    // What is kept for a key is of its type: nothing else sets it.
    get { kept(for: ObjectIdentifier(key)).map { unsafeDowncast($0, to: Kept<Key>.self).value } }
    set { keep(newValue.map { Kept<Key>($0) }, for: ObjectIdentifier(key)) }
  }

  @usableFromInline
  func kept(for key: ObjectIdentifier) -> (any AnyObject & Sendable)? {
    state.withLock { state in state.values.first { $0.key == key }?.value }
  }

  @usableFromInline
  func keep(_ value: (any AnyObject & Sendable)?, for key: ObjectIdentifier) {
    state.withLock { state in
      state.values.removeAll { $0.key == key }
      if let value { state.values.append((key, value)) }
    }
  }

  /// Ends the connection, from any thread: the peer gets `failure` for each call and stream in flight, then
  /// the transport closes. An answer that a synchronous handler gives in the same breath still goes out
  /// first. Only the first close counts.
  public func close(_ failure: Failure) {
    let terminate = state.withLock { state -> (@Sendable (Failure, Ending) -> Void)? in
      guard !state.isClosing else { return nil }
      state.isClosing = true
      return state.terminate
    }
    terminate?(failure, .atOnce)
  }

  /// Ends the connection, from any thread: streams in flight get `failure`, and so does each call that comes; unary
  /// calls in flight are answered, then the transport closes. Nothing where it is ending already.
  public func drain(_ failure: Failure) {
    let terminate = state.withLock { state -> (@Sendable (Failure, Ending) -> Void)? in
      guard !state.isClosing, !state.isDraining else { return nil }
      state.isDraining = true
      return state.terminate
    }
    terminate?(failure, .whenAnswered)
  }

  /// Runs `body` once when the connection has ended, whoever ended it: no call of it is in flight any more,
  /// and none will come. It runs on the wire's thread and must not block; at once when that has happened.
  public func whenClosed(_ body: @escaping @Sendable () -> Void) {
    let hasEnded = state.withLock { state in
      if !state.hasEnded { state.onClose.append(body) }
      return state.hasEnded
    }
    if hasEnded { body() }
  }

  /// `CallContext.response`. Most handlers never ask for it: it is made for those who do.
  var response: ResponseMetadata? {
    guard carriesMetadata else { return nil }
    return state.withLock { state in
      if let response = state.response { return response }
      let response = ResponseMetadata()
      state.response = response
      return response
    }
  }

  /// What was put into it; `nil` where nobody has asked for it.
  package var usedResponse: ResponseMetadata.State? { state.withLock(\.response)?.state }

  /// Tells the connection how its wire ends it. Called once by the wire, before the first call.
  package func attach(terminate: @escaping @Sendable (Failure, Ending) -> Void) {
    state.withLock { $0.terminate = terminate }
  }

  /// Called by the wire when the connection has ended; repeating is harmless.
  package func ended() {
    let bodies = state.withLock { state in
      state.isClosing = true
      state.hasEnded = true
      state.terminate = nil
      defer { state.onClose = [] }
      return state.onClose
    }
    for body in bodies { body() }
  }
}

/// A value kept with a connection.
@usableFromInline
final class Kept<Key: ConnectionKey>: Sendable {
  @usableFromInline let value: Key.Value
  @inlinable init(_ value: Key.Value) { self.value = value }
}

/// Names a value kept with a connection, and its type:
/// `enum SignedIn: ConnectionKey { typealias Value = Device.ID }`.
public protocol ConnectionKey {
  associatedtype Value: Sendable
}
