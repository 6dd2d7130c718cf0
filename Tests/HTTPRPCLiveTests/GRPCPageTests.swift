import Foundation
import HTTPSupport
import RPC
import Testing

/// gRPC over HTTP/2 (doc/PROTOCOL-HTTP2.md) and its status codes (doc/statuscodes.md), as bytes on the wire. Names
/// begin with the rule.
@Suite(.timeLimit(.minutes(1))) struct GRPCPageTests {
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]

  private func call(
    _ live: LiveServer, _ method: String, _ fields: Fields? = nil, body: [UInt8]
  ) async throws -> HTTP2Peer.Answer {
    let peer = try await live.http2()
    let stream = peer.open(.echo(method), fields ?? grpc)
    try await peer.write(stream, body, end: true)
    return try await peer.answer(stream)
  }

  private func framed(_ text: String) throws -> [UInt8] {
    Enveloped(try Text(text).serializedBytes()).encoded()
  }

  private func framed(_ number: Int64) throws -> [UInt8] {
    Enveloped(try Number(number).serializedBytes()).encoded()
  }

  // MARK: Responses

  @Test func `Response: head, messages, trailers`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "Echo", body: framed("a"))
      #expect(answer.status == 200)
      #expect(answer.fields["content-type"]?.hasPrefix("application/grpc") == true)
      #expect(answer.fields["grpc-status"] == nil)
      #expect(answer.trailers["grpc-status"] == "0" && answer.trailers[":status"] == nil)
      #expect(try Enveloped.all(in: answer.body).map(\.flags) == [0])
    }
  }

  @Test func `Status: each code is its number, with HTTP's 200`() async throws {
    try await LiveServer.with { live in
      for code in Failure.Code.allCases {
        let answer = try await call(live, "Fail", body: framed(Int64(code.rawValue)))
        #expect(answer.status == 200)
        #expect(answer.fields["grpc-status"] == "\(code.rawValue)", "Trailers-Only")
        #expect(answer.fields["grpc-message"] == "\(code.name) was asked for.")
        #expect(answer.body.isEmpty && !answer.trailers.all.contains { $0.name == "grpc-status" })
      }
    }
  }

  @Test func `Trailers-Only: not after a handler has sent headers`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "SayAndRefuse", body: framed("a"))
      #expect(answer.fields.values("x-head") == ["one", "two"] && answer.fields["grpc-status"] == nil)
      #expect(answer.trailers["grpc-status"] == "9" && answer.trailers["x-tail"] == "three")
      #expect(answer.trailers["grpc-status-details-bin"] != nil)
    }
  }

  @Test func `Status-Details: google.rpc.Status in unpadded Base64`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "Refuse", body: framed("a"))
      let details = try #require(answer.fields["grpc-status-details-bin"])
      #expect(!details.contains("="))
      let padded = details + String(repeating: "=", count: (4 - details.count % 4) % 4)
      let bytes = try #require(Data(base64Encoded: padded))
      #expect(Failure(encodedStatus: [UInt8](bytes)) == EchoService.refusal)
    }
  }

  // MARK: Content-Type

  @Test(arguments: ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"])
  func `Content-Type: application-grpc, with the codec or without`(type: String) async throws {
    try await LiveServer.with { live in
      let answer = try await call(
        live, "Echo", [("content-type", type), ("te", "trailers")], body: framed("a"))
      #expect(answer.trailers["grpc-status"] == "0")
    }
  }

  @Test(arguments: ["application/grpcx", "application/grpc+foo", "text/plain"])
  func `Content-Type: anything else is 415`(type: String) async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "Echo", [("content-type", type)], body: framed("a"))
      #expect(answer.status == 415)
    }
  }

  @Test func `Content-Type: JSON messages in gRPC's envelopes`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(
        live, "Echo", [("content-type", "application/grpc+json"), ("te", "trailers")],
        body: Enveloped(Array("\"a\"".utf8)).encoded())
      #expect(answer.fields["content-type"] == "application/grpc+json")
      #expect(try Enveloped.all(in: answer.body)[0].bytes == Array("\"a\"".utf8))
    }
  }

  @Test func `TE: a client behind a proxy that hides it is served`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "Echo", [("content-type", "application/grpc")], body: framed("a"))
      #expect(answer.trailers["grpc-status"] == "0")
    }
  }

  @Test func `Method: anything but POST is 405, and Path: what is not there is UNIMPLEMENTED`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let deleted = peer.open(.echo("Echo"), grpc, method: "DELETE", end: true)
      #expect(try await peer.answer(deleted).status == 405)
      for path in ["/none.v1.None/None", "/\(EchoService.name)/None", "/nothing"] {
        let stream = peer.open(path, grpc, end: true)
        let answer = try await peer.answer(stream)
        #expect(answer.status == 200 && answer.fields["grpc-status"] == "12", "\(path)")
      }
    }
  }

  // MARK: Timeout

  @Test(arguments: [
    ("1H", 3_600_000), ("2M", 120_000), ("30S", 30_000), ("99999999m", 99_999_999),
    ("50000000u", 50_000), ("99999999n", 99),
  ])
  func `Timeout: each unit is seen by the handler`(text: String, milliseconds: Int64) async throws {
    try await LiveServer.with { live in
      let answer = try await call(
        live, "TimeLeft", grpc + [("grpc-timeout", text)], body: Enveloped([]).encoded())
      let all = try Enveloped.all(in: answer.body)
      guard milliseconds > 1000 || !all.isEmpty else {
        #expect(answer.fields["grpc-status"] == "4")
        return
      }
      let left = try Number(serializedBytes: all[0].bytes).value
      #expect(left <= milliseconds && left >= milliseconds - 20_000)
    }
  }

  @Test(arguments: ["", "1", "S", "1s", "123456789S", "-1S", "1.0S"])
  func `Timeout: what is none is INVALID_ARGUMENT`(text: String) async throws {
    try await LiveServer.with { live in
      let answer = try await call(
        live, "Echo", grpc + [("grpc-timeout", text)], body: framed("a"))
      #expect(answer.fields["grpc-status"] == "3")
    }
  }

  // MARK: Custom-Metadata

  @Test func `Custom-Metadata: ASCII and binary reach the handler and come back`() async throws {
    let base64 = Data(EchoService.bytes).base64EncodedString()
    let unpadded = base64.filter { $0 != "=" }
    try await LiveServer.with { live in
      for (name, values) in [
        ("x-text", ["plain"]), ("x-many", ["a", "b"]), ("x-bytes-bin", [unpadded]),
        ("x-bytes-bin", [base64, unpadded]), ("x-list-bin", ["\(base64),\(unpadded)"]),
        ("x-0_9.a-b", ["~ !"]),
      ] {
        var fields = grpc
        for value in values { fields.append(name, value) }
        let answer = try await call(live, "Metadata", fields, body: framed(name))
        let seen = try Text(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value
        #expect(seen == values.joined(separator: "|"))
      }
      let said = try await call(live, "Say", body: framed("a"))
      #expect(said.fields["x-head-bin"] == unpadded && said.trailers["x-tail-bin"] == unpadded)
    }
  }

  // MARK: Compression

  @Test func `Message-Encoding: gzip by flag, message by message`() async throws {
    let zipped = Enveloped(flags: 1, Compressed.gzip(try Number(1).serializedBytes())).encoded()
    try await LiveServer.with { live in
      let answer = try await call(
        live, "Sum", grpc + [("grpc-encoding", "gzip")], body: try zipped + framed(2) + zipped)
      #expect(try Number(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value == 4)
    }
  }

  @Test func `Message-Encoding: an unknown one is UNIMPLEMENTED, and those known are told`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "Echo", grpc + [("grpc-encoding", "foo")], body: framed("a"))
      #expect(answer.fields["grpc-status"] == "12")
      #expect(answer.fields["grpc-accept-encoding"]?.contains("gzip") == true)
    }
  }

  @Test func `Compressed-Flag: without an encoding it is INTERNAL`() async throws {
    try await LiveServer.with { live in
      for fields in [grpc, grpc + [("grpc-encoding", "identity")]] {
        let answer = try await call(live, "Echo", fields, body: Enveloped(flags: 1, [1]).encoded())
        #expect(answer.fields["grpc-status"] == "13")
      }
      let broken = try await call(
        live, "Echo", grpc + [("grpc-encoding", "gzip")], body: Enveloped(flags: 1, [1, 2]).encoded())
      #expect(broken.fields["grpc-status"] != "0" && broken.fields["grpc-status"] != nil)
    }
  }

  @Test func `Message-Accept-Encoding: answers are compressed for those who take it`() async throws {
    try await LiveServer.with { live in
      let answer = try await call(
        live, "Size", grpc + [("grpc-accept-encoding", "identity,deflate,gzip")], body: framed(10_000))
      #expect(answer.fields["grpc-encoding"] == "gzip")
      let message = try Enveloped.all(in: answer.body)[0]
      #expect(message.flags == 1 && message.bytes.prefix(2) == [0x1F, 0x8B] && message.bytes.count < 1000)
      let plain = try await call(live, "Size", body: framed(10_000))
      #expect(try Enveloped.all(in: plain.body)[0].flags == 0)
      #expect(plain.fields["grpc-encoding"] != "gzip")
    }
  }

  // MARK: Messages

  @Test(arguments: ["Echo", "Count"])
  func `Length-Prefixed-Message: one is wanted, and none or two are UNIMPLEMENTED`(method: String)
    async throws
  {
    try await LiveServer.with { live in
      #expect(try await call(live, method, body: []).fields["grpc-status"] == "12")
      let two = Enveloped([]).encoded() + Enveloped([]).encoded()
      let answer = try await call(live, method, body: two)
      #expect((answer.fields["grpc-status"] ?? answer.trailers["grpc-status"]) == "12")
    }
  }

  @Test(arguments: ["Echo", "Count", "Sum"])
  func `Length-Prefixed-Message: one that is not complete is INVALID_ARGUMENT`(method: String) async throws {
    try await LiveServer.with { live in
      for body in [Enveloped([1, 2, 3]).encoded(announcing: 10), [0, 0, 0]] {
        let answer = try await call(live, method, body: body)
        #expect(answer.fields["grpc-status"] == "3")
      }
    }
  }

  @Test(arguments: ["Echo", "Count", "Sum", "Chat"])
  func `Length-Prefixed-Message: one that is too large is RESOURCE_EXHAUSTED before it comes`(
    method: String
  ) async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo(method), grpc)
      peer.push(stream, Enveloped([]).encoded(announcing: (4 << 20) + 1))
      let answer = try await peer.answer(stream)
      #expect((answer.fields["grpc-status"] ?? answer.trailers["grpc-status"]) == "8")
    }
  }

  @Test func `Length-Prefixed-Message: a bomb is RESOURCE_EXHAUSTED`() async throws {
    try await LiveServer.with { live in
      let body = Enveloped(flags: 1, Bomb.gzip(bytes: (4 << 20) + 1)).encoded()
      #expect(body.count < 32 << 10)
      let answer = try await call(live, "Length", grpc + [("grpc-encoding", "gzip")], body: body)
      #expect(answer.fields["grpc-status"] == "8")
    }
  }

  @Test func `messages may be cut anywhere`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Sum"), grpc)
      for byte in try framed(300) + framed(5) + framed(-1) { peer.push(stream, [byte]) }
      peer.push(stream, [], end: true)
      let answer = try await peer.answer(stream)
      #expect(try Number(serializedBytes: Enveloped.all(in: answer.body)[0].bytes).value == 304)
    }
  }

  // MARK: Streams

  @Test func `bidirectional: each message is answered before the next is sent`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Chat"), grpc)
      for number in 1...20 {
        peer.push(stream, try framed(Int64(number)))
        let answer = try Enveloped.all(in: try await peer.takeBody(stream))
        #expect(try Number(serializedBytes: try #require(answer.first).bytes).value == Int64(number))
      }
      peer.push(stream, [], end: true)
      #expect(try await peer.answer(stream).trailers["grpc-status"] == "0")
    }
  }

  @Test func `bidirectional: a failure ends the call while its client still sends`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      let stream = peer.open(.echo("Chat"), grpc)
      peer.push(stream, try framed(-1))
      let answer = try await peer.answer(stream)
      #expect((answer.trailers["grpc-status"] ?? answer.fields["grpc-status"]) == "9")
    }
  }

  @Test func `client streaming: none at all, and one more than is read`() async throws {
    try await LiveServer.with { live in
      let none = try await call(live, "Sum", body: [])
      #expect(try Number(serializedBytes: Enveloped.all(in: none.body)[0].bytes).value == 0)
      let first = try await call(live, "First", body: try framed(7) + framed(8))
      #expect(try Number(serializedBytes: Enveloped.all(in: first.body)[0].bytes).value == 7)
    }
  }

  @Test(arguments: [
    "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n", "100 % of ~", "", "trailing space ",
  ])
  func `Status-Message: what is no printable ASCII is percent-encoded`(text: String) async throws {
    try await LiveServer.with { live in
      let answer = try await call(live, "Complain", body: framed(text))
      #expect(answer.fields["grpc-status"] == "2")
      let message = try #require(answer.fields["grpc-message"])
      #expect(message.utf8.allSatisfy { (0x20...0x7E).contains($0) })
      #expect(message.removingPercentEncoding == text)
      for (wire, version) in HTTPWire.everywhere {
        let told = await failure {
          let _: Text = try await live.client(wire, version).call("\(EchoService.name)/Complain", Text(text))
        }
        #expect(told?.code == .unknown && told?.message == text, "\(wire) \(version)")
      }
    }
  }
}
