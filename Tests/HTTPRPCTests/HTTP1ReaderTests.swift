import RPC
import Testing

@testable import HTTPRPC

/// RFC 9112, and what a proxy in front may understand otherwise.
@Suite struct HTTP1ReaderTests {
  private static let head = "POST /a?b HTTP/1.1\r\nHost: h\r\n"

  /// What came of bytes: heads by their targets and fields, bodies joined, and ends.
  private func read(_ pieces: [[UInt8]], limit: Int = 1 << 14) throws(HTTP1Reader.Malformed) -> [String] {
    var reader = HTTP1Reader(headerBytes: limit)
    var rest: [UInt8] = []
    var seen: [String] = []
    for piece in pieces {
      rest += piece
      while true {
        let (text, count) = try rest.span.bytes.withUnsafeBytes {
          bytes throws(HTTP1Reader.Malformed) -> (String?, Int) in
          let (part, count) = try reader.next(in: bytes)
          return (part.map { Self.text($0, bytes) }, count)
        }
        rest.removeFirst(count)
        guard let text else { break }
        if text.hasPrefix("+"), seen.last?.hasPrefix("+") == true {
          seen[seen.count - 1] += text.dropFirst()
        } else {
          seen.append(text)
        }
      }
    }
    return seen
  }

  private static func text(_ part: HTTP1Reader.Part, _ bytes: UnsafeRawBufferPointer) -> String {
    switch part {
    case .head(let head):
      let fields = head.request.fields.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
      return "\(head.request.path) [\(fields)]" + (head.isKeepAlive ? "" : " closes")
    case .body(let range, _): return "+" + String(decoding: bytes[range], as: UTF8.self)
    case .end: return "end"
    }
  }

  private func read(_ text: String) throws(HTTP1Reader.Malformed) -> [String] { try read([Array(text.utf8)]) }

  private static let good: [(String, [String])] = [
    ("GET / HTTP/1.1\r\nhost:\r\n\r\n", ["/ [host=]", "end"]),
    ("\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n\r\n", ["/ [host=a]", "end"]),
    ("\(head)Content-Length: 3\r\n\r\nabc", ["/a [host=h,content-length=3]", "+abc", "end"]),
    ("\(head)content-length: 0\r\n\r\n", ["/a [host=h,content-length=0]", "end"]),
    (
      "\(head)X-Y: \t a \u{e9} b\t \r\nx-y:\r\n\r\nGET /2 HTTP/1.1\r\nhost: h\r\nconnection: a, Close\r\n\r\n",
      ["/a [host=h,x-y=a \u{e9} b,x-y=]", "end", "/2 [host=h,connection=a, Close] closes", "end"]
    ),
    (
      "\(head)Transfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n00A ; x=\"y\"\r\n0123456789\r\n0\r\nt: 1\r\n\r\n",
      ["/a [host=h,transfer-encoding=Chunked]", "+ab0123456789", "end"]
    ),
    ("\(head)transfer-encoding: chunked\r\n\r\n0\r\n\r\n", ["/a [host=h,transfer-encoding=chunked]", "end"]),
    ("GET http://h:1/a/b?c HTTP/1.1\r\nhost: h\r\n\r\n", ["/a/b [host=h]", "end"]),
    ("GET http://h?/a HTTP/1.1\r\nhost: h\r\n\r\n", [" [host=h]", "end"]),
    ("GET x?u=http://h/a HTTP/1.1\r\nhost: h\r\n\r\n", ["x [host=h]", "end"]),
    ("OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n", ["* [host=h]", "end"]),
    ("CONNECT h:1 HTTP/1.1\r\nhost: h\r\n\r\n", ["h:1 [host=h]", "end"]),
    ("GET / HTTP/1.0\r\n\r\n", ["/ [] closes", "end"]),
    ("GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", ["/ [connection=Keep-Alive]", "end"]),
  ]

  @Test(arguments: good)
  func `a request is what it says, wherever it is cut`(text: String, parts: [String]) throws {
    let bytes = Array(text.utf8)
    #expect(try read([bytes]) == parts)
    for cut in 0...bytes.count { #expect(try read([Array(bytes[..<cut]), Array(bytes[cut...])]) == parts) }
    #expect(try read(bytes.map { [$0] }) == parts)
  }

  @Test(arguments: [
    "GET /\r\nhost: h\r\n\r\n", "GET  / HTTP/1.1\r\nhost: h\r\n\r\n", "GET / HTTP/1.1 \r\nhost: h\r\n\r\n",
    "GET / HTTP/2.0\r\nhost: h\r\n\r\n", "GET / http/1.1\r\nhost: h\r\n\r\n",
    "G(T / HTTP/1.1\r\nhost: h\r\n\r\n",
    " / HTTP/1.1\r\nhost: h\r\n\r\n", "GET /\u{1} HTTP/1.1\r\nhost: h\r\n\r\n",
    "GET /\u{7f} HTTP/1.1\r\nhost: h\r\n\r\n",
    "GET / HTTP/1.1\nhost: h\r\n\r\n", "GET / HTTP/1.1\r\nhost: h\n\n", "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: h\r\nhost: h\r\n\r\n", "GET / HTTP/1.0\r\nhost: h\r\nhost: h\r\n\r\n",
    "\(head) folded: 1\r\n\r\n", "\(head)a: b\r\n c\r\n\r\n", "\(head)a : b\r\n\r\n", "\(head): b\r\n\r\n",
    "\(head)nothing\r\n\r\n", "\(head)a: \u{0}\r\n\r\n", "\(head)a: b\rc\r\n\r\n",
    "\(head)a\u{e9}: b\r\n\r\n",
    "\(head)content-length: +3\r\n\r\n", "\(head)content-length: 3, 3\r\n\r\n",
    "\(head)content-length: \r\n\r\n",
    "\(head)content-length: 0x3\r\n\r\n", "\(head)content-length: 3\r\ncontent-length: 3\r\n\r\n",
    "\(head)content-length: 1234567890123456789\r\n\r\n",
    "\(head)content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
    "\(head)transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n",
    "\(head)transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
    "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\nx\r\n", "\(head)transfer-encoding: chunked\r\n\r\n\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\n5 \r\n", "\(head)transfer-encoding: chunked\r\n\r\n-1\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\n1\nx",
    "\(head)transfer-encoding: chunked\r\n\r\n123456789\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\n1 x\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\n1;\u{0}\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
    "\(head)transfer-encoding: chunked\r\n\r\n1;\(String(repeating: "a", count: 300))",
    "\(head)transfer-encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n",
  ])
  func `what could be read in two ways is refused`(text: String) {
    #expect(throws: HTTP1Reader.Malformed.request) { try read(text) }
    #expect(throws: HTTP1Reader.Malformed.request) { try read(text.utf8.map { [$0] }) }
  }

  @Test(arguments: ["gzip, chunked", "chunked, identity", "xchunked", "identity", ""])
  func `a transfer coding that is not known is said to be so`(coding: String) {
    #expect(throws: HTTP1Reader.Malformed.unknownCoding) {
      try read("\(Self.head)transfer-encoding: \(coding)\r\n\r\n")
    }
    #expect(HTTP1Reader.Malformed.unknownCoding.status == 501)
  }

  @Test func `heads and trailers have a limit, complete or not`() throws {
    let long = String(repeating: "a", count: 200)
    let fields = (0..<5).map { "x-\($0): y\r\n" }.joined()
    for text in [
      "GET /\(long)", "GET /\(long) HTTP/1.1\r\nhost: h\r\n\r\n", "\(Self.head)a: \(long)\r\n\r\n",
      "\(Self.head)\(fields)\r\n", "\(Self.head)transfer-encoding: chunked\r\n\r\n0\r\n\(fields)\r\n",
    ] {
      #expect(throws: HTTP1Reader.Malformed.tooLarge, "\(text)") { try read([Array(text.utf8)], limit: 150) }
    }
    #expect(HTTP1Reader.Malformed.tooLarge.status == 431)
  }

  @Test func `a client is told to continue only where it asks for it, and can hear it`() throws {
    for (text, expects) in [
      ("\(Self.head)expect: 100-Continue\r\n\r\n", true), ("\(Self.head)expect: 200\r\n\r\n", false),
      ("\(Self.head)\r\n", false), ("POST / HTTP/1.0\r\nexpect: 100-continue\r\n\r\n", false),
    ] {
      let head = try Array(text.utf8).withUnsafeBytes { try HTTP1Head($0, limit: 1 << 14) }
      #expect(head.expectsContinue == expects)
    }
  }

  @Test func `a body that is there at once is known to be whole`() throws {
    var reader = HTTP1Reader(headerBytes: 1 << 14)
    var wholes: [Bool] = []
    for text in ["\(Self.head)content-length: 3\r\n\r\nabc", "\(Self.head)content-length: 3\r\n\r\na", "bc"] {
      var rest = Array(text.utf8)
      while true {
        let (part, count) = try rest.withUnsafeBytes { try reader.next(in: $0) }
        rest.removeFirst(count)
        if case .body(_, let isWhole) = part { wholes.append(isWhole) }
        if part == nil { break }
      }
    }
    #expect(wholes == [true, false, false])
  }
}
