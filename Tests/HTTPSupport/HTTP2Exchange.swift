package import Transport

/// One request at a time over HTTP/2, as a well-behaved client makes it.
package final class HTTP2Exchange: HTTPPeer {
  package let peer: HTTP2Peer
  private var stream: UInt32 = 0
  package init(_ peer: HTTP2Peer) { self.peer = peer }

  package static func connect(port: Int, tls: ClientTLS? = nil) async throws -> HTTP2Exchange {
    HTTP2Exchange(try await .connect(port: port, tls: tls))
  }

  package func ask(_ method: String, _ target: String, _ fields: Fields, body: [UInt8]?) async throws {
    stream = peer.open(target, fields, method: method, end: body == nil)
    if let body { try await peer.write(stream, body, end: true) }
  }

  package func head() async throws -> HTTPAnswer {
    try await peer.pump {
      self.peer.answers[self.stream].map { $0.hasHead || $0.isOver } ?? true
    }
    guard let answer = peer.answers[stream], let status = answer.status else { throw ConnectionEnded() }
    return HTTPAnswer(status: status, fields: answer.fields)
  }

  package func nextPiece() async throws -> [UInt8]? {
    let piece = try await peer.takeBody(stream)
    if piece.isEmpty, let answer = peer.answers[stream], !answer.isEnded, let code = answer.reset {
      throw StreamReset(code: code)
    }
    return piece.isEmpty ? nil : piece
  }

  package var trailers: Fields { peer.answers[stream]?.trailers ?? [] }
}

/// The server gave a stream up.
package struct StreamReset: Error, Hashable {
  package let code: UInt32
}
