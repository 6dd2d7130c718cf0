import RPC
import Testing

@testable import HTTPRPC

/// The messages in a request's body: envelopes as gRPC's PROTOCOL-HTTP2 (Length-Prefixed-Message) and Connect's
/// protocol reference (Enveloped-Message) have them.
@Suite struct IncomingMessagesTests {
  private func read(
    _ body: [UInt8], _ form: Dialect.Form = .grpc, isGzip: Bool = false, limit: Int = 1000,
    cutAt cut: Int? = nil
  ) throws -> [[UInt8]] {
    var incoming = IncomingMessages(Intent(dialect: Dialect(form, .binary), isGzip: isGzip))
    var found: [IncomingMessage] = []
    for piece in [body[..<(cut ?? 0)], body[(cut ?? 0)...]] {
      try Array(piece).withUnsafeBytes { piece in
        try incoming.read(piece, limit: limit) { message throws(Failure) in found.append(message) }
      }
    }
    if let last = try incoming.end() { found.append(last) }
    let messages = try found.map { try $0.decompressed(limit: limit) }
    return messages
  }

  private func enveloped(_ message: [UInt8], _ flags: UInt8 = 0) -> [UInt8] {
    Envelope.Prefix(flags: Envelope.Flags(rawValue: flags), count: message.count).followed(by: message)
  }

  private func code(_ body: () throws -> [[UInt8]]) -> Failure.Code? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? Failure)?.code
    }
  }

  @Test(arguments: [Dialect.Form.grpc, .grpcWeb, .connectStream])
  func `envelopes are found wherever the body is cut`(form: Dialect.Form) throws {
    let body = enveloped([1, 2, 3]) + enveloped([]) + enveloped([4])
    for cut in 0...body.count { #expect(try read(body, form, cutAt: cut) == [[1, 2, 3], [], [4]]) }
  }

  @Test func `a body of text is decoded first`() throws {
    let body = Base64.padded(enveloped([1, 2, 3, 4])) + Base64.padded(enveloped([5]))
    for cut in 0...body.count { #expect(try read(body, .grpcWebText, cutAt: cut) == [[1, 2, 3, 4], [5]]) }
    #expect(code { try read(Array("****".utf8), .grpcWebText) } == .invalidArgument)
    #expect(code { try read(Array("AAA".utf8), .grpcWebText) } == .invalidArgument)
  }

  @Test func `without envelopes the body is the message`() throws {
    #expect(try read([1, 2, 3], .connectUnary) == [[1, 2, 3]])
    #expect(try read([], .connectUnary) == [[]])
    #expect(try read(Gzip.compressed([1, 2, 3]), .connectUnary, isGzip: true) == [[1, 2, 3]])
    #expect(code { try read([1, 2, 3], .connectUnary, limit: 2) } == .resourceExhausted)
  }

  @Test func `a message that ends early is refused`() {
    let body = enveloped([1, 2, 3])
    for end in 1..<body.count { #expect(code { try read(Array(body[..<end])) } == .invalidArgument) }
  }

  @Test func `a message that is announced to be too large is refused before it comes`() {
    #expect(code { try read([0, 0, 0, 3, 233]) } == .resourceExhausted)
    #expect(code { try read([0, 255, 255, 255, 255]) } == .resourceExhausted)
    #expect(code { try read(enveloped([UInt8](repeating: 0, count: 1000))) } == nil)
  }

  @Test func `compressed messages are flagged, and others come between them`() throws {
    let body = enveloped(Gzip.compressed([1, 2, 3]), 1) + enveloped([4])
    #expect(try read(body, isGzip: true) == [[1, 2, 3], [4]])
    // gRPC: INTERNAL, for a flag without an encoding.
    #expect(code { try read(body) } == .internal)
    #expect(code { try read(enveloped([1, 2, 3], 1), isGzip: true) } == .invalidArgument)
    let bomb = enveloped(Gzip.compressed([UInt8](repeating: 0, count: 5000)), 1)
    #expect(code { try read(bomb, isGzip: true) } == .resourceExhausted)
  }

  @Test func `gzip may have several members, one after another`() throws {
    let both = Gzip.compressed([1, 2]) + Gzip.compressed([3])
    #expect(try read(enveloped(both, 1), isGzip: true) == [[1, 2, 3]])
    #expect(code { try read(enveloped(both + [0], 1), isGzip: true) } == .invalidArgument)
    #expect(code { try read(enveloped(both.dropLast(1) + [], 1), isGzip: true) } == .invalidArgument)
  }

  @Test(arguments: [2, 4, 128, 255] as [UInt8])
  func `flags that no request has are refused`(flags: UInt8) {
    #expect(code { try read(enveloped([1], flags)) } == .internal)
  }
}
