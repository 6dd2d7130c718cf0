import RPC
import Testing

/// What handlers send beside their messages.
@Suite struct ResponseMetadataTests {
  private let response = ResponseMetadata()

  @Test func `names go out in small letters, in the order in which they were added`() throws {
    try response.addHeader("X-Request-ID", "One Two")
    try response.addHeader("x-request-id", "3")
    try response.addTrailer("Checksum-Bin", "AA")
    #expect(response.headers == [("x-request-id", "One Two"), ("x-request-id", "3")])
    #expect(response.trailers == [("checksum-bin", "AA")])
  }

  @Test(arguments: [
    "", "a b", "naïve", "a:b", "a\nb", "Content-Type", "content-length", "GRPC-Status", "grpc-message", "TE",
    "Transfer-Encoding",
  ])
  func `a name that HTTP or a protocol keeps for itself is refused`(name: String) {
    for add in [response.addHeader, response.addTrailer] {
      #expect(throws: Failure.self) { try add(name, "a") }
    }
    #expect(response.headers.isEmpty && response.trailers.isEmpty)
  }

  @Test(arguments: ["a\r\nb: c", " a", "a ", "a\t", "\u{7F}", "é"])
  func `a value that could end its field is refused`(value: String) {
    #expect(throws: Failure.self) { try response.addHeader("x-a", value) }
    #expect(response.headers.isEmpty)
  }
}
