/// How events are chained (S4). The program's wiring passes BLAKE2b; `Storage` knows no cryptography.
public struct ChainHash: Sendable {
  /// 32 bytes over the hash of the event before (empty for the first) and an event's canonical bytes.
  public let hash: @Sendable (_ previous: [UInt8], _ canonical: [UInt8]) -> [UInt8]
  /// 32 bytes that commit to a text without telling it, as long as the 16 bytes of salt are unknown.
  public let commit: @Sendable (_ salt: [UInt8], _ text: String) -> [UInt8]

  public static let hashBytes = 32
  public static let saltBytes = 16

  public init(
    hash: @escaping @Sendable (_ previous: [UInt8], _ canonical: [UInt8]) -> [UInt8],
    commit: @escaping @Sendable (_ salt: [UInt8], _ text: String) -> [UInt8]
  ) {
    self.hash = hash
    self.commit = commit
  }
}
