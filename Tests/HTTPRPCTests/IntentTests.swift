import Testing

@testable import HTTPRPC
@testable import RPC

/// What the head of a request asks for: header rules of gRPC, gRPC-Web and Connect, and Connect's GET.
@Suite struct IntentTests {
  private struct Anyone: AccessRule {
    let description = "anyone"
    func check(_: CallContext) throws(Failure) {}
  }

  private func procedure(_ kind: Procedure.Kind = .unary, isSideEffectFree: Bool = false) -> Procedure {
    Procedure(
      name: ProcedureName("a.v1.S/M"), kind: kind, isSideEffectFree: isSideEffectFree, access: Anyone(),
      requestType: "a.v1.Q", responseType: "a.v1.A")
  }

  private func head(
    _ method: RequestHead.Method = .post, _ type: String? = nil, _ fields: [(String, String)] = [],
    query: String = ""
  ) -> RequestHead {
    let names: [RequestHead.Method: String] = [
      .post: "POST", .get: "GET", .head: "HEAD", .options: "OPTIONS",
    ]
    return RequestHead(
      names[method] ?? "PUT", "/a.v1.S/M" + query,
      ((type.map { [("content-type", $0)] } ?? []) + fields).map { (name: $0, value: $1) })
  }

  private func refusal(_ head: RequestHead, _ procedure: Procedure) -> PlainAnswer? {
    do {
      _ = try Intent.of(head, for: procedure)
      return nil
    } catch {
      return error
    }
  }

  private func intent(_ head: RequestHead, _ procedure: Procedure? = nil) throws -> Intent {
    var intent = try Intent.of(head, for: procedure ?? self.procedure())
    try intent.read(head)
    return intent
  }

  private func code(_ head: RequestHead, _ procedure: Procedure? = nil) -> Failure.Code? {
    do {
      _ = try intent(head, procedure)
      return nil
    } catch {
      return (error as? Failure)?.code
    }
  }

  @Test func `a content type that is none of ours is 415, with those that are`() {
    let refused = refusal(head(.post, "text/plain"), procedure())
    #expect(refused?.status == 415)
    #expect(refused?.fields.first?.name == "accept-post")
    #expect(refused?.fields.first?.value.contains("application/json") == true)
    #expect(refusal(head(.post), procedure())?.status == 415)
    #expect(refusal(head(.post, "application/json"), procedure(.serverStreaming))?.status == 415)
    #expect(refusal(head(.post, "application/connect+json"), procedure())?.status == 415)
  }

  @Test func `other methods are 405, with those that are allowed`() {
    for method in [RequestHead.Method.get, .head, .options, .other] {
      let refused = refusal(head(method, "application/json"), procedure())
      #expect(refused?.status == 405)
      #expect(refused?.fields == [Field("allow", "POST")])
    }
    #expect(
      refusal(head(.other), procedure(isSideEffectFree: true))?.fields == [Field("allow", "GET, POST")])
  }

  @Test func `each protocol has its own field for the timeout`() throws {
    #expect(try intent(head(.post, "application/grpc", [("grpc-timeout", "3S")])).timeout == .seconds(3))
    #expect(try intent(head(.post, "application/grpc-web", [("grpc-timeout", "3S")])).timeout == .seconds(3))
    #expect(
      try intent(head(.post, "application/json", [("connect-timeout-ms", "30")])).timeout == .milliseconds(30)
    )
    #expect(try intent(head(.post, "application/json", [("grpc-timeout", "3S")])).timeout == nil)
    #expect(code(head(.post, "application/grpc", [("grpc-timeout", "soon")])) == .invalidArgument)
    #expect(code(head(.post, "application/json", [("connect-timeout-ms", "soon")])) == .invalidArgument)
  }

  @Test func `Connect's version is 1, where it is given`() {
    #expect(code(head(.post, "application/json", [("connect-protocol-version", "1")])) == nil)
    #expect(code(head(.post, "application/json", [("connect-protocol-version", "2")])) == .invalidArgument)
    #expect(code(head(.post, "application/grpc", [("connect-protocol-version", "2")])) == nil)
  }

  @Test(arguments: [
    ("application/grpc", "grpc-encoding", "grpc-accept-encoding", Procedure.Kind.unary),
    ("application/grpc-web", "grpc-encoding", "grpc-accept-encoding", .unary),
    ("application/json", "content-encoding", "accept-encoding", .unary),
    ("application/connect+json", "connect-content-encoding", "connect-accept-encoding", .serverStreaming),
  ])
  func `each protocol has its own fields for compression`(
    type: String, encoding: String, accepted: String, kind: Procedure.Kind
  ) throws {
    let procedure = procedure(kind)
    #expect(try intent(head(.post, type, [(encoding, "gzip")]), procedure).isGzip)
    #expect(try !intent(head(.post, type, [(encoding, "identity")]), procedure).isGzip)
    #expect(code(head(.post, type, [(encoding, "br")]), procedure) == .unimplemented)
    #expect(try intent(head(.post, type, [(accepted, "br, gzip")]), procedure).takesGzip)
    #expect(try !intent(head(.post, type, [(accepted, "br")]), procedure).takesGzip)
    #expect(try !intent(head(.post, type), procedure).takesGzip)
  }

  @Test func `an encoding with the weight 0 is not taken`() {
    #expect(Intent.accepts("gzip", "gzip"))
    #expect(Intent.accepts("gzip", "br;q=1.0, GZIP;q=0.5"))
    for list in ["", "br", "gzip;q=0", "gzip; q=0.0", "xgzip", "gzipx"] {
      #expect(!Intent.accepts("gzip", list), "\(list)")
    }
  }

  @Test func `a GET brings its message in the query`() throws {
    let reads = procedure(isSideEffectFree: true)
    let json = try intent(head(.get, query: "?encoding=json&message=%7B%22a%22%3A1%7D&connect=v1"), reads)
    #expect(json.dialect == Dialect(.connectGet, .json))
    #expect(json.message == Array(#"{"a":1}"#.utf8))
    let binary = try intent(head(.get, query: "?message=CAE&encoding=proto&base64=1&compression=gzip"), reads)
    #expect(binary.dialect == Dialect(.connectGet, .binary))
    #expect(binary.message == [8, 1])
    #expect(binary.isGzip)
    #expect(try intent(head(.get, query: "?encoding=proto&message="), reads).message == [])
  }

  @Test func `a GET that says too little, or nonsense, is refused`() {
    let reads = procedure(isSideEffectFree: true)
    #expect(refusal(head(.get), reads)?.status == 415)
    #expect(refusal(head(.get, query: "?encoding=xml&message=a"), reads)?.status == 415)
    for query in [
      "?encoding=json", "?encoding=json&message=%", "?encoding=json&message=%2",
      "?encoding=json&message=*&base64=1",
      "?encoding=json&message=a&connect=v2",
    ] {
      #expect(code(head(.get, query: query), reads) == .invalidArgument, "\(query)")
    }
    #expect(code(head(.get, query: "?encoding=json&message=a&compression=br"), reads) == .unimplemented)
    #expect(
      code(head(.get, nil, [("connect-timeout-ms", "x")], query: "?encoding=json&message=a"), reads)
        == .invalidArgument)
  }
}
