import Foundation
import RPC
package import SwiftProtobuf
package import Transport

/// Calls procedures in one of the protocols over HTTP, each call on a connection of its own. It was written from the
/// published pages and shares no line with the server.
package struct RPCClient: Sendable {
  package let port: Int
  package let tls: ClientTLS?
  package let wire: HTTPWire
  package let isHTTP2: Bool

  package init(port: Int, tls: ClientTLS?, wire: HTTPWire, isHTTP2: Bool) {
    self.port = port
    self.tls = tls
    self.wire = wire
    self.isHTTP2 = isHTTP2
  }

  private func connect() async throws -> any HTTPPeer {
    if isHTTP2 { return try await HTTP2Exchange.connect(port: port, tls: tls) }
    return try await HTTP1Peer.connect(port: port, tls: tls)
  }

  /// Calls a unary procedure. Throws `Failure`.
  package func call<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>(
    _ procedure: String, _ request: Request, _ fields: Fields = [], as: Response.Type = Response.self
  ) async throws -> Response {
    let payload = try encoded(request)
    let peer = try await connect()
    let all = wire.fields(isStream: false) + fields
    if wire.isConnect {
      let answer = try await peer.asking("/\(procedure)", all, body: payload)
      guard answer.status == 200 else { throw Self.connectFailure(answer.body) }
      return try decoded(answer.body)
    }
    var responses: [Response] = []
    try await peer.ask("POST", "/\(procedure)", all, body: framed(payload))
    try await receive(from: peer) { responses.append(try decoded($0)) }
    guard responses.count == 1 else { throw Malformed(what: "\(responses.count) answers to a unary call") }
    return responses[0]
  }

  /// Calls a server-streaming procedure. Who no longer listens cancels it.
  package func stream<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>(
    _ procedure: String, _ request: Request, _ fields: Fields = [], as: Response.Type = Response.self
  ) throws -> AsyncThrowingStream<Response, any Error> {
    let payload = try encoded(request)
    let all = wire.fields(isStream: true) + fields
    return AsyncThrowingStream { continuation in
      let task = Task {
        do {
          let peer = try await connect()
          try await peer.ask("POST", "/\(procedure)", all, body: framed(payload))
          try await receive(from: peer) { continuation.yield(try decoded($0)) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  // MARK: Messages

  private func encoded(_ request: some SwiftProtobuf.Message) throws -> [UInt8] {
    wire.isJSON ? try request.jsonUTF8Bytes() : try request.serializedBytes()
  }

  private func decoded<Response: SwiftProtobuf.Message>(_ bytes: [UInt8]) throws -> Response {
    wire.isJSON ? try Response(jsonUTF8Bytes: bytes) : try Response(serializedBytes: bytes)
  }

  private func framed(_ payload: [UInt8]) -> [UInt8] {
    let bytes = Enveloped(payload).encoded()
    return wire == .grpcWebText ? Array(Data(bytes).base64EncodedData()) : bytes
  }

  /// Reads enveloped answers to their end. Throws `Failure` where that is one.
  private func receive(from peer: any HTTPPeer, _ take: ([UInt8]) throws -> Void) async throws {
    let head = try await peer.head()
    guard head.status == 200 else { throw Malformed(what: "the HTTP status \(head.status)") }
    var reader = Enveloped.Reader()
    var last: Enveloped?
    var text = Base64Text()
    while let piece = try await peer.nextPiece() {
      reader.append(wire == .grpcWebText ? try text.read(piece) : piece)
      while let message = reader.next() {
        guard last == nil else { throw Malformed(what: "something after the last message") }
        if message.flags == 0 { try take(message.bytes) } else { last = message }
      }
    }
    guard reader.isEmpty else { throw Malformed(what: "an envelope is not complete") }
    switch wire {
    case .grpc: try Self.check(head.fields["grpc-status"] == nil ? peer.trailers : head.fields)
    case .grpcWeb, .grpcWebText:
      guard let last, last.flags == 0x80 else { throw Malformed(what: "no trailers") }
      try Self.check(Self.fields(in: last.bytes))
    case .connectBinary, .connectJSON:
      guard let last, last.flags == 2 else { throw Malformed(what: "no end of the stream") }
      let end = try JSONDecoder().decode(StreamEnd.self, from: Data(last.bytes))
      if let error = end.error { throw error.failure }
    }
  }

  // MARK: Failures

  /// The fields in the last envelope of gRPC-Web.
  package static func fields(in block: [UInt8]) -> Fields {
    var fields = Fields()
    for line in String(decoding: block, as: UTF8.self).split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      fields.append(String(parts[0]), String((parts.last ?? "").drop { $0 == " " }))
    }
    return fields
  }

  /// Throws what gRPC's trailers tell of.
  private static func check(_ trailers: Fields) throws {
    guard let status = trailers["grpc-status"].flatMap(Int32.init) else {
      throw Malformed(what: "no grpc-status")
    }
    guard status != 0 else { return }
    if let failure = trailers["grpc-status-details-bin"].flatMap(bytes).flatMap(Failure.init(encodedStatus:))
    {
      throw failure
    }
    let message = trailers["grpc-message"]?.removingPercentEncoding ?? ""
    throw Failure(Failure.Code(rawValue: status) ?? .unknown, message)
  }

  /// The failure in the JSON of a Connect answer.
  package static func connectFailure(_ body: [UInt8]) -> any Error {
    do {
      return try JSONDecoder().decode(ConnectError.self, from: Data(body)).failure
    } catch {
      return error
    }
  }

  fileprivate static func bytes(_ base64: String) -> [UInt8]? {
    let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    return Data(base64Encoded: base64 + padding).map { [UInt8]($0) }
  }
}

/// Base64 in pieces, each of which may be padded by itself.
private struct Base64Text {
  private var rest: [UInt8] = []

  mutating func read(_ piece: [UInt8]) throws -> [UInt8] {
    rest += piece
    var bytes: [UInt8] = []
    let whole = rest.count / 4 * 4
    var start = 0
    while start < whole {
      // As far as four characters that end with padding.
      let padding = rest[start..<whole].firstIndex(of: UInt8(ascii: "="))
      let end = padding.map { ($0 / 4 + 1) * 4 } ?? whole
      guard let some = Data(base64Encoded: Data(rest[start..<end])) else {
        throw Malformed(what: "no Base64")
      }
      bytes += some
      start = end
    }
    rest.removeFirst(whole)
    return bytes
  }
}

private struct StreamEnd: Decodable {
  var error: ConnectError?
}

private struct ConnectError: Decodable {
  struct Detail: Decodable {
    var type: String
    var value: String
  }

  var code: String
  var message: String?
  var details: [Detail]?

  /// By way of `google.rpc.Status`, which has the same in other words.
  var failure: any Error {
    let name = code == "canceled" ? "CANCELLED" : code.uppercased()
    guard let known = Failure.Code.allCases.first(where: { $0.name == name }) else {
      return Malformed(what: "the code '\(code)'")
    }
    var status = [0x08, UInt8(known.rawValue)] + Self.field(2, Array((message ?? "").utf8))
    for detail in details ?? [] {
      guard let value = RPCClient.bytes(detail.value) else { return Malformed(what: "a detail's value") }
      let type = Array("type.googleapis.com/\(detail.type)".utf8)
      status += Self.field(3, Self.field(1, type) + Self.field(2, value))
    }
    return Failure(encodedStatus: status) ?? Failure(known, message ?? "")
  }

  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var count = bytes.count
    var length: [UInt8] = []
    while count >= 0x80 {
      length.append(UInt8(count & 0x7F) | 0x80)
      count >>= 7
    }
    return [number << 3 | 2] + length + [UInt8(count)] + bytes
  }
}
