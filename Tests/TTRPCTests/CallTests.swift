import Foundation
import RPC
import TTRPC
import Testing

/// Calls over every transport.
@Suite(.timeLimit(.minutes(2))) struct CallTests {
  private let echo = "\(EchoService.name)/Echo"

  @Test(arguments: Transport.allCases)
  func `A2 a call is answered`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      let now: Text = try await client.call(echo, Text("now"))
      let later: Text = try await client.call("\(EchoService.name)/EchoLater", Text("later"))
      let atOnce: Text = try await client.call("\(EchoService.name)/EchoAtOnce", Text("at once"))
      let empty: Text = try await client.call(echo, Text())
      #expect([now.value, later.value, atOnce.value, empty.value] == ["now", "later", "at once", ""])
    }
  }

  @Test(arguments: Transport.allCases)
  func `16 connections with 16 callers each get their own answers`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
        for connection in 0..<16 {
          let client = try await live.connect()
          for caller in 0..<16 {
            group.addTask {
              var wrong = 0
              for turn in 0..<20 {
                let text = Text("\(connection) \(caller) \(turn)")
                let procedure = turn % 2 == 0 ? "Echo" : "EchoLater"
                let answer: Text = try await client.call("\(EchoService.name)/\(procedure)", text)
                if answer != text { wrong += 1 }
              }
              return wrong
            }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(wrong == 0)
    }
  }

  @Test(arguments: Transport.allCases)
  func `A5 a refusal comes with all its details`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      let client = try await live.connect()
      for method in ["Refuse", "RefuseAtOnce"] {
        await #expect(throws: EchoService.refusal) {
          let _: Text = try await client.call("\(EchoService.name)/\(method)", Text("x"))
        }
      }
    }
  }

  @Test func `an unknown procedure is told by name`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      for name in ["test.v1.EchoService/Nope", "nope.v1.NopeService/Echo"] {
        let failure = await failure { let _: Text = try await client.call(name, Text("x")) }
        #expect(failure?.code == .unimplemented)
        #expect(failure?.reason == .unknownProcedure)
        #expect(failure?.message.contains(name) == true)
      }
    }
  }

  @Test func `a stream called as a unary procedure is refused`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let failure = await failure {
        let _: Number = try await client.call("\(EchoService.name)/Count", Number(3))
      }
      #expect(failure?.reason == .streamingProcedure)
    }
  }

  @Test func `metadata arrives`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let answer: Text = try await client.call(
        "\(EchoService.name)/Metadata",
        Text("AUTHORIZATION"),
        metadata: [("x", "1"), ("authorization", "Bearer täst")]
      )
      #expect(answer.value == "Bearer täst")
    }
  }

  @Test func `S3 a handler knows how its caller came in, and keeps things with the connection`() async throws
  {
    for (transport, expected) in [
      (Transport.tcp, "loopback 127.0.0.1"), (.unix, "local local"), (.tls, "tls 127.0.0.1"),
    ] {
      try await LiveServer.with(transport) { live in
        let client = try await live.connect()
        let security: Text = try await client.call("\(EchoService.name)/Security", Nothing())
        #expect(security.value == expected)
        let other = try await live.connect()
        let first: Number = try await client.call("\(EchoService.name)/Visit", Nothing())
        let second: Number = try await client.call("\(EchoService.name)/Visit", Nothing())
        let foreign: Number = try await other.call("\(EchoService.name)/Visit", Nothing())
        #expect([first.value, second.value, foreign.value] == [1, 2, 1])
      }
    }
  }

  // MARK: Sizes

  @Test(arguments: Transport.allCases)
  func `an answer of the limit arrives, a larger one is refused`(transport: Transport) async throws {
    var limits = Limits()
    limits.messageBytes = 100_000
    try await LiveServer.with(transport, limits: limits) { live in
      let client = try await live.connect()
      // Two fields are around the bytes: the blob's own and the envelope's, four bytes each.
      let largest: Blob = try await client.call("\(EchoService.name)/Size", Number(100_000 - 8))
      #expect(largest.value.count == 100_000 - 8)
      let failure = await failure {
        let _: Blob = try await client.call("\(EchoService.name)/Size", Number(100_000 - 7))
      }
      #expect(failure?.code == .resourceExhausted)
      #expect(failure?.reason == .responseTooLarge)
      let after: Text = try await client.call(echo, Text("still here"))
      #expect(after.value == "still here")
    }
  }

  @Test func `a request larger than the client's limit is not sent`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let failure = await failure {
        let _: Text = try await client.call(echo, Text(String(repeating: "x", count: 4 << 20)))
      }
      #expect(failure?.reason == .requestTooLarge)
      let after: Text = try await client.call(echo, Text("still here"))
      #expect(after.value == "still here")
    }
  }

  @Test(arguments: Transport.allCases)
  func `a frame above the server's limit is answered, then the connection closes`(
    transport: Transport
  ) async throws {
    var limits = Limits()
    limits.messageBytes = 100_000
    try await LiveServer.with(transport, limits: limits) { live in
      let client = try await live.connect()
      let failure = await failure {
        let _: Text = try await client.call(echo, Text(String(repeating: "x", count: 3 << 20)))
      }
      #expect(failure?.code == .resourceExhausted)
      #expect(failure?.reason == .frameTooLarge)
      await client.whenClosed()
    }
  }

  // MARK: Time

  @Test(arguments: ["Wait", "Stubborn"])
  func `a deadline is answered at once, also by handlers that do not listen`(method: String) async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let failure = await failure {
        let _: Text = try await client.call(
          "\(EchoService.name)/\(method)",
          Text("x"),
          timeout: .milliseconds(50)
        )
      }
      #expect(failure?.code == .deadlineExceeded)
      #expect(failure?.reason == .deadlineExceeded)
      live.probe.release.fire()
      let after: Text = try await client.call(echo, Text("late answers are dropped"))
      #expect(after.value == "late answers are dropped")
    }
  }

  @Test func `the server cancels a handler at its deadline`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      _ = await failure {
        let _: Text = try await client.call("\(EchoService.name)/Wait", Text("x"), timeout: .milliseconds(50))
      }
      await live.probe.cancelled.wait()
    }
  }

  @Test func `a deadline centuries away is as good as none`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let waiting = Task { () -> Text in
        try await client.call("\(EchoService.name)/Wait", Text("x"), timeout: .nanoseconds(Int64.max))
      }
      await live.probe.started.wait()
      live.probe.release.fire()
      #expect(try await waiting.value == Text("x"))
    }
  }

  @Test func `a time that is over is not sent`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      await #expect(throws: Failure.deadlineExceeded) {
        let _: Text = try await client.call(echo, Text("x"), timeout: .zero)
      }
    }
  }

  @Test func `cancelling a caller ends its wait and nothing else`() async throws {
    try await LiveServer.with { live in
      let client = try await live.connect()
      let waiting = Task { () -> Text in try await client.call("\(EchoService.name)/Wait", Text("x")) }
      await live.probe.started.wait()
      waiting.cancel()
      await #expect(throws: Failure.cancelled) { _ = try await waiting.value }
      let after: Text = try await client.call(echo, Text("still here"))
      #expect(after.value == "still here")
      let early = Task { () -> Text in
        withUnsafeCurrentTask { $0?.cancel() }
        return try await client.call(echo, Text("x"))
      }
      await #expect(throws: Failure.cancelled) { _ = try await early.value }
    }
  }
}
