/// How a procedure is called over HTTP.
package enum HTTPWire: String, CaseIterable, Sendable {
  case grpc
  case grpcWeb
  case grpcWebText
  case connectBinary
  case connectJSON

  package var isJSON: Bool { self == .connectJSON }

  package var isConnect: Bool { self == .connectBinary || self == .connectJSON }

  package func contentType(isStream: Bool) -> String {
    switch self {
    case .grpc: "application/grpc"
    case .grpcWeb: "application/grpc-web+proto"
    case .grpcWebText: "application/grpc-web-text"
    case .connectBinary: isStream ? "application/connect+proto" : "application/proto"
    case .connectJSON: isStream ? "application/connect+json" : "application/json"
    }
  }

  /// The fields of a request.
  package func fields(isStream: Bool) -> Fields {
    let type: Fields = [("content-type", contentType(isStream: isStream))]
    switch self {
    case .grpc: return type + [("te", "trailers")]
    case .grpcWeb, .grpcWebText: return type + [("x-grpc-web", "1")]
    case .connectBinary, .connectJSON: return type + [("connect-protocol-version", "1")]
    }
  }
}
