import RPC

/// Bytes as text, and compressed.
enum Texts {
  static func check(_ bytes: [UInt8]) {
    require(Base64.decoded(Base64.encoded(bytes)) == bytes, "Base64 comes back")
    let padded = String(decoding: Base64.padded(bytes), as: UTF8.self)
    require(padded.utf8.count % 4 == 0 && Base64.decoded(padded) == bytes, "padded Base64 comes back")
    let text = String(decoding: bytes, as: UTF8.self)
    _ = Base64.decoded(text)
    percent(text)
    gzip(bytes)
    base64Pieces(bytes)
  }

  private static func percent(_ text: String) {
    let encoded = PercentEncoding.encoded(text)
    require(encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "messages of gRPC are printable ASCII")
    require(PercentEncoding.decodedPath(encoded[...]) == text, "percent encoding comes back")
    _ = PercentEncoding.decodedQuery(text)
    _ = Query(text[...])["message"]
    if let duration = try? Timeouts.grpc(text) { require(duration >= .zero, "time does not run backwards") }
    if let duration = try? Timeouts.connect(text) {
      require(duration >= .zero, "time does not run backwards")
    }
    _ = Array(text.utf8).withUnsafeBytes { Dialect(contentType: $0) }
  }

  private static func gzip(_ bytes: [UInt8]) {
    let limit = 5000
    let packed = Gzip.compressed(bytes)
    require(unpacked(packed, limit: bytes.count) == bytes, "gzip comes back")
    if !bytes.isEmpty { require(unpacked(packed, limit: bytes.count - 1) == nil, "gzip is bounded") }
    if let plain = unpacked(bytes, limit: limit) { require(plain.count <= limit, "gzip is bounded") }
  }

  private static func unpacked(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
    bytes.withUnsafeBytes { try? Gzip.decompressed($0, limit: limit) }
  }

  /// Two encodings, one behind the other, cut anywhere.
  private static func base64Pieces(_ bytes: [UInt8]) {
    let cut = bytes.count / 3
    let text = Base64.padded(bytes[..<cut]) + Base64.padded(bytes[cut...])
    var reader = Base64Reader()
    var read: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: 5) {
      let piece = Array(text[start..<min(start + 5, text.count)])
      guard let more = try? piece.withUnsafeBytes({ try reader.read($0) }) else {
        fatalError("does not hold: what was encoded can be read")
      }
      read += more
    }
    require(read == bytes && !reader.isInside, "text that is padded in between comes back")
  }
}
