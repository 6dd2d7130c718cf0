import NIOCore

/// How answers are written in HTTP/1.1: RFC 9112.
extension ByteBuffer {
  /// For people who look on; programs go by the number.
  private static let reasons = [
    100: "Continue", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    415: "Unsupported Media Type", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    499: "Client Closed Request", 500: "Internal Server Error", 501: "Not Implemented",
    503: "Service Unavailable", 504: "Gateway Timeout",
  ]

  mutating func writeStatus(_ status: Int, isHTTP10: Bool = false) {
    writeStaticString(isHTTP10 ? "HTTP/1.0 " : "HTTP/1.1 ")
    if status == 200 {
      writeStaticString("200 OK\r\n")
    } else {
      writeString("\(status) \(Self.reasons[status] ?? "")\r\n")
    }
  }

  mutating func writeField(_ name: String, _ value: String) {
    writeString(name)
    writeStaticString(": ")
    writeString(value)
    writeLineEnd()
  }

  mutating func writeLineEnd() { writeStaticString("\r\n") }

  /// What stands before so many bytes of a body that comes in chunks. After them comes the end of a line.
  mutating func writeChunkHead(_ count: Int) {
    writeString(String(count, radix: 16))
    writeLineEnd()
  }

  /// What ends a body in chunks; trailer fields may follow, and then an empty line.
  mutating func writeLastChunk() { writeStaticString("0\r\n") }
}
