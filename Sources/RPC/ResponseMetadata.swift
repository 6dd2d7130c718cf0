import Synchronization

/// What a handler sends beside its messages: on HTTP wires header and trailer fields, on ttrpc nothing.
///
/// Headers leave with the first message, trailers with the end; what is added later is not sent. Names are lower
/// case; values of names that end in `-bin` are bytes in Base64, all others printable ASCII.
public final class ResponseMetadata: Sendable {
  private struct State {
    var headers: Metadata = []
    var trailers: Metadata = []
    var compression = Compression.automatic
  }

  /// Whether messages are compressed, where the caller takes that.
  public enum Compression: Sendable {
    /// Those that are large enough to gain by it.
    case automatic
    case always
    case never
  }

  private let state = Mutex(State())

  public init() {}

  public var headers: Metadata { state.withLock(\.headers) }
  public var trailers: Metadata { state.withLock(\.trailers) }
  public var compression: Compression {
    get { state.withLock(\.compression) }
    set { state.withLock { $0.compression = newValue } }
  }

  public func addHeader(_ name: String, _ value: String) {
    state.withLock { $0.headers.pairs.append(.init(key: name, value: value)) }
  }

  public func addTrailer(_ name: String, _ value: String) {
    state.withLock { $0.trailers.pairs.append(.init(key: name, value: value)) }
  }
}
