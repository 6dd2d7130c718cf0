public import RPC

/// What the head of a request asks of a procedure, and in which dialect.
struct Intent {
  var dialect: Dialect
  var timeout: Duration?
  /// The messages of the request are compressed (those of an enveloped request, where their flag says so).
  var isGzip = false
  /// The caller takes messages in gzip.
  var takesGzip = false
  /// The message, where it came in the query.
  var message: [UInt8]?

  /// Reads the head of a request for a procedure.
  ///
  /// - Throws: `PlainAnswer` when no dialect can be told, so that there is none to answer in.
  static func of(_ head: RequestHead, for procedure: Procedure) throws(PlainAnswer) -> Intent {
    switch head.method {
    case .post:
      guard let dialect = head.dialect, dialect.suits(procedure.kind) else {
        throw .unsupportedMediaType(procedure.kind)
      }
      return Intent(dialect: dialect)
    case .get where procedure.isSideEffectFree && procedure.kind == .unary:
      let query = Query(head.query)
      switch query["encoding"] {
      case "proto": return Intent(dialect: Dialect(.connectGet, .binary))
      case "json": return Intent(dialect: Dialect(.connectGet, .json))
      default: throw .unsupportedMediaType(procedure.kind)
      }
    case .get, .head, .options, .other:
      throw .methodNotAllowed(procedure)
    }
  }

  /// Reads what else the head says. What is wrong with it is told in the dialect.
  mutating func read(_ head: RequestHead) throws(Failure) {
    try readEncodings(head)
    switch dialect.form {
    case .grpc, .grpcWeb, .grpcWebText:
      timeout = try head.fields.first(named: "grpc-timeout").map { text throws(Failure) in
        try Timeouts.grpc(text)
      }
    case .connectUnary, .connectStream:
      if let version = head.fields.first(named: "connect-protocol-version"), version != "1" {
        throw .malformedField("connect-protocol-version", version, "1")
      }
      try readConnectTimeout(head)
    case .connectGet:
      try readConnectTimeout(head)
      try readQuery(Query(head.query))
    }
  }

  private mutating func readConnectTimeout(_ head: RequestHead) throws(Failure) {
    timeout = try head.fields.first(named: "connect-timeout-ms").map { text throws(Failure) in
      try Timeouts.connect(text)
    }
  }

  private mutating func readEncodings(_ head: RequestHead) throws(Failure) {
    takesGzip = head.fields.hasValue(named: dialect.acceptEncodingField) { Self.acceptsGzip($0) }
    guard dialect.form != .connectGet else { return }
    isGzip = try Self.isGzip(head.fields.first(named: dialect.encodingField))
  }

  private mutating func readQuery(_ query: Query) throws(Failure) {
    if let version = query["connect"], version != "v1" {
      throw .malformedField("connect", version, "v1")
    }
    isGzip = try Self.isGzip(query["compression"])
    guard let text = query.raw("message") else { throw .malformedQuery("has no message") }
    guard let bytes = PercentEncoding.decodedQuery(text) else {
      throw .malformedQuery("ends within a % sign")
    }
    guard query["base64"] == "1" else {
      message = bytes
      return
    }
    guard let decoded = Base64.decoded(String(decoding: bytes, as: UTF8.self)) else {
      throw .malformedQuery("has a message that is no Base64")
    }
    message = decoded
  }

  private static func isGzip(_ encoding: String?) throws(Failure) -> Bool {
    switch encoding {
    case nil, "", "identity": return false
    case Gzip.name: return true
    case let other?:
      throw Failure(
        .unimplemented, reason: .unknownEncoding,
        "The encoding '\(other.prefix(64))' is not known here; send gzip, or plain bytes.")
    }
  }

  private static func acceptsGzip(_ list: UnsafeRawBufferPointer) -> Bool {
    // What most write needs no taking apart.
    list == "gzip" || accepts(Gzip.name, String(decoding: list, as: UTF8.self))
  }

  /// Whether a list of encodings names one, and does not give it the weight 0.
  static func accepts(_ encoding: String, _ list: String) -> Bool {
    list.split(separator: ",").contains { entry in
      let parts = entry.split(separator: ";").map(\.trimmingSpaces)
      guard parts.first?.lowercased() == encoding else { return false }
      return !parts.dropFirst().contains { weight in
        weight.hasPrefix("q=") && weight.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
      }
    }
  }
}

extension RequestHead {
  /// What the content type says; `nil` when it says nothing that is known here.
  var dialect: Dialect? { fields.value(named: "content-type", Dialect.init(contentType:)) ?? nil }
}

/// The parameters of a query, the first of each name.
struct Query {
  private let parameters: [(name: Substring, value: Substring)]

  init(_ text: Substring) {
    parameters = text.split(separator: "&").map { parameter in
      let name = parameter.prefix { $0 != "=" }
      return (name, parameter[name.endIndex...].dropFirst())
    }
  }

  func raw(_ name: String) -> Substring? { parameters.first { $0.name == name }?.value }

  subscript(_ name: String) -> String? {
    raw(name).flatMap(PercentEncoding.decodedQuery).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// An answer of HTTP itself: to a request that is in no dialect, or that is no call.
struct PlainAnswer: Error, Hashable {
  var status: Int
  var fields: [Field]
  var body: [UInt8] = []

  static func unsupportedMediaType(_ kind: Procedure.Kind) -> PlainAnswer {
    PlainAnswer(status: 415, fields: [Field("accept-post", Dialect.accepted(for: kind))])
  }

  static func methodNotAllowed(_ procedure: Procedure) -> PlainAnswer {
    PlainAnswer(status: 405, fields: [Field("allow", procedure.isSideEffectFree ? "GET, POST" : "POST")])
  }
}

extension Failure {
  static func malformedQuery(_ what: String) -> Failure {
    Failure(
      .invalidArgument, reason: .malformedRequest,
      "The query \(what); it needs message, encoding=json or encoding=proto, and base64=1 for a message in Base64."
    )
  }
}

extension Failure.Reason {
  /// A message is compressed in a way that is not known here.
  public static let unknownEncoding: Self = "UNKNOWN_ENCODING"
}
