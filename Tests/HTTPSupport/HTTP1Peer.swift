package import Transport

/// A client of HTTP/1.1 that says what it is told to, well-formed or not, and reads what comes back.
package final class HTTP1Peer: HTTPPeer {
  /// How the rest of an answer's body is told.
  private enum Rest {
    case nothing
    case bytes(Int)
    case chunks
    case untilEnd
  }

  package let bytes: BytePeer
  private var buffer: [UInt8] = []
  private var position = 0
  private var rest = Rest.nothing
  private var isHead = false
  package private(set) var trailers = Fields()

  package init(_ bytes: BytePeer) { self.bytes = bytes }

  package static func connect(port: Int, tls: ClientTLS? = nil) async throws -> HTTP1Peer {
    HTTP1Peer(try await .connect(port: port, tls: tls, offering: tls == nil ? [] : ["http/1.1"]))
  }

  // MARK: Asking

  package func ask(_ method: String, _ target: String, _ fields: Fields, body: [UInt8]?) async throws {
    isHead = method == "HEAD"
    var head = "\(method) \(target) HTTP/1.1\r\nhost: localhost\r\n"
    for field in fields.all { head += "\(field.name): \(field.value)\r\n" }
    if let body { head += "content-length: \(body.count)\r\n" }
    bytes.post(Array((head + "\r\n").utf8) + (body ?? []))
  }

  /// Sends text as it stands.
  package func say(_ text: String) { bytes.post(Array(text.utf8)) }

  // MARK: The answer

  package func head() async throws -> HTTPAnswer {
    let status = try await line().split(separator: " ")
    guard status.count > 1, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]) else {
      throw Malformed(what: "\(status)")
    }
    let fields = try await self.fields()
    trailers = Fields()
    rest = Self.rest(of: code, fields, isHead: isHead)
    return HTTPAnswer(status: code, fields: fields)
  }

  private static func rest(of status: Int, _ fields: Fields, isHead: Bool) -> Rest {
    if isHead || status < 200 || status == 204 || status == 304 { return .nothing }
    if fields["transfer-encoding"] == "chunked" { return .chunks }
    return fields["content-length"].flatMap(Int.init).map(Rest.bytes) ?? .untilEnd
  }

  package func nextPiece() async throws -> [UInt8]? {
    switch rest {
    case .nothing, .bytes(0): return nil
    case .bytes(let count):
      let piece = try await some(upTo: count)
      rest = .bytes(count - piece.count)
      return piece
    case .chunks:
      guard let size = Int(try await line(), radix: 16) else { throw Malformed(what: "a chunk's size") }
      guard size > 0 else {
        trailers = try await fields()
        rest = .nothing
        return nil
      }
      var chunk: [UInt8] = []
      while chunk.count < size { chunk += try await some(upTo: size - chunk.count) }
      guard try await line().isEmpty else { throw Malformed(what: "a chunk's end") }
      return chunk
    case .untilEnd:
      if position == buffer.count, try await !receive() {
        rest = .nothing
        return nil
      }
      return try await some(upTo: .max)
    }
  }

  /// Waits for the end of the connection. False when something else comes first.
  package func isClosed() async throws -> Bool {
    guard position == buffer.count else { return false }
    return try await !receive()
  }

  // MARK: Bytes

  private func fields() async throws -> Fields {
    var fields = Fields()
    while true {
      let line = try await line()
      guard !line.isEmpty else { return fields }
      guard let colon = line.firstIndex(of: ":") else { throw Malformed(what: line) }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      fields.append(line[..<colon].lowercased(), String(value))
    }
  }

  private func line() async throws -> String {
    while true {
      if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { position = end + 1 }
        guard end > position, buffer[end - 1] == UInt8(ascii: "\r") else { throw Malformed(what: "a line") }
        return String(decoding: buffer[position..<end - 1], as: UTF8.self)
      }
      guard try await receive() else { throw ConnectionEnded() }
    }
  }

  private func some(upTo count: Int) async throws -> [UInt8] {
    if position == buffer.count {
      guard try await receive() else { throw ConnectionEnded() }
    }
    let end = position + min(count, buffer.count - position)
    defer { position = end }
    return Array(buffer[position..<end])
  }

  /// False when there is no more.
  private func receive() async throws -> Bool {
    guard let more = try await bytes.receive() else { return false }
    buffer.removeFirst(position)
    position = 0
    buffer += more
    return true
  }
}

/// What came is not what its protocol says.
package struct Malformed: Error {
  package let what: String

  package init(what: String) { self.what = what }
}
