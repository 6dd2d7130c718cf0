/// Where random bytes come from. The program passes the operating system's, a test a seeded source.
public protocol Entropy: Sendable {
  /// `count` bytes that nobody can foretell.
  func bytes(_ count: Int) -> [UInt8]
}
