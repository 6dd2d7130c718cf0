import Glibc
import HTTPRPC
import HTTPSupport
import RPC
import Synchronization
import Testing

/// What a call leaves behind, what it costs while it waits, and who it is found to be.
@Suite(.timeLimit(.minutes(1))) struct CallLifeTests {
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]

  /// Says what of the calls' connections is still held by anybody.
  private final class Watched: Sendable {
    private struct Held: Sendable { weak var connection: Connection? }
    private let all = Mutex<[Held]>([])

    func add(_ connection: Connection) { all.withLock { $0.append(Held(connection: connection)) } }
    var count: Int { all.withLock(\.count) }
    var held: Int { all.withLock { $0.count { $0.connection != nil } } }
  }

  private static func watching(_ watched: Watched) -> HTTPRPCServer.Options {
    var options = HTTPRPCServer.Options()
    options.authenticate = { context in
      watched.add(context.connection)
      return nil
    }
    return options
  }

  @Test(arguments: Version.allCases)
  func `nothing is left of calls that are over`(version: Version) async throws {
    let watched = Watched()
    try await LiveServer.with(options: Self.watching(watched)) { live in
      let peer = try await live.peer(version)
      let one = Enveloped(try Number(1).serializedBytes()).encoded()
      let type: Fields = [("content-type", "application/grpc-web")]
      for method in [
        "Echo", "EchoLater", "Refuse", "Count", "CountThenRefuse", "Sum", "First", "Fail", "None",
      ] {
        for body in [one, [], one + one] { _ = try await peer.asking(.echo(method), type, body: body) }
      }
      if version == .http2 { _ = try await peer.asking(.echo("Chat"), type, body: one + one) }
      try await eventually({ watched.held == 0 }, "while the connection lives on")
      #expect(watched.count >= 24)
    }
  }

  @Test(arguments: Version.allCases)
  func `nothing is left of calls that were refused at once`(version: Version) async throws {
    let watched = Watched()
    var options = HTTPRPCServer.Options()
    options.authenticate = { context in
      watched.add(context.connection)
      return { throw Failure(.unauthenticated, "Nobody is known here.") }
    }
    try await LiveServer.with(options: options) { live in
      let peer = try await live.peer(version)
      for _ in 0..<10 {
        let answer = try await peer.asking(
          .echo("Echo"), [("content-type", "application/json")], body: Array("\"a\"".utf8))
        #expect(answer.status == 401)
      }
      try await eventually({ watched.held == 0 }, "while the connection lives on")
      #expect(watched.count == 10)
    }
  }

  @Test func `requests sent ahead wait until the answers before them are taken`() async throws {
    let watched = Watched()
    try await LiveServer.with(options: Self.watching(watched)) { live in
      let peer = try await live.http1()
      try await peer.bytes.reads(false)
      let body: [UInt8] = try Number(2_000_000).serializedBytes()
      for _ in 0..<100 {
        try await peer.ask("POST", .echo("Size"), [("content-type", "application/proto")], body: body)
      }
      var (count, looks) = (-1, 0)
      while looks < 4 {
        try await Task.sleep(for: .milliseconds(100))
        looks = watched.count == count ? looks + 1 : 0
        count = watched.count
      }
      // Mostly what two kernel socket buffers take.
      #expect((1..<20).contains(count), "\(count) answers without a reader")
      try await peer.bytes.reads(true)
      for _ in 0..<100 { #expect(try await peer.answer().status == 200) }
      #expect(watched.count == 100)
    }
  }

  @Test func `answers may have another limit than requests`() async throws {
    var limits = Limits()
    limits.messageBytes = 1000
    for (largest, status) in [(nil, "8"), (100_000, "0")] {
      limits.responseBytes = largest
      try await LiveServer.with(limits: limits) { live in
        let peer = try await live.http2()
        for method in ["Size", "Flood"] {
          let stream = peer.open(.echo(method), grpc)
          peer.push(stream, Enveloped(try Number(50_000).serializedBytes()).encoded(), end: true)
          if method == "Flood", largest != nil {
            try await peer.pump { peer.answers[stream]?.body.count ?? 0 > 100_000 }
            continue
          }
          let answer = try await peer.answer(stream)
          #expect(answer.trailers["grpc-status"] ?? answer.fields["grpc-status"] == status, "\(method)")
        }
      }
    }
  }

  @Test(arguments: Version.allCases)
  func `nothing is left of calls whose client is gone, or whose time is over`(version: Version) async throws {
    let watched = Watched()
    try await LiveServer.with(options: Self.watching(watched)) { live in
      for (method, fields) in [
        ("Hold", [("content-type", "application/connect+proto")]),
        ("Collect", [("content-type", "application/connect+proto")]),
        ("Hold", [("content-type", "application/connect+proto"), ("connect-timeout-ms", "30")]),
      ] as [(String, Fields)] {
        let before = watched.count
        let peer = try await live.peer(version)
        try await peer.ask(
          "POST", .echo(method), fields, body: Enveloped(try Number(1).serializedBytes()).encoded())
        try await eventually { watched.count > before }
        if fields["connect-timeout-ms"] == nil {
          (peer as? HTTP1Peer)?.bytes.close()
          (peer as? HTTP2Exchange)?.peer.bytes.close()
        } else {
          _ = try await peer.answer()
        }
        try await eventually({ watched.held == 0 }, "\(method)")
      }
    }
  }

  @Test func `a call that waits costs no time`() async throws {
    var limits = Limits()
    limits.frameTime = .milliseconds(50)
    limits.idleTime = .milliseconds(50)
    for (isSecured, version) in [(false, Version.http1), (false, .http2), (true, .http1), (true, .http2)] {
      try await LiveServer.with(tls: isSecured, limits: limits) { live in
        let body = Enveloped(try Number(1).serializedBytes()).encoded()
        // A client that streams and does not go on, and a server that does not answer.
        let waiting = try await live.peer(version)
        try await waiting.ask("POST", .echo("Wait"), [("content-type", "application/grpc-web")], body: body)
        await live.probe.started.wait()
        let sending = try await live.http1()
        sending.say(
          "POST \(String.echo("Sum")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+proto\r\n"
            + "content-length: 100\r\n\r\n")
        let before = Self.processorTime
        try await Task.sleep(for: .milliseconds(800))
        #expect(Self.processorTime - before < .milliseconds(400), "\(version), TLS: \(isSecured)")
      }
    }
  }

  private static var processorTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  @Test(arguments: Version.allCases)
  func `who calls is found out before anything else, at once or later`(version: Version) async throws {
    for isLater in [false, true] {
      var options = HTTPRPCServer.Options()
      options.authenticate = { context in
        let name = context.metadata.first(named: "authorization")
        return {
          if isLater { try await Task.sleep(for: .milliseconds(20)) }
          guard name == "Bearer me" else { throw Failure(.unauthenticated, reason: "WHO", "Who?") }
        }
      }
      try await LiveServer.with(options: options) { live in
        for wire in HTTPWire.allCases where wire.versions.contains(version) {
          let client = live.client(wire, version)
          let echo: Text = try await client.call(
            "\(EchoService.name)/Echo", Text("a"), [("authorization", "Bearer me")])
          #expect(echo.value == "a")
          let refused = await failure {
            let _: Text = try await client.call("\(EchoService.name)/Echo", Text("a"))
          }
          #expect(refused?.code == .unauthenticated && refused?.reason == "WHO", "\(wire)")
        }
        // All that came while that was found out is there.
        let peer = try await live.peer(version)
        let three = Enveloped(try Number(3).serializedBytes()).encoded()
        let answer = try await peer.asking(
          .echo("Sum"), [("content-type", "application/grpc-web"), ("authorization", "Bearer me")],
          body: three + three + three)
        let sum = try Number(serializedBytes: try Enveloped.all(in: answer.body)[0].bytes).value
        #expect(sum == 9)
      }
    }
  }

  @Test func `thousands of requests sent ahead do not pile up on the stack`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      let count = 5_000
      let request =
        "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        + "content-length: 3\r\n\r\n\"a\""
      peer.say(String(repeating: request, count: count))
      for _ in 0..<count { #expect(try await peer.answer().status == 200) }
    }
  }

  @Test func `an answer whose fields are too many ends its stream, and no other`() async throws {
    try await LiveServer.with { live in
      let peer = try await live.http2()
      for method in ["Boast", "BoastAtLast"] {
        let stream = peer.open(.echo(method), grpc)
        peer.push(stream, Enveloped(try Number(100_000).serializedBytes()).encoded(), end: true)
        #expect(try await peer.answer(stream).isOver)
        let next = peer.open(.echo("Echo"), grpc)
        peer.push(next, Enveloped([]).encoded(), end: true)
        #expect(try await peer.answer(next).trailers["grpc-status"] == "0")
      }
    }
  }
}
