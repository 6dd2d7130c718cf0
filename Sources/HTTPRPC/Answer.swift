import RPC

/// How a call's answer is written in its dialect: pure, so that each protocol's page can be held against it.
struct Answer {
  let dialect: Dialect
  /// Whose failure reasons these are.
  let domain: String
  /// The caller takes messages in gzip.
  var takesGzip = false
  var headers: Metadata = []
  var trailers: Metadata = []

  // MARK: Head

  /// The fields of an answer that brings messages.
  ///
  /// - Parameter isGzip: its one message is compressed. In envelopes each says so for itself.
  func headFields(isGzip: Bool) -> [Field] {
    var fields = [Field("content-type", dialect.contentType)]
    switch dialect.form {
    case .grpc, .grpcWeb, .grpcWebText, .connectStream:
      if takesGzip { fields.append(Field(dialect.encodingField, Gzip.name)) }
      fields.append(Field(dialect.acceptEncodingField, Gzip.name))
      fields += headers.map(Field.init)
    case .connectUnary, .connectGet:
      if isGzip { fields.append(Field("content-encoding", Gzip.name)) }
      if dialect.form == .connectGet {
        // What a caller is told depends on who it is, and on when.
        if headers.first(named: "cache-control") == nil { fields.append(Field("cache-control", "no-store")) }
        fields.append(Self.varies)
      }
      fields.append(Field(dialect.acceptEncodingField, Gzip.name))
      fields += headers.map(Field.init) + trailers.map { Field("trailer-\($0.key)", $0.value) }
    }
    return fields
  }

  /// To those who take no gzip, a cache must not give what it was given for one who does.
  private static let varies = Field("vary", "accept-encoding")

  /// The handler has added none of its own to the head.
  var hasOnlyUsualFields: Bool { headers.isEmpty && (dialect.isEnveloped || trailers.isEmpty) }

  // MARK: Messages

  /// A message as it stands in the body, in two pieces: what stands before it, and itself; and whether it is
  /// compressed.
  func pieces(
    _ message: [UInt8], compression: ResponseMetadata.Compression
  ) -> (prefix: Envelope.Prefix?, bytes: [UInt8], isGzip: Bool) {
    let isGzip =
      switch compression {
      case .automatic: takesGzip && message.count >= Gzip.smallestWorthwhile
      case .always: takesGzip
      case .never: false
      }
    let payload = isGzip ? Gzip.compressed(message) : message
    let flags: Envelope.Flags = isGzip ? .compressed : []
    switch dialect.form {
    case .grpc, .grpcWeb, .connectStream:
      return (Envelope.Prefix(flags: flags, count: payload.count), payload, isGzip)
    case .grpcWebText: return (nil, enveloped(payload, flags), isGzip)
    case .connectUnary, .connectGet: return (nil, payload, isGzip)
    }
  }

  /// A message of a stream may stand in the body other than as it is, after its prefix.
  var mayChangeMessages: Bool { takesGzip || dialect.form == .grpcWebText }

  /// The same in one piece.
  func framed(_ message: [UInt8], compression: ResponseMetadata.Compression) -> (bytes: [UInt8], isGzip: Bool)
  {
    let (prefix, bytes, isGzip) = pieces(message, compression: compression)
    return (prefix.map { $0.followed(by: bytes) } ?? bytes, isGzip)
  }

  private func enveloped(_ payload: [UInt8], _ flags: Envelope.Flags) -> [UInt8] {
    let bytes = Envelope.Prefix(flags: flags, count: payload.count).followed(by: payload)
    // Each piece is padded by itself: those who read it decode four characters at a time.
    return dialect.form == .grpcWebText ? Base64.padded(bytes) : bytes
  }

  // MARK: End

  /// What ends the body of an answer.
  func body(atEnd failure: Failure?) -> [UInt8] {
    switch dialect.form {
    case .grpcWeb, .grpcWebText:
      enveloped(Array(status(failure).map { "\($0.name): \($0.value)\r\n" }.joined().utf8), .webTrailers)
    case .connectStream:
      enveloped(ConnectBody.end(failure, trailers: trailers, domain: domain), .connectEnd)
    case .grpc, .connectUnary, .connectGet: []
    }
  }

  /// No trailer fields follow the body.
  var trailersAreInBody: Bool { dialect.form != .grpc }

  /// All of an answer that is a failure and nothing else.
  func failed(_ failure: Failure) -> (status: Int, fields: [Field], body: [UInt8]) {
    switch dialect.form {
    case .grpc: (200, failedHead + status(failure), [])
    case .grpcWeb, .grpcWebText, .connectStream: (200, failedHead, body(atEnd: failure))
    case .connectUnary, .connectGet:
      (
        failure.code.httpStatus,
        [Field("content-type", "application/json")] + (dialect.form == .connectGet ? [Self.varies] : [])
          + headers.map(Field.init)
          + trailers.map { Field("trailer-\($0.key)", $0.value) },
        ConnectBody.error(failure, domain: domain)
      )
    }
  }

  /// A gRPC answer without messages may be its head alone; but a client takes all of that for trailers, so that a
  /// handler's headers need a head of their own.
  var failsInHead: Bool { dialect.form != .grpc || headers.isEmpty }

  /// Whose encoding is not known here learns which are.
  private var failedHead: [Field] {
    [Field("content-type", dialect.contentType), Field(dialect.acceptEncodingField, Gzip.name)]
      + headers.map(Field.init)
  }

  /// gRPC's trailers.
  func status(_ failure: Failure?) -> [Field] {
    var fields = [Field("grpc-status", failure.map { String($0.code.rawValue) } ?? "0")]
    if let failure {
      fields.append(Field("grpc-message", PercentEncoding.encoded(failure.message)))
      if failure.hasDetails(domain: domain) {
        fields.append(Field("grpc-status-details-bin", Base64.encoded(failure.encodedStatus(domain: domain))))
      }
    }
    return fields + trailers.map(Field.init)
  }
}

extension Field {
  fileprivate init(_ pair: Metadata.Element) { self.init(pair.key, pair.value) }
}
