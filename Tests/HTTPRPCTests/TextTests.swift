import Testing

@testable import HTTPRPC

@Suite struct TextTests {
  @Test(arguments: [[], [0], [255, 254], [1, 2, 3], Array(0...255)] as [[UInt8]])
  func `bytes in Base64 come back, padded or not, in either alphabet`(bytes: [UInt8]) {
    let text = Base64.encoded(bytes)
    #expect(!text.contains("="))
    #expect(Base64.decoded(text) == bytes)
    #expect(Base64.decoded(String(decoding: Base64.padded(bytes), as: UTF8.self)) == bytes)
    #expect(Base64.decoded(text.replacing("+", with: "-").replacing("/", with: "_")) == bytes)
  }

  @Test(arguments: ["A", "*AAA", "AA A"])
  func `what is no Base64 is nothing`(text: String) {
    #expect(Base64.decoded(text) == nil)
  }

  /// gRPC's PROTOCOL-HTTP2, Status-Message: printable ASCII but %.
  @Test(arguments: [
    ("plain text", "plain text"), ("100 %", "100 %25"), ("line\nnext", "line%0Anext"),
    ("7 o’clock", "7 o%E2%80%99clock"),
    ("~", "~"), ("\u{7F}", "%7F"),
  ])
  func `a message of gRPC is printable ASCII`(text: String, encoded: String) {
    #expect(PercentEncoding.encoded(text) == encoded)
    #expect(PercentEncoding.decodedQuery(encoded) == Array(text.utf8))
  }

  @Test func `a query has spaces as plus, and a path does not`() {
    #expect(PercentEncoding.decodedQuery("a+b%2Bc") == Array("a b+c".utf8))
    #expect(PercentEncoding.decodedPath("/a+b%20c") == "/a+b c")
    #expect(PercentEncoding.decodedPath("/%") == nil)
    #expect(PercentEncoding.decodedPath("/%4") == nil)
    #expect(PercentEncoding.decodedPath("/%zz") == nil)
    #expect(PercentEncoding.decodedPath("/%FF") == nil)
  }

  @Test func `Base64 comes in pieces, of which each may be padded`() throws {
    let whole = Array("AAECAw==BAU=Bgc=".utf8)
    for cut in 0...whole.count {
      var reader = Base64Reader()
      var bytes: [UInt8] = []
      for piece in [whole[..<cut], whole[cut...]] {
        bytes += try Array(piece).withUnsafeBytes { try reader.read($0) }
      }
      #expect(bytes == [0, 1, 2, 3, 4, 5, 6, 7])
      #expect(!reader.isInside)
    }
    var reader = Base64Reader()
    _ = try [65, 65].withUnsafeBytes { try reader.read(UnsafeRawBufferPointer(rebasing: $0[..<2])) }
    #expect(reader.isInside)
  }
}
