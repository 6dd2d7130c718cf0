import CNGHTTP2

/// Header fields as HTTP/2 sends them (RFC 7541).
enum HeaderWriter {
  /// Literals without indexing: what is sent leaves nothing behind at the other side.
  static func encoded(_ fields: Fields) -> [UInt8] {
    fields.all.flatMap { [0x00] + text($0.name) + text($0.value) }
  }

  private static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return integer(bytes.count, prefix: 7) + bytes
  }

  /// RFC 7541, 5.1, with no bits before the prefix.
  private static func integer(_ value: Int, prefix: Int) -> [UInt8] {
    let limit = (1 << prefix) - 1
    guard value >= limit else { return [UInt8(value)] }
    var bytes = [UInt8(limit)]
    var rest = value - limit
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

/// Reads compressed fields; what one block says may mean something in the next.
final class HeaderReader {
  private let inflater: OpaquePointer

  init() {
    var made: OpaquePointer?
    guard nghttp2_hd_inflate_new(&made) == 0, let made else { preconditionFailure("no memory") }
    inflater = made
  }

  deinit { nghttp2_hd_inflate_del(inflater) }

  func decoded(_ block: [UInt8]) throws -> Fields {
    var fields = Fields()
    var position = 0
    while true {
      var pair = nghttp2_nv()
      var flags: CInt = 0
      let count = block[position...].withUnsafeBufferPointer { bytes in
        nghttp2_hd_inflate_hd2(inflater, &pair, &flags, bytes.baseAddress, bytes.count, 1)
      }
      guard count >= 0 else { throw Malformed(what: "header block") }
      position += count
      if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue != 0 {
        fields.append(Self.text(pair.name, pair.namelen), Self.text(pair.value, pair.valuelen))
      }
      if UInt32(flags) & NGHTTP2_HD_INFLATE_FINAL.rawValue != 0 {
        nghttp2_hd_inflate_end_headers(inflater)
        return fields
      }
      if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue == 0, position == block.count { return fields }
    }
  }

  private static func text(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
