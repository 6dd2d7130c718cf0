import RPC
import Testing

@testable import HTTPRPC

/// Which content type means what: the tables of gRPC's PROTOCOL-HTTP2, gRPC-Web's PROTOCOL-WEB and Connect's protocol
/// reference.
@Suite struct DialectTests {
  private func dialect(_ type: String) -> Dialect? {
    Array(type.utf8).withUnsafeBytes { Dialect(contentType: $0) }
  }

  @Test(arguments: [
    ("application/grpc", Dialect(.grpc, .binary)),
    ("application/grpc+proto", Dialect(.grpc, .binary)),
    ("application/grpc+json", Dialect(.grpc, .json)),
    ("application/grpc-web", Dialect(.grpcWeb, .binary)),
    ("application/grpc-web+proto", Dialect(.grpcWeb, .binary)),
    ("application/grpc-web+json", Dialect(.grpcWeb, .json)),
    ("application/grpc-web-text", Dialect(.grpcWebText, .binary)),
    ("application/grpc-web-text+proto", Dialect(.grpcWebText, .binary)),
    ("application/proto", Dialect(.connectUnary, .binary)),
    ("application/json", Dialect(.connectUnary, .json)),
    ("application/json; charset=utf-8", Dialect(.connectUnary, .json)),
    ("Application/JSON ;charset=utf-8", Dialect(.connectUnary, .json)),
    ("application/connect+proto", Dialect(.connectStream, .binary)),
    ("application/connect+json", Dialect(.connectStream, .json)),
  ])
  func `a content type says which protocol is spoken`(type: String, dialect: Dialect) {
    #expect(self.dialect(type) == dialect)
  }

  @Test(arguments: [
    "", "text/plain", "application/grpcx", "application/grpc+thrift", "application/connect",
    "application/xml",
    "application/protobuf", "application/connect+", "json",
  ])
  func `any other content type is none of ours`(type: String) {
    #expect(dialect(type) == nil)
  }

  @Test func `Connect has one form for one request and one response, and another for streams`() {
    for kind in [Procedure.Kind.unary, .serverStreaming, .clientStreaming, .bidirectional] {
      #expect(Dialect(.connectUnary, .json).suits(kind) == (kind == .unary))
      #expect(Dialect(.connectStream, .json).suits(kind) == (kind != .unary))
      #expect(Dialect(.grpc, .binary).suits(kind))
      #expect(Dialect(.grpcWeb, .binary).suits(kind))
    }
  }

  @Test func `an answer has the content type of its request`() {
    for type in [
      "application/grpc+proto", "application/grpc+json", "application/grpc-web+proto",
      "application/grpc-web-text+proto", "application/proto", "application/json", "application/connect+proto",
      "application/connect+json",
    ] {
      #expect(dialect(type)?.contentType == type)
    }
  }
}
