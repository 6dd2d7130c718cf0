import Synchronization

/// What passes beside a call's messages: on HTTP wires header and trailer fields and compression, on ttrpc nothing.
///
/// Headers leave with the first message, trailers with the end; what is added later is not sent. Thread-safe.
public final class ResponseMetadata: Sendable {
  /// All of it, as the wire reads it.
  package struct State: Sendable {
    package var headers: Metadata = []
    package var trailers: Metadata = []
    package var compression = Compression.automatic
    package var isRequestCompressed = false
  }

  /// Whether messages are compressed, where the caller takes that.
  public enum Compression: Sendable {
    /// Those that are large enough to gain by it.
    case automatic
    case always
    case never
  }

  private let contents = Mutex(State())

  /// For wires, and for tests that call handlers without one.
  public init() {}

  package var state: State { contents.withLock { $0 } }

  /// What was added by `addHeader`, in that order; names in small letters.
  public var headers: Metadata { contents.withLock(\.headers) }
  /// What was added by `addTrailer`, in that order; names in small letters.
  public var trailers: Metadata { contents.withLock(\.trailers) }
  /// Of the messages that are sent from now on.
  public var compression: Compression {
    get { contents.withLock(\.compression) }
    set { contents.withLock { $0.compression = newValue } }
  }

  /// The request message that the handler got last came compressed.
  package(set) public var isRequestCompressed: Bool {
    get { contents.withLock(\.isRequestCompressed) }
    set { contents.withLock { $0.isRequestCompressed = newValue } }
  }

  /// - Parameters:
  ///   - name: letters, digits, `-`, `_` and `.`; none that HTTP and the protocols use themselves. It goes out in small
  ///     letters: HTTP/2 has no others.
  ///   - value: printable ASCII without spaces at its ends; bytes in Base64 where the name ends in `-bin`.
  /// - Throws: `Failure` with the code internal when either is something else: it could end the field, and begin one
  ///   that nobody meant.
  public func addHeader(_ name: String, _ value: String) throws(Failure) {
    let name = try Self.checked(name, value)
    contents.withLock { $0.headers.append(key: name, value: value) }
  }

  /// As `addHeader`.
  public func addTrailer(_ name: String, _ value: String) throws(Failure) {
    let name = try Self.checked(name, value)
    contents.withLock { $0.trailers.append(key: name, value: value) }
  }

  /// The name as it goes out.
  private static func checked(_ name: String, _ value: String) throws(Failure) -> String {
    let name = name.lowercased()
    let isName =
      !name.isEmpty && name.utf8.allSatisfy(isNameByte) && !name.hasPrefix("grpc-")
      && !reserved.contains(name)
    let isValue =
      value.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == UInt8(ascii: "\t") }
      && !isSpace(value.utf8.first) && !isSpace(value.utf8.last)
    guard isName, isValue else { throw .malformedResponseField(name) }
    return name
  }

  /// What HTTP/2 does not carry, and what says how to read the answer.
  private static let reserved: Set<String> = [
    "connection", "content-encoding", "content-length", "content-type", "keep-alive", "proxy-connection",
    "te",
    "trailer", "transfer-encoding", "upgrade",
  ]

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isSpace(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}

extension Failure {
  fileprivate static func malformedResponseField(_ name: String) -> Failure {
    Failure(
      .internal, reason: .internalError,
      "The server wanted to answer with a field that HTTP cannot carry: '\(name.prefix(64))'.")
  }
}
