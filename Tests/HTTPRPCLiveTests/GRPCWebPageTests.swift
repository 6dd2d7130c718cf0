import Foundation
import HTTPSupport
import RPC
import Testing

/// gRPC-Web (doc/PROTOCOL-WEB.md), as bytes on the wire, over both versions of HTTP.
@Suite(.timeLimit(.minutes(1))) struct GRPCWebPageTests {
  private let web: Fields = [("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1")]
  private let text: Fields = [("content-type", "application/grpc-web-text"), ("x-grpc-web", "1")]

  private func framed(_ text: String) throws -> [UInt8] {
    Enveloped(try Text(text).serializedBytes()).encoded()
  }

  /// The fields in the last envelope.
  private func trailers(_ answer: HTTPAnswer) throws -> Fields {
    let last = try #require(try Enveloped.all(in: answer.body).last)
    #expect(last.flags == 0x80)
    #expect(last.bytes.suffix(2) == Array("\r\n".utf8))
    return RPCClient.fields(in: last.bytes)
  }

  @Test(arguments: Version.allCases)
  func `Message framing: trailers are the body's last message`(version: Version) async throws {
    try await LiveServer.with { live in
      let answer = try await live.peer(version).asking(.echo("Say"), web, body: framed("a"))
      #expect(answer.status == 200 && answer.fields["content-type"] == "application/grpc-web+proto")
      #expect(answer.fields.values("x-head") == ["one", "two"])
      #expect(answer.trailers.all.isEmpty && answer.fields["grpc-status"] == nil)
      let all = try Enveloped.all(in: answer.body)
      #expect(all.map(\.flags) == [0, 0x80])
      let trailers = try trailers(answer)
      #expect(trailers["grpc-status"] == "0" && trailers["x-tail"] == "three")
      #expect(trailers.all.allSatisfy { $0.name == $0.name.lowercased() })
    }
  }

  @Test(arguments: Version.allCases)
  func `a failure is told in the trailers, with HTTP's 200`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      for code in Failure.Code.allCases {
        let body = Enveloped(try Number(Int64(code.rawValue)).serializedBytes()).encoded()
        let answer = try await peer.asking(.echo("Fail"), web, body: body)
        #expect(answer.status == 200)
        let told = answer.fields["grpc-status"] == nil ? try trailers(answer) : answer.fields
        #expect(told["grpc-status"] == "\(code.rawValue)")
        #expect(told["grpc-message"] == "\(code.name) was asked for.")
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `Text-encoded streams: requests and answers in Base64, padded in between`(version: Version)
    async throws
  {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      let message = try framed("ab")
      let whole = [UInt8](Data(message).base64EncodedData())
      let pieces =
        [UInt8](Data(message[..<1]).base64EncodedData())
        + [UInt8](Data(message[1...]).base64EncodedData())
      for body in [whole, pieces] {
        let answer = try await peer.asking(.echo("Echo"), text, body: body)
        #expect(answer.fields["content-type"]?.hasPrefix("application/grpc-web-text") == true)
        #expect(answer.body.allSatisfy { $0 < 0x80 })
      }
      for body in [Array("****".utf8), Array("AAA".utf8)] {
        let answer = try await peer.asking(.echo("Echo"), text, body: body)
        let bytes = try #require(Data(base64Encoded: Data(answer.body)))
        let last = try #require(try Enveloped.all(in: [UInt8](bytes)).last)
        #expect(RPCClient.fields(in: last.bytes)["grpc-status"] == "3")
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `streams of the server arrive message by message`(version: Version) async throws {
    try await LiveServer.with { live in
      for wire in [HTTPWire.grpcWeb, .grpcWebText] {
        var numbers: [Int64] = []
        let stream = try live.client(wire, version).stream(
          "\(EchoService.name)/Count", Number(500), as: Number.self)
        for try await number in stream { numbers.append(number.value) }
        #expect(numbers == Array(0..<500))
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `what is wrong with a request is told as gRPC tells it`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      let two = try framed("a") + framed("b")
      for (fields, body, status) in [
        (web, [], "12"), (web, two, "12"), (web, [0, 0, 0], "3"),
        (web, Enveloped(flags: 1, [1]).encoded(), "13"),
        (web + [("grpc-encoding", "foo")], two, "12"), (web + [("grpc-timeout", "soon")], two, "3"),
        (web, Enveloped(flags: 0x80, [1]).encoded(), "13"),
      ] as [(Fields, [UInt8], String)] {
        let answer = try await peer.asking(.echo("Echo"), fields, body: body)
        #expect(try trailers(answer)["grpc-status"] == status)
      }
      let unknown = try await peer.asking("/none.v1.None/None", web, body: two)
      #expect(unknown.status == 200)
      #expect(try trailers(unknown)["grpc-status"] == "12")
      #expect(try await peer.asking("DELETE", .echo("Echo"), web, body: two).status == 405)
    }
  }

  @Test(arguments: Version.allCases)
  func `Compression: message by message, for those who take it`(version: Version) async throws {
    try await LiveServer.with { live in
      let peer = try await live.peer(version)
      let zipped = Enveloped(flags: 1, Compressed.gzip(try Number(10_000).serializedBytes())).encoded()
      let answer = try await peer.asking(
        .echo("Size"), web + [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip")], body: zipped)
      #expect(try Enveloped.all(in: answer.body).map(\.flags) == [1, 0x80])
      #expect(answer.fields["grpc-encoding"] == "gzip")
    }
  }
}
