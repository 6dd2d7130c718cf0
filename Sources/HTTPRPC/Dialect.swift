import RPC

/// How a call is spoken over HTTP: which of the three protocols, in which of its forms, with messages in which codec.
/// The content type says it; for Connect's GET the query does.
struct Dialect: Hashable {
  enum Form: Int, Hashable, CaseIterable {
    /// Enveloped messages, and trailer fields.
    case grpc
    /// Enveloped messages, and trailers in the body's last envelope.
    case grpcWeb
    /// The same, all of it in Base64.
    case grpcWebText
    /// One message is the body, and the HTTP status tells how it went.
    case connectUnary
    /// The same, with the message in the query.
    case connectGet
    /// Enveloped messages, of which the last tells how it went.
    case connectStream
  }

  let form: Form
  let codec: Codec

  private static let types: [(name: StaticString, dialect: Dialect)] = [
    ("application/grpc", Dialect(.grpc, .binary)), ("application/grpc+proto", Dialect(.grpc, .binary)),
    ("application/grpc+json", Dialect(.grpc, .json)), ("application/proto", Dialect(.connectUnary, .binary)),
    ("application/json", Dialect(.connectUnary, .json)),
    ("application/connect+proto", Dialect(.connectStream, .binary)),
    ("application/connect+json", Dialect(.connectStream, .json)),
    ("application/grpc-web", Dialect(.grpcWeb, .binary)),
    ("application/grpc-web+proto", Dialect(.grpcWeb, .binary)),
    ("application/grpc-web+json", Dialect(.grpcWeb, .json)),
    ("application/grpc-web-text", Dialect(.grpcWebText, .binary)),
    ("application/grpc-web-text+proto", Dialect(.grpcWebText, .binary)),
    ("application/grpc-web-text+json", Dialect(.grpcWebText, .json)),
  ]

  /// Reads a content type; `nil` when it is none of ours. Parameters behind a `;` say nothing.
  init?(contentType: UnsafeRawBufferPointer) {
    if let dialect = Self.named(contentType) {
      self = dialect
      return
    }
    // Most write it as above; some otherwise.
    let text = String(decoding: contentType, as: UTF8.self)
    var type = text.prefix { $0 != ";" }.trimmingSpaces.lowercased()
    guard let dialect = type.withUTF8({ Self.named(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = dialect
  }

  private static func named(_ type: UnsafeRawBufferPointer) -> Dialect? {
    types.first { name, _ in type == name }?.dialect
  }

  init(_ form: Form, _ codec: Codec) {
    self.form = form
    self.codec = codec
  }

  /// What a caller may send, for one who sent something else: `Accept-Post`.
  static func accepted(for kind: Procedure.Kind) -> String {
    let connect =
      kind == .unary
      ? "application/json, application/proto" : "application/connect+json, application/connect+proto"
    return "application/grpc, application/grpc+json, application/grpc+proto, application/grpc-web, "
      + "application/grpc-web+json, application/grpc-web+proto, application/grpc-web-text, "
      + "application/grpc-web-text+proto, \(connect)"
  }

  /// Connect has one form for procedures of one request and one response, and another for all others.
  func suits(_ kind: Procedure.Kind) -> Bool {
    switch form {
    case .grpc, .grpcWeb, .grpcWebText: true
    case .connectUnary, .connectGet: kind == .unary
    case .connectStream: kind != .unary
    }
  }

  var isConnect: Bool {
    switch form {
    case .grpc, .grpcWeb, .grpcWebText: false
    case .connectUnary, .connectGet, .connectStream: true
    }
  }

  /// Each message stands in an envelope.
  var isEnveloped: Bool {
    switch form {
    case .grpc, .grpcWeb, .grpcWebText, .connectStream: true
    case .connectUnary, .connectGet: false
    }
  }

  /// The content type of an answer.
  var contentType: String {
    switch (form, codec) {
    case (.grpc, .binary): "application/grpc+proto"
    case (.grpc, .json): "application/grpc+json"
    case (.grpcWeb, .binary): "application/grpc-web+proto"
    case (.grpcWeb, .json): "application/grpc-web+json"
    case (.grpcWebText, .binary): "application/grpc-web-text+proto"
    case (.grpcWebText, .json): "application/grpc-web-text+json"
    case (.connectUnary, .binary), (.connectGet, .binary): "application/proto"
    case (.connectUnary, .json), (.connectGet, .json): "application/json"
    case (.connectStream, .binary): "application/connect+proto"
    case (.connectStream, .json): "application/connect+json"
    }
  }

  /// The request field that says how its messages are compressed.
  var encodingField: String {
    switch form {
    case .grpc, .grpcWeb, .grpcWebText: "grpc-encoding"
    case .connectUnary, .connectGet: "content-encoding"
    case .connectStream: "connect-content-encoding"
    }
  }

  /// The field with the encodings that a side takes.
  var acceptEncodingField: String {
    switch form {
    case .grpc, .grpcWeb, .grpcWebText: "grpc-accept-encoding"
    case .connectUnary, .connectGet: "accept-encoding"
    case .connectStream: "connect-accept-encoding"
    }
  }
}

extension Substring {
  var trimmingSpaces: Substring {
    let front = drop { $0 == " " || $0 == "\t" }
    return front.prefix(
      upTo: front.lastIndex { $0 != " " && $0 != "\t" }.map(front.index(after:)) ?? front.startIndex)
  }
}
