import NIOCore
import NIOHTTP1

/// How answers are written in HTTP/1.1: RFC 9112.
extension ByteBuffer {
  mutating func writeStatus(_ status: Int, isHTTP10: Bool = false) {
    writeStaticString(isHTTP10 ? "HTTP/1.0 " : "HTTP/1.1 ")
    if status == 200 {
      writeStaticString("200 OK\r\n")
    } else {
      writeString("\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n")
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
