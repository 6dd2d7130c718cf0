import HTTPRPC
import HTTPSupport
import RPC
import Testing
import TransportSupport

/// Who is waited for, and what does not count as their slowness: what the server itself keeps waiting.
@Suite(.timeLimit(.minutes(2))) struct PatienceTests {
  private let proto: Fields = [("content-type", "application/proto")]
  private let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]
  /// What a client lets the system keep for it, so that much waits at the server.
  private let kept = 64 << 10

  private func size(_ count: Int) throws -> [UInt8] { try Number(Int64(count)).serializedBytes() }

  @Test func `a head that the server lets wait does not count as slow`() async throws {
    var limits = Limits()
    limits.frameTime = .milliseconds(500)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http1()
      try await peer.bytes.keeps(bytes: kept)
      try await peer.bytes.reads(false)
      let body = try size(60_000)
      let count = 200
      let first = "POST \(String.echo("Size")) HTTP/1.1\r\nhost: a\r\n"
      let rest = "content-type: application/proto\r\ncontent-length: \(body.count)\r\n\r\n"
      // Wherever reading stops, a head has begun.
      peer.say(first)
      for number in 1...count {
        peer.bytes.post(Array(rest.utf8) + body + (number < count ? Array(first.utf8) : []))
        try await Task.sleep(for: .milliseconds(3))
      }
      try await Task.sleep(for: .milliseconds(1200))
      try await peer.bytes.reads(true)
      for number in 1...count { #expect(try await peer.answer().status == 200, "\(number) of \(count)") }
    }
  }

  @Test func `what was sent ahead and is not read does not cut the last answer`() async throws {
    let count = 8_000_000
    var limits = Limits()
    limits.responseBytes = 2 * count
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http1()
      // The sender's buffer is as large as the receiver's lets it grow.
      try await peer.bytes.keeps(bytes: 1 << 20)
      try await peer.bytes.reads(false)
      try await peer.ask("POST", .echo("Size"), proto, body: try size(count))
      // More than is read before that answer is taken.
      for _ in 0..<200 {
        try await peer.ask("POST", .echo("Length"), proto, body: .init(repeating: 0, count: 10_000))
      }
      try await Task.sleep(for: .milliseconds(200))
      let drained = Task { await live.server.drain(within: .seconds(60)) }
      for _ in 0..<50 {
        try await Task.sleep(for: .milliseconds(100))
        try await peer.bytes.readOnce()
      }
      try? await peer.bytes.reads(true)
      let answer = try await peer.answer()
      #expect(try Blob(serializedBytes: answer.body).value.count == count)
      await drained.value
    }
  }

  @Test func `a drained stream of a client over HTTP 1 ends at once, whatever is still to come`() async throws
  {
    var limits = Limits()
    limits.frameTime = .seconds(600)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http1()
      peer.say(
        "POST \(String.echo("Collect")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+proto\r\n"
          + "content-length: 1000\r\n\r\n")
      await live.probe.started.wait()
      let drained = Task { await live.server.drain(within: .seconds(600)) }
      let answer = try await peer.answer()
      #expect(answer.fields["connection"] == "close" && answer.text.contains("unavailable"))
      #expect(try await peer.isClosed())
      peer.bytes.close()
      await drained.value
    }
  }

  @Test func `a request that was held back is not too slow when its turn comes`() async throws {
    var limits = Limits()
    limits.queuedBytes = 10_000
    limits.frameTime = .seconds(1)
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http2()
      peer.givesCredit = false
      let large = peer.open(.echo("Size"), grpc)
      peer.push(large, Enveloped(try size(200_000)).encoded(), end: true)
      try await peer.pump { peer.answers[large]?.body.count == HTTP2Peer.defaultWindow }
      let held = peer.open(.echo("Length"), grpc)
      let request = Enveloped(try Blob(.init(repeating: 1, count: 9_995)).serializedBytes()).encoded()
      peer.push(held, Array(request.prefix(100)))
      try await Task.sleep(for: .milliseconds(1500))
      for window in [0, large] { peer.post(.windowUpdate(window, 1 << 20)) }
      #expect(try await peer.answer(large).trailers["grpc-status"] == "0")
      try await peer.roundTrip()
      peer.push(held, Array(request.dropFirst(100)), end: true)
      #expect(try await peer.answer(held).trailers["grpc-status"] == "0")
    }
  }

  @Test func `the rest of a request has its time from the answer on`() async throws {
    var limits = Limits()
    limits.frameTime = .seconds(3)
    limits.messageBytes = 1000
    try await LiveServer.with(limits: limits) { live in
      let peer = try await live.http1()
      let message = Enveloped(try Number(1).serializedBytes()).encoded()
      let tooLarge = Enveloped([UInt8](repeating: 0, count: 2000)).encoded()
      let rest = [UInt8](repeating: 0, count: 10)
      peer.say(
        "POST \(String.echo("Sum")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+proto\r\n"
          + "content-length: \(message.count + tooLarge.count + rest.count)\r\n\r\n")
      peer.bytes.post(message)
      try await Task.sleep(for: .milliseconds(2000))
      peer.bytes.post(tooLarge)
      #expect(try await peer.answer().text.contains("resource_exhausted"))
      try await Task.sleep(for: .milliseconds(1500))
      peer.bytes.post(rest)
      let next = try await peer.asking(.echo("Size"), proto, body: try size(1))
      #expect(next.status == 200)
    }
  }

  @Test(arguments: ["\r\n", "\r\n\r\n"])
  func `empty lines before the first request are passed over`(lines: String) async throws {
    try await LiveServer.with { live in
      let peer = try await live.http1()
      peer.say(
        lines + "POST \(String.echo("Echo")) HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
          + "content-length: 3\r\n\r\n\"a\"")
      #expect(try await peer.answer().text == "\"a\"")
    }
  }
}
