/// The bounds of a wire. Over a bound a peer gets a clear failure or is closed; nothing grows.
public struct Limits: Sendable {
  /// The largest envelope or data frame, in bytes, either way. Headers are not counted.
  public var messageBytes = 4 << 20
  /// HTTP: the largest response message, in bytes; `nil`: as `messageBytes`.
  public var responseBytes: Int?
  /// The largest envelope or data frame, in bytes, of a peer who is not known yet: see `Connection.isKnown`.
  /// Where that is more than `messageBytes`, the smaller one holds.
  public var strangerMessageBytes = 64 << 10
  /// Metadata pairs of one request.
  public var metadataPairs = 64

  /// Server-streaming calls open on one connection.
  public var streamsPerConnection = 64
  /// Unary calls in flight on one connection. Synchronous ones never count: they end before the next begins.
  public var callsPerConnection = 256
  /// Connections of one server in all. Fewer where the process may not have so many descriptors open: all its
  /// servers share what there are.
  public var connections = 10_000
  /// Connections from one IPv4 address, or from one IPv6 network of 64 bits: whoever has one of its addresses
  /// has them all. Peers on this machine are not counted, by loopback or by Unix-domain socket: a proxy here
  /// stands for many.
  public var connectionsPerAddress = 256
  /// File descriptors that `connections` leave for all else: databases, listeners, standard streams.
  public var reservedDescriptors = 64

  /// Bytes written that the peer has not taken yet. Beyond, the server reads nothing more from that peer, and
  /// its streams wait, until half of it is taken. Answers of calls already in flight may exceed it; and on HTTP/2 each
  /// stream that is open may have `streamQueuedBytes` of its own, and a message, wait.
  public var queuedBytes = 1 << 20
  /// Bytes that a stream's handler may be ahead of its connection before `send` suspends; and that a client
  /// holds for a stream's slow consumer before it would rather stop reading.
  public var streamQueuedBytes = 64 << 10
  /// Bytes that a client holds for a stream's slow consumer while others on the connection wait for answers,
  /// so that it cannot stop reading. Beyond, the stream fails.
  public var streamHeldBytes = 8 << 20

  /// HTTP: bytes of a request's header fields, each counted with 32 bytes more than it has.
  public var headerBytes = 16 << 10
  /// HTTP/2: bytes of one request's body that may wait for its handler, and of all those of a connection.
  public var streamWindowBytes = 256 << 10
  public var connectionWindowBytes = 1 << 20
  /// HTTP: bytes of requests that are not complete yet, of all calls of a connection. Beyond, the call that brings
  /// more fails. Where that is less than `messageBytes`, the larger one holds.
  public var unfinishedBytesPerConnection = 16 << 20
  /// HTTP/2: streams that a peer may reset at once, and then a second; and that it may bring the server to reset.
  /// Beyond, its connection ends.
  public var resetsAtOnce = 1000
  public var resetsPerSecond = 100
  /// HTTP/2: answers to SETTINGS and PING that a peer lets wait. Beyond, its connection ends.
  public var waitingAcknowledgements = 100

  /// HTTP/2: PINGs that a client may send at once, and then a minute, when it is sent nothing else. Beyond, its
  /// connection ends.
  public var pingsAtOnce = 60
  public var pingsPerMinute = 60
  /// HTTP: how long a connection may live before its client is asked to connect anew; `nil`: for ever.
  public var connectionAge: Duration?

  /// From accepting a connection to the end of its TLS handshake.
  public var handshakeTime: Duration = .seconds(10)
  /// From the connection (with TLS, from the end of the handshake) to the first byte of a request.
  public var firstByteTime: Duration = .seconds(10)
  /// From a frame's first byte to its last, while we read.
  public var frameTime: Duration = .seconds(30)
  /// How long a connection may be without calls and streams.
  public var idleTime: Duration = .seconds(300)
  /// How long bytes may be queued of which the peer takes none.
  public var stallTime: Duration = .seconds(60)
  /// TCP keep-alive: after this long without a packet the kernel asks whether the peer is there. Whole
  /// seconds.
  public var keepAliveIdle: Duration = .seconds(30)
  /// Between questions without an answer. Whole seconds.
  public var keepAliveInterval: Duration = .seconds(10)
  /// Questions without an answer before the connection counts as lost.
  public var keepAliveProbes = 3
  /// How long the server waits, after its last byte, for the peer to close its side; and either side for the
  /// other's good-bye when it closes a TLS connection.
  public var lingerTime: Duration = .seconds(1)
  /// Bytes thrown away while lingering; then the server stops reading.
  public var lingerBytes = 64 << 10
  /// How long a client waits for a connection, its TLS handshake included.
  public var connectTime: Duration = .seconds(10)

  public init() {}

  package var largestResponse: Int { responseBytes ?? messageBytes }

  /// How many connections all servers together fit into a process that may have so many descriptors open; one
  /// fits always.
  package func connectionsFitting(descriptors: Int) -> Int { max(descriptors - reservedDescriptors, 1) }
}
