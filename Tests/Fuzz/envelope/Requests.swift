import RPC

/// Requests of HTTP/1.1, one after another, as they come on a connection.
enum Requests {
  /// What came of bytes, up to where nothing more could be told.
  private struct Read: Equatable {
    var parts: [String] = []
    var isMalformed = false
  }

  /// What most inputs need to come anywhere.
  private static let starts = [
    "", "POST /a HTTP/1.1\r\nhost: h\r\n", "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n",
    "POST /a HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n",
  ]

  static func check(_ input: inout Input) {
    // An empty line fits always.
    let limit = Int(input.byte()) * 4 + 2
    let start = starts[Int(input.byte()) % starts.count]
    let piece = Int(input.byte()) % 32 + 1
    let bytes = Array(start.utf8) + input.take(.max >> 1)
    let whole = read(bytes, limit, piece: max(bytes.count, 1))
    require(whole == read(bytes, limit, piece: piece), "requests are the same wherever they are cut")
    require(whole == read(bytes, limit, piece: 1), "and byte by byte")
  }

  private static func read(_ bytes: [UInt8], _ limit: Int, piece: Int) -> Read {
    var reader = HTTP1Reader(headerBytes: limit)
    var read = Read()
    var rest: [UInt8] = []
    var body = Body()
    for start in stride(from: 0, to: bytes.count, by: piece) {
      rest += bytes[start..<min(start + piece, bytes.count)]
      var isComplete = true
      while isComplete {
        do throws(HTTP1Reader.Malformed) {
          let count = try rest.span.bytes.withUnsafeBytes { bytes throws(HTTP1Reader.Malformed) in
            let (part, count) = try reader.next(in: bytes)
            require(count <= bytes.count, "no more is taken than there is")
            if let part { take(part, bytes, &body, &read) }
            isComplete = part != nil
            return count
          }
          rest.removeFirst(count)
        } catch {
          read.isMalformed = true
          return read
        }
      }
      require(rest.count <= limit + 256 + 2, "less than a head is kept")
    }
    return read
  }

  /// What a body was said to be, and what came of it.
  private struct Body {
    var announced: HTTP1Head.Body?
    var count = 0
  }

  private static func take(
    _ part: HTTP1Reader.Part, _ bytes: UnsafeRawBufferPointer, _ body: inout Body, _ read: inout Read
  ) {
    switch part {
    case .head(let head):
      require(body.announced == nil, "a request ends before the next begins")
      body = Body(announced: head.body)
      check(head)
      let fields = head.request.fields.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
      read.parts.append("\(head.request.method) \(head.request.path)?\(head.request.query)\n\(fields)")
      read.parts.append("")
    case .body(let range, let isWhole):
      require(!range.isEmpty, "a piece has bytes")
      body.count += range.count
      require(!isWhole || body.announced == .counted(body.count), "the whole is all that was announced")
      // Where it is cut does not matter.
      read.parts[read.parts.count - 1] += String(decoding: bytes[range].map { $0 & 0x7F }, as: UTF8.self)
    case .end:
      if case .counted(let count)? = body.announced { require(count == body.count, "a body has its length") }
      body = Body()
      read.parts.append("end")
    }
  }

  private static func check(_ head: HTTP1Head) {
    func count(_ name: String) -> Int { head.request.fields.count { $0.key == name } }
    require(count("host") == 1 || head.isHTTP10 && count("host") == 0, "one host")
    require(count("content-length") + count("transfer-encoding") <= 1, "one way to tell the body's end")
    require((head.body == .chunks) == (count("transfer-encoding") == 1), "chunks are announced")
    for field in head.request.fields {
      require(field.key.utf8.allSatisfy { $0 > 0x20 && $0 != 0x3A && $0 < 0x7F }, "names are tokens")
      require(!field.value.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }, "values are lines")
    }
  }
}
