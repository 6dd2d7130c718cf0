public import RPC
import Transport

/// The messages in the body of a request, as it comes in pieces.
struct IncomingMessages {
  private let dialect: Dialect
  private let isGzip: Bool
  private var envelopes = EnvelopeReader()
  private var base64 = Base64Reader()
  /// The message of a request without envelopes: its body, or what came in its query.
  private var body: [UInt8]
  private(set) var isComplete = false

  init(_ intent: Intent) {
    self.dialect = intent.dialect
    self.isGzip = intent.isGzip
    self.body = intent.message ?? []
  }

  /// Bytes of a message that is not complete.
  var waitingBytes: Int { envelopes.waitingBytes + body.count }

  /// Hands on each message that is complete with this piece of the body.
  ///
  /// - Parameter limit: bytes of one message, as it came.
  mutating func read(
    _ piece: UnsafeRawBufferPointer, limit: Int, _ take: (IncomingMessage) throws(Failure) -> Void
  ) throws(Failure) {
    switch dialect.form {
    case .grpc, .grpcWeb, .connectStream:
      try readEnvelopes(piece, limit, take)
    case .grpcWebText:
      let bytes = try base64.read(piece)
      try bytes.span.bytes.withUnsafeBytes { bytes throws(Failure) in try readEnvelopes(bytes, limit, take) }
    case .connectUnary:
      guard body.count + piece.count <= limit else { throw .requestTooLarge(limit) }
      body.append(contentsOf: piece)
    case .connectGet:
      // The message came in the query.
      break
    }
  }

  /// The message of a body that is one envelope, or one without any, not compressed, where it lies; `nil` for all
  /// others, which are to be read as usual.
  ///
  /// - Parameter body: all of it.
  mutating func only(
    in body: UnsafeRawBufferPointer, limit: Int
  ) throws(Failure) -> UnsafeRawBufferPointer? {
    if dialect.form == .connectUnary, !isGzip {
      guard body.count <= limit else { throw .requestTooLarge(limit) }
      isComplete = true
      return body
    }
    guard dialect.isEnveloped, dialect.form != .grpcWebText,
      let (flags, payload) = Envelope.read(body, at: 0), flags == [], payload.upperBound == body.count
    else { return nil }
    guard payload.count <= limit else { throw .requestTooLarge(limit) }
    isComplete = true
    return UnsafeRawBufferPointer(rebasing: body[payload])
  }

  private mutating func readEnvelopes(
    _ piece: UnsafeRawBufferPointer, _ limit: Int, _ take: (IncomingMessage) throws(Failure) -> Void
  ) throws(Failure) {
    let (dialect, isGzip) = (dialect, isGzip)
    try envelopes.read(piece, limit: limit) { flags, message throws(Failure) in
      switch flags {
      case []: try take(IncomingMessage(bytes: Array(message), isGzip: false))
      case .compressed:
        guard isGzip else { throw .compressedWithoutEncoding(dialect) }
        try take(IncomingMessage(bytes: Array(message), isGzip: true))
      default: throw .unknownFlags(flags)
      }
    }
  }

  /// The body is complete. Gives the message of a request without envelopes.
  mutating func end() throws(Failure) -> IncomingMessage? {
    isComplete = true
    switch dialect.form {
    case .grpc, .grpcWeb, .grpcWebText, .connectStream:
      guard !envelopes.isInside, !base64.isInside else { throw .incompleteRequest }
      return nil
    case .connectUnary, .connectGet:
      defer { body = [] }
      return IncomingMessage(bytes: body, isGzip: isGzip)
    }
  }
}

/// A message as it came: what it stands for is found out when it is wanted.
struct IncomingMessage: Sendable {
  let bytes: [UInt8]
  let isGzip: Bool

  /// - Parameter limit: bytes that it may stand for.
  func decompressed(limit: Int) throws(Failure) -> [UInt8] {
    guard isGzip else { return bytes }
    return try bytes.span.bytes.withUnsafeBytes { bytes throws(Failure) in
      try Gzip.decompressed(bytes, limit: limit)
    }
  }
}

extension Failure.Reason {
  /// A request took longer to come than `Limits.frameTime`.
  public static let requestTooSlow: Self = "REQUEST_TOO_SLOW"
}

extension Failure {
  static let requestTooSlow = Failure(
    .deadlineExceeded, reason: .requestTooSlow,
    "The request did not come in time; send it faster, or less of it.")

  static let incompleteRequest = Failure(
    .invalidArgument, reason: .malformedRequest, "The request ends within a message.")

  static func compressedWithoutEncoding(_ dialect: Dialect) -> Failure {
    Failure(
      .internal, reason: .malformedRequest,
      "A message is flagged as compressed, and the field \(dialect.encodingField) does not say how.")
  }

  static func unknownFlags(_ flags: Envelope.Flags) -> Failure {
    Failure(
      .internal, reason: .malformedRequest,
      "A message has the flags 0x\(String(flags.rawValue, radix: 16)), which mean nothing in a request.")
  }
}
