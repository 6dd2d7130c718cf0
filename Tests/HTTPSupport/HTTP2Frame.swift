/// A frame of HTTP/2 (RFC 9113, 4.1).
package struct HTTP2Frame: Sendable, Hashable {
  package enum Kind {
    package static let data: UInt8 = 0
    package static let headers: UInt8 = 1
    package static let priority: UInt8 = 2
    package static let reset: UInt8 = 3
    package static let settings: UInt8 = 4
    package static let push: UInt8 = 5
    package static let ping: UInt8 = 6
    package static let goAway: UInt8 = 7
    package static let windowUpdate: UInt8 = 8
    package static let continuation: UInt8 = 9
  }

  package enum Flag {
    package static let endStream: UInt8 = 0x01
    package static let acknowledged: UInt8 = 0x01
    package static let endHeaders: UInt8 = 0x04
    package static let padded: UInt8 = 0x08
  }

  /// RFC 9113, 7.
  package enum Code {
    package static let noError: UInt32 = 0
    package static let protocolError: UInt32 = 1
    package static let flowControlError: UInt32 = 3
    package static let streamClosed: UInt32 = 5
    package static let frameSizeError: UInt32 = 6
    package static let refusedStream: UInt32 = 7
    package static let cancel: UInt32 = 8
    package static let compressionError: UInt32 = 9
    package static let enhanceYourCalm: UInt32 = 11
  }

  package static let headerBytes = 9
  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  package var kind: UInt8
  package var flags: UInt8
  package var stream: UInt32
  package var payload: [UInt8]

  package init(_ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
    self.kind = kind
    self.flags = flags
    self.stream = stream
    self.payload = payload
  }

  /// - Parameter length: what the frame says of itself; `nil`: the truth.
  package func encoded(announcing length: Int? = nil) -> [UInt8] {
    let length = UInt32(length ?? payload.count)
    return Array(Self.be32(length).dropFirst()) + [kind, flags] + Self.be32(stream) + payload
  }

  package static func be32(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  /// Four bytes as a number, big endian.
  package static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
    bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// SETTINGS with these values by their numbers.
  package static func settings(_ values: [(UInt16, UInt32)]) -> HTTP2Frame {
    HTTP2Frame(
      Kind.settings, values.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xFF)] + be32($0.1) })
  }

  package static func windowUpdate(_ stream: UInt32, _ count: UInt32) -> HTTP2Frame {
    HTTP2Frame(Kind.windowUpdate, stream: stream, be32(count))
  }

  package static func reset(_ stream: UInt32, _ code: UInt32 = Code.cancel) -> HTTP2Frame {
    HTTP2Frame(Kind.reset, stream: stream, be32(code))
  }

  package static func ping(_ text: String = "12345678") -> HTTP2Frame {
    HTTP2Frame(Kind.ping, Array(text.utf8))
  }

  /// A request's head.
  package static func request(_ stream: UInt32, _ fields: Fields, end: Bool) -> HTTP2Frame {
    HTTP2Frame(
      Kind.headers, flags: Flag.endHeaders | (end ? Flag.endStream : 0), stream: stream,
      HeaderWriter.encoded(fields))
  }

  package static func block(_ fields: Fields) -> [UInt8] { HeaderWriter.encoded(fields) }
}
