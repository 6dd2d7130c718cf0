public import Core
public import RPC

/// The failure that a call ends with; `nil` when it succeeds. Any other error passes through.
public func failure<Value>(_ call: () async throws -> Value) async throws -> Failure? {
  do {
    _ = try await call()
    return nil
  } catch let failure as Failure {
    return failure
  }
}

extension EnrolledPeer {
  /// The same device on a new connection, on which nothing is proved yet.
  public func reconnected(to world: World, signingWith key: SigningKey? = nil) -> EnrolledPeer {
    EnrolledPeer(id: id, key: key ?? self.key, connection: world.stranger())
  }
}

extension [UInt8] {
  /// Whether a text's bytes stand somewhere in these.
  public func holds(_ text: String) -> Bool {
    let needle = Array(text.utf8)
    guard !needle.isEmpty, count >= needle.count else { return false }
    return (0...(count - needle.count)).contains { self[$0..<($0 + needle.count)].elementsEqual(needle) }
  }
}
