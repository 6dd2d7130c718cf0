import Foundation
import HTTPSupport
import RPC
import SwiftProtobuf
import Testing

/// The Connect protocol reference (connectrpc.com/docs/protocol), rule by rule, as bytes on the wire. Names begin with
/// the section.
@Suite(.timeLimit(.minutes(1))) struct ConnectPageTests {
  private let json: Fields = [("content-type", "application/json"), ("connect-protocol-version", "1")]
  private let proto: Fields = [("content-type", "application/proto"), ("connect-protocol-version", "1")]
  private let streamJSON: Fields = [
    ("content-type", "application/connect+json"), ("connect-protocol-version", "1"),
  ]

  private func object(_ body: [UInt8]) throws -> [String: Google_Protobuf_Value] {
    try Google_Protobuf_Struct(jsonUTF8Bytes: body).fields
  }

  // MARK: Error Codes

  @Test(arguments: Version.allCases)
  func `Error Codes: each has its name and its HTTP status`(version: Version) async throws {
    let table: [(Failure.Code, String, Int)] = [
      (.cancelled, "canceled", 499), (.unknown, "unknown", 500), (.invalidArgument, "invalid_argument", 400),
      (.deadlineExceeded, "deadline_exceeded", 504), (.notFound, "not_found", 404),
      (.alreadyExists, "already_exists", 409), (.permissionDenied, "permission_denied", 403),
      (.resourceExhausted, "resource_exhausted", 429), (.failedPrecondition, "failed_precondition", 400),
      (.aborted, "aborted", 409), (.outOfRange, "out_of_range", 400), (.unimplemented, "unimplemented", 501),
      (.internal, "internal", 500), (.unavailable, "unavailable", 503), (.dataLoss, "data_loss", 500),
      (.unauthenticated, "unauthenticated", 401),
    ]
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for (code, name, status) in table {
        let answer = try await peer.asking(.echo("Fail"), json, body: Array("\"\(code.rawValue)\"".utf8))
        #expect(answer.status == status, "\(name)")
        #expect(answer.fields["content-type"] == "application/json")
        #expect(try object(answer.body)["code"]?.stringValue == name)
      }
    }
  }

  @Test(arguments: HTTPWire.everywhere)
  func `Errors: code, message, reason, fields and delay come back from each protocol`(
    wire: HTTPWire, version: Version
  ) async throws {
    try await LiveServer.with { live in
      let client = live.client(wire, version)
      let told = await failure {
        let _: Text = try await client.call("\(EchoService.name)/Refuse", Text("a"))
      }
      #expect(told == EchoService.refusal)
      var numbers: [Int64] = []
      let refused = await failure {
        let stream = try client.stream(
          "\(EchoService.name)/CountThenRefuse", Number(3), as: Number.self)
        for try await number in stream { numbers.append(number.value) }
      }
      #expect(refused == EchoService.refusal && numbers == [0, 1, 2])
    }
  }

  // MARK: Unary-Request

  @Test(arguments: Version.allCases)
  func `Unary-Request: both codecs, with and without the version`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for fields in [json, [("content-type", "application/json; charset=utf-8")]] as [Fields] {
        let answer = try await peer.asking(.echo("Echo"), fields, body: Array("\"é\"".utf8))
        #expect(answer.status == 200 && answer.text == "\"é\"")
        #expect(answer.fields["content-type"] == "application/json")
      }
      let answer = try await peer.asking(.echo("Echo"), proto, body: try Text("é").serializedBytes())
      #expect(answer.fields["content-type"] == "application/proto")
      #expect(try Text(serializedBytes: answer.body).value == "é")
      let other = try await peer.asking(
        .echo("Echo"), [("content-type", "application/json"), ("connect-protocol-version", "2")],
        body: Array("\"a\"".utf8))
      #expect(other.status == 400)
      #expect(try object(other.body)["code"]?.stringValue == "invalid_argument")
    }
  }

  @Test(arguments: Version.allCases)
  func `Unary-Request: an unknown codec is 415, with those that are known`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for type in ["application/foo", "image/jpeg", "application/connect+json", ""] {
        let fields: Fields = type.isEmpty ? [] : [("content-type", type)]
        let answer = try await peer.asking(.echo("Echo"), fields, body: [1])
        #expect(answer.status == 415, "\(type)")
        #expect(answer.fields["accept-post"]?.contains("application/json") == true)
      }
      let stream = try await peer.asking(.echo("Count"), json, body: [1])
      #expect(stream.status == 415)
      #expect(stream.fields["accept-post"]?.contains("application/connect+json") == true)
    }
  }

  @Test(arguments: Version.allCases)
  func `Unary-Request: other methods are 405, with those that are allowed`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for method in ["DELETE", "PUT", "PATCH", "OPTIONS"] {
        let answer = try await peer.asking(method, .echo("Write"), json, body: Array("\"a\"".utf8))
        #expect(answer.status == 405 && answer.fields["allow"] == "POST", "\(method)")
      }
      #expect(try await peer.asking("GET", .echo("Write")).status == 405)
      #expect(try await peer.asking("GET", .echo("Count")).status == 405)
      #expect(try await peer.asking("DELETE", .echo("Echo")).fields["allow"] == "GET, POST")
    }
  }

  @Test(arguments: Version.allCases)
  func `Unary-Request: a path that is no procedure is 404 and unimplemented`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for target in [
        "/\(EchoService.name)/None", "/none.v1.None/None", "/", "/a", "//", "/\(EchoService.name)/",
      ] {
        let answer = try await peer.asking(target, json, body: Array("\"a\"".utf8))
        #expect(answer.status == 404, "\(target)")
        #expect(try object(answer.body)["code"]?.stringValue == "unimplemented")
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `Unary-Request: gzip, identity, and others that are unimplemented`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      let gzip = try await peer.asking(
        .echo("Echo"), json + [("content-encoding", "gzip")], body: Compressed.gzip(Array("\"zip\"".utf8)))
      #expect(gzip.text == "\"zip\"")
      let plain = try await peer.asking(
        .echo("Echo"), json + [("content-encoding", "identity")], body: Array("\"a\"".utf8))
      #expect(plain.text == "\"a\"")
      let empty = try await peer.asking(.echo("Echo"), proto + [("content-encoding", "gzip")], body: [])
      #expect(empty.status == 200 && empty.body.isEmpty, "zero bytes are not decompressed")
      let other = try await peer.asking(.echo("Echo"), json + [("content-encoding", "foo")], body: [1])
      #expect(other.status == 501)
      #expect(try object(other.body)["message"]?.stringValue.contains("gzip") == true)
      let broken = try await peer.asking(.echo("Echo"), json + [("content-encoding", "gzip")], body: [1, 2])
      #expect(broken.status == 400)
    }
  }

  @Test(arguments: Version.allCases)
  func `Unary-Request: what is no message is invalid_argument`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for (fields, body) in [(json, Array("{".utf8)), (json, []), (proto, [0xFF])] as [(Fields, [UInt8])] {
        let answer = try await peer.asking(.echo("Echo"), fields, body: body)
        #expect(answer.status == 400)
        #expect(try object(answer.body)["code"]?.stringValue == "invalid_argument")
      }
    }
  }

  @Test(arguments: ["", "a", "-1", "1.5", "12345678901", " 1x"])
  func `Timeout: what is no number of at most ten digits is invalid_argument`(text: String) async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let answer = try await peer.asking(
        .echo("Echo"), json + [("connect-timeout-ms", text)], body: Array("\"a\"".utf8))
      #expect(answer.status == 400)
    }
  }

  // MARK: Unary-Response

  @Test(arguments: Version.allCases)
  func `Unary-Response: trailers stand among the fields, with a prefix`(version: Version) async throws {
    let base64 = Data(EchoService.bytes).base64EncodedString().filter { $0 != "=" }
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for method in ["Say", "SayAndRefuse"] {
        let answer = try await peer.asking(.echo(method), json, body: Array("\"a\"".utf8))
        #expect(answer.status == (method == "Say" ? 200 : 400))
        #expect(answer.fields.values("x-head") == ["one", "two"])
        #expect(answer.fields["x-head-bin"] == base64)
        #expect(answer.fields["trailer-x-tail"] == "three")
        #expect(answer.fields["trailer-x-tail-bin"] == base64)
        #expect(answer.trailers.all.isEmpty)
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `Unary-Response: compressed for those who take it`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      let body = try Number(10_000).serializedBytes() as [UInt8]
      let taken = try await peer.asking(
        .echo("Size"), proto + [("accept-encoding", "br, gzip")], body: body)
      #expect(taken.fields["content-encoding"] == "gzip" && taken.body.count < 1000)
      let plain = try await peer.asking(.echo("Size"), proto, body: body)
      #expect(plain.fields["content-encoding"] == nil && plain.body.count > 10_000)
      let small = try await peer.asking(
        .echo("Echo"), proto + [("accept-encoding", "gzip")], body: try Text("a").serializedBytes())
      #expect(small.fields["content-encoding"] == nil)
    }
  }

  @Test func `Errors: a failure is JSON, whatever the codec, and not compressed`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let answer = try await peer.asking(
        .echo("Refuse"), proto + [("accept-encoding", "gzip")], body: try Text("a").serializedBytes())
      #expect(answer.fields["content-type"] == "application/json")
      #expect(answer.fields["content-encoding"] == nil)
      let error = try object(answer.body)
      #expect(Set(error.keys) == ["code", "message", "details"])
      for detail in try #require(error["details"]).listValue.values {
        let fields = detail.structValue.fields
        #expect(fields["type"]?.stringValue.hasPrefix("google.rpc.") == true)
        #expect(fields["value"]?.stringValue.contains("=") == false, "unpadded")
      }
    }
  }

  // MARK: Unary-Get-Request

  @Test(arguments: Version.allCases)
  func `Unary-Get-Request: every parameter, in any order`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      let message = try Text("a?b").serializedBytes() as [UInt8]
      let base64 = Data(message).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      let zipped = Data(Compressed.gzip(message)).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_")
      for query in [
        "connect=v1&base64=1&encoding=proto&message=\(base64.replacing("=", with: ""))",
        "message=\(base64.replacing("=", with: "%3D"))&encoding=proto&base64=1",
        "x=y&connect=v1&base64=1&compression=gzip&encoding=proto&message=\(zipped.replacing("=", with: "%3D"))",
        "connect=v1&base64=1&compression=identity&encoding=proto&message=\(base64.replacing("=", with: ""))",
      ] {
        let answer = try await peer.asking("GET", .echo("Echo") + "?" + query)
        #expect(answer.status == 200, "\(query)")
        #expect(try Text(serializedBytes: answer.body).value == "a?b")
        #expect(answer.fields["content-type"] == "application/proto")
      }
      let json = try await peer.asking(
        "GET", .echo("Echo") + "?encoding=json&message=%22a+b%20%C3%A9%22&base64=0")
      #expect(json.text == "\"a b é\"")
      #expect(json.fields["cache-control"] != nil, "what is said depends on who asks")
      #expect(json.fields["vary"] == "accept-encoding", "a cache may hold it")
    }
  }

  @Test func `Unary-Get-Request: failures have their statuses`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      for (query, status) in [
        ("encoding=foo&message=a", 415), ("message=a", 415), ("encoding=json", 400),
        ("encoding=json&message=%", 400), ("encoding=proto&base64=1&message=*", 400),
        ("encoding=json&message=%22a%22&connect=v2", 400),
        ("encoding=json&message=%22a%22&compression=foo", 501),
      ] {
        #expect(try await peer.asking("GET", .echo("Echo") + "?" + query).status == status, "\(query)")
      }
      let failed = try await peer.asking("GET", .echo("Fail") + "?encoding=json&message=%225%22")
      #expect(failed.status == 404 && failed.fields["content-type"] == "application/json")
      let said = try await peer.asking("GET", .echo("Say") + "?encoding=json&message=%22a%22")
      #expect(said.fields["trailer-x-tail"] == "three")
    }
  }

  // MARK: Streaming

  @Test(arguments: Version.allCases)
  func `Streaming-Response: messages, then one end with its metadata`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for count in [0, 3] {
        let answer = try await peer.asking(
          .echo("SayMuch"), streamJSON, body: Enveloped(Array("\"\(count)\"".utf8)).encoded())
        #expect(answer.status == 200 && answer.fields["content-type"] == "application/connect+json")
        #expect(answer.fields.values("x-head") == ["one", "two"])
        let all = try Enveloped.all(in: answer.body)
        #expect(all.map(\.flags) == [UInt8](repeating: 0, count: count) + [2])
        let end = try object(all[count].bytes)
        #expect(end["error"] == nil)
        let tail = end["metadata"]?.structValue.fields["x-tail"]?.listValue.values.map(\.stringValue)
        #expect(tail == ["three"])
      }
    }
  }

  @Test func `Streaming-Response: a stream that fails is 200, and its end says why`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      for count in [0, 2] {
        let answer = try await peer.asking(
          .echo("SayMuchAndRefuse"), streamJSON, body: Enveloped(Array("\"\(count)\"".utf8)).encoded())
        let all = try Enveloped.all(in: answer.body)
        #expect(answer.status == 200 && all.count == count + 1)
        let end = try object(try #require(all.last).bytes)
        #expect(end["error"]?.structValue.fields["code"]?.stringValue == "failed_precondition")
        #expect(end["metadata"]?.structValue.fields["x-tail"] != nil)
      }
    }
  }

  @Test(
    arguments: [
      ("no message", [], "unimplemented"),
      (
        "two messages", Enveloped(Array("\"1\"".utf8)).encoded() + Enveloped(Array("\"1\"".utf8)).encoded(),
        "unimplemented"
      ),
      ("half a message", Enveloped([1, 2, 3]).encoded(announcing: 9), "invalid_argument"),
      ("a flag without an encoding", Enveloped(flags: 1, [1]).encoded(), "internal"),
      ("no JSON", Enveloped([1]).encoded(), "invalid_argument"),
      ("more than may be", Enveloped([]).encoded(announcing: 0xFFFF_FFFF), "resource_exhausted"),
    ] as [(String, [UInt8], String)])
  func `Enveloped-Message: what is wrong ends the stream with its code`(
    what: String, body: [UInt8], code: String
  ) async throws {
    try await LiveServer.with { live in
      for version in Version.allCases {
        let answer = try await live.peer(version).asking(.echo("Count"), streamJSON, body: body)
        #expect(answer.status == 200)
        let end = try object(try #require(try Enveloped.all(in: answer.body).last).bytes)
        #expect(end["error"]?.structValue.fields["code"]?.stringValue == code, "\(what)")
      }
    }
  }

  @Test func `Streaming-Request: messages are compressed one by one, as their flags say`() async throws {
    try await LiveServer.with { live in
      for version in Version.allCases {
        let peer = try await live.peer(version)
        let one = Array("\"1\"".utf8)
        let body =
          Enveloped(flags: 1, Compressed.gzip(one)).encoded() + Enveloped(one).encoded()
          + Enveloped(flags: 1, Compressed.gzip(one)).encoded()
        let answer = try await peer.asking(
          .echo("Sum"), streamJSON + [("connect-content-encoding", "gzip")], body: body)
        let all = try Enveloped.all(in: answer.body)
        #expect(String(decoding: all[0].bytes, as: UTF8.self) == "\"3\"" && all.map(\.flags) == [0, 2])
        let other = try await peer.asking(
          .echo("Sum"), streamJSON + [("connect-content-encoding", "br")], body: body)
        let end = try object(try #require(try Enveloped.all(in: other.body).last).bytes)
        #expect(end["error"]?.structValue.fields["code"]?.stringValue == "unimplemented")
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `Streaming-Request: both directions, one after the other`(version: Version) async throws {
    try await LiveServer.with { live in
      let body = ["1", "2"].flatMap { Enveloped(Array("\"\($0)\"".utf8)).encoded() }
      let answer = try await live.peer(version).asking(.echo("Chat"), streamJSON, body: body)
      let all = try Enveloped.all(in: answer.body)
      #expect(all.map(\.flags) == [0, 0, 2])
      #expect(all.prefix(2).map { String(decoding: $0.bytes, as: UTF8.self) } == ["\"1\"", "\"2\""])
      let refused = try await live.peer(version).asking(
        .echo("Chat"), streamJSON, body: Enveloped(Array("\"-1\"".utf8)).encoded())
      let end = try object(try #require(try Enveloped.all(in: refused.body).last).bytes)
      #expect(end["error"]?.structValue.fields["code"]?.stringValue == "failed_precondition")
    }
  }

  @Test func `Streaming-Request: both directions at once, where a client of HTTP 1 can`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
      }
      peer.say(
        "POST \(String.echo("Chat")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+json\r\n"
          + "transfer-encoding: chunked\r\n\r\n")
      let message = Enveloped(Array("\"7\"".utf8)).encoded()
      peer.bytes.post(chunk(message))
      #expect(try await peer.head().status == 200)
      for _ in 0..<3 {
        #expect(try await peer.nextPiece() == message)
        peer.bytes.post(chunk(message))
      }
      #expect(try await peer.nextPiece() == message)
      peer.say("0\r\n\r\n")
      #expect(try await Enveloped.all(in: peer.nextPiece() ?? []).map(\.flags) == [2])
      #expect(try await peer.nextPiece() == nil)
      // The connection goes on.
      #expect(try await peer.asking(.echo("Echo"), streamJSON, body: nil).status == 415)
    }
  }
}
