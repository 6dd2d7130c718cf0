/// How a location's events are chained, and how an event commits to a text that is kept apart (S4).
public enum EventHash {
  /// The hash of an event: over the one before it and its own canonical bytes.
  public static func chain(previous: [UInt8], canonical: [UInt8]) -> [UInt8] {
    var bytes = CanonicalBytes(purpose: "latchkey event")
    bytes.append(previous)
    bytes.append(canonical)
    return Digest.of(bytes.bytes).bytes
  }

  /// What the event holds in place of a text: without the salt nobody can try texts against it.
  public static func commitment(salt: [UInt8], text: String) -> [UInt8] {
    var bytes = CanonicalBytes(purpose: "latchkey text")
    bytes.append(salt)
    bytes.append(text)
    return Digest.of(bytes.bytes).bytes
  }
}
