import RPC
import SwiftProtobuf
import Testing

@testable import HTTPRPC

/// How answers are written, protocol by protocol.
@Suite struct AnswerTests {
  private static let failure = Failure(
    .notFound, reason: "NO_SUCH_KEY", "100 % gone\n",
    violations: [.init(field: "key", description: "unknown")])

  private func answer(_ form: Dialect.Form, _ codec: Codec = .binary, takesGzip: Bool = false) -> Answer {
    Answer(
      dialect: Dialect(form, codec), domain: "test", takesGzip: takesGzip,
      headers: Metadata([.init(key: "x-a", value: "1")]), trailers: Metadata([.init(key: "x-b", value: "2")]))
  }

  private func object(_ json: [UInt8]) throws -> [String: Google_Protobuf_Value] {
    try Google_Protobuf_Struct(jsonUTF8Bytes: json).fields
  }

  @Test func `gRPC ends with trailer fields`() {
    let answer = answer(.grpc)
    #expect(answer.headFields(isGzip: false).first == Field("content-type", "application/grpc+proto"))
    #expect(answer.headFields(isGzip: false).contains(Field("x-a", "1")))
    let (bytes, isGzip) = answer.framed([7, 8], compression: .automatic)
    #expect(bytes == [0, 0, 0, 0, 2, 7, 8] && !isGzip)
    #expect(answer.body(atEnd: nil).isEmpty && !answer.trailersAreInBody)
    #expect(answer.status(nil) == [Field("grpc-status", "0"), Field("x-b", "2")])
    let failed = answer.status(Self.failure)
    #expect(failed[0] == Field("grpc-status", "5"))
    #expect(failed[1] == Field("grpc-message", "100 %25 gone%0A"))
    #expect(failed[2].name == "grpc-status-details-bin")
    let status = Base64.decoded(failed[2].value).flatMap { Failure(encodedStatus: $0) }
    #expect(status == Self.failure)
    #expect(failed[3] == Field("x-b", "2"))
  }

  @Test func `gRPC that fails at once has its trailers in the head, with the status 200`() {
    let failed = answer(.grpc).failed(Self.failure)
    #expect(failed.status == 200 && failed.body.isEmpty)
    #expect(failed.fields.contains(Field("grpc-status", "5")))
    #expect(failed.fields.contains(Field("x-a", "1")) && failed.fields.contains(Field("x-b", "2")))
  }

  @Test func `gRPC fails in its head alone only where a handler sent no headers`() {
    #expect(!answer(.grpc).failsInHead)
    var bare = answer(.grpc)
    bare.headers = []
    #expect(bare.failsInHead)
    #expect(answer(.grpcWeb).failsInHead && answer(.connectStream).failsInHead)
  }

  @Test(arguments: [Dialect.Form.grpc, .grpcWeb, .connectStream])
  func `whose encoding is not known learns which are`(form: Dialect.Form) {
    let failed = answer(form).failed(Self.failure).fields
    #expect(failed.contains(Field(Dialect(form, .binary).acceptEncodingField, "gzip")))
  }

  @Test func `without a domain there are no reasons`() {
    var bare = Answer(dialect: Dialect(.grpc, .binary), domain: "")
    #expect(
      !bare.failed(Failure(.notFound, reason: "GONE", "gone")).fields.contains { $0.name.hasSuffix("-bin") })
    bare = Answer(dialect: Dialect(.grpc, .binary), domain: "test")
    #expect(
      bare.failed(Failure(.notFound, reason: "GONE", "gone")).fields.contains { $0.name.hasSuffix("-bin") })
  }

  @Test func `gRPC-Web has its trailers in the body's last envelope`() {
    let end = answer(.grpcWeb).body(atEnd: nil)
    let text = "grpc-status: 0\r\nx-b: 2\r\n"
    #expect(answer(.grpcWeb).trailersAreInBody)
    #expect(end == [0x80, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8))
    let failed = answer(.grpcWeb).failed(Self.failure)
    #expect(failed.status == 200)
    #expect(String(decoding: failed.body.dropFirst(5), as: UTF8.self).hasPrefix("grpc-status: 5\r\n"))
  }

  @Test func `gRPC-Web as text is Base64, each envelope by itself`() {
    let answer = answer(.grpcWebText)
    #expect(answer.framed([7], compression: .automatic).bytes == Base64.padded([0, 0, 0, 0, 1, 7]))
    #expect(String(decoding: answer.body(atEnd: nil), as: UTF8.self).hasPrefix("gAAAA"))
  }

  @Test func `Connect's unary answer has its trailers among its head fields`() {
    let answer = answer(.connectUnary, .json)
    let fields = answer.headFields(isGzip: false)
    #expect(fields[0] == Field("content-type", "application/json"))
    #expect(fields.contains(Field("x-a", "1")) && fields.contains(Field("trailer-x-b", "2")))
    #expect(answer.framed([7], compression: .automatic).bytes == [7])
    #expect(answer.body(atEnd: nil).isEmpty && answer.trailersAreInBody)
  }

  @Test func `Connect's unary failure is JSON under its HTTP status`() throws {
    let failed = answer(.connectUnary).failed(Self.failure)
    #expect(failed.status == 404)
    #expect(failed.fields[0] == Field("content-type", "application/json"))
    #expect(failed.fields.contains(Field("trailer-x-b", "2")))
    let error = try object(failed.body)
    #expect(error["code"]?.stringValue == "not_found")
    #expect(error["message"]?.stringValue == "100 % gone\n")
    let details = try #require(error["details"]?.listValue.values)
    #expect(
      details.map { $0.structValue.fields["type"]?.stringValue } == [
        "google.rpc.ErrorInfo", "google.rpc.BadRequest",
      ])
    let info = try #require(details[0].structValue.fields["value"]?.stringValue)
    #expect(!info.contains("="))
    #expect(Base64.decoded(info) != nil)
  }

  @Test func `Connect's stream ends with a message about its end`() throws {
    let answer = answer(.connectStream, .json)
    let end = answer.body(atEnd: nil)
    #expect(end[0] == 2)
    let ended = try object(Array(end.dropFirst(5)))
    #expect(ended["error"] == nil)
    #expect(ended["metadata"]?.structValue.fields["x-b"]?.listValue.values.map(\.stringValue) == ["2"])
    let failed = answer.failed(Self.failure)
    #expect(failed.status == 200)
    #expect(failed.fields[0] == Field("content-type", "application/connect+json"))
    let error = try object(Array(failed.body.dropFirst(5)))["error"]?.structValue.fields
    #expect(error?["code"]?.stringValue == "not_found")
    var plain = answer
    plain.trailers = []
    #expect(plain.body(atEnd: nil) == [2, 0, 0, 0, 2] + Array("{}".utf8))
  }

  @Test func `messages are compressed for those who take it, where it is worth it`() {
    let long = [UInt8](repeating: 1, count: Gzip.smallestWorthwhile)
    let short = [UInt8](repeating: 1, count: Gzip.smallestWorthwhile - 1)
    for form in [Dialect.Form.grpc, .grpcWeb, .connectStream, .connectUnary] {
      let takes = answer(form, takesGzip: true)
      #expect(takes.framed(long, compression: .automatic).isGzip)
      #expect(!takes.framed(short, compression: .automatic).isGzip)
      #expect(takes.framed(short, compression: .always).isGzip)
      #expect(!takes.framed(long, compression: .never).isGzip)
      #expect(!answer(form).framed(long, compression: .always).isGzip)
    }
    #expect(answer(.grpc, takesGzip: true).framed(long, compression: .automatic).bytes[0] == 1)
    #expect(
      answer(.grpc, takesGzip: true).headFields(isGzip: false).contains(Field("grpc-encoding", "gzip")))
    #expect(
      answer(.connectUnary, takesGzip: true).headFields(isGzip: true).contains(
        Field("content-encoding", "gzip")))
    #expect(
      !answer(.connectUnary, takesGzip: true).headFields(isGzip: false).contains(
        Field("content-encoding", "gzip")))
  }

  @Test(arguments: Dialect.Form.allCases, [Codec.binary, .json])
  func `a head that is made once is the same as one made for its answer`(form: Dialect.Form, codec: Codec) {
    for (takesGzip, isGzip) in [(false, false), (true, false), (true, true)] {
      let bare = Answer(dialect: Dialect(form, codec), domain: "test", takesGzip: takesGzip)
      #expect(bare.hasOnlyUsualFields)
      let made = PreparedFields.head(bare, isGzip: isGzip).headers.map { Field($0.name, $0.value) }
      #expect(made == bare.headFields(isGzip: isGzip))
    }
  }

  @Test func `a failure without reasons has no details`() throws {
    let bare = Failure(.unknown, "")
    #expect(try object(answer(.connectUnary).failed(bare).body).keys.sorted() == ["code"])
    #expect(!answer(.grpc).failed(bare).fields.contains { $0.name == "grpc-status-details-bin" })
  }
}
