import RPC

/// The head of a request, as both versions of HTTP bring it.
struct RequestHead {
  enum Method: Hashable {
    case get
    case head
    case post
    case options
    case other

    init(_ name: UnsafeRawBufferPointer) {
      if name == "POST" {
        self = .post
      } else if name == "GET" {
        self = .get
      } else if name == "HEAD" {
        self = .head
      } else if name == "OPTIONS" {
        self = .options
      } else {
        self = .other
      }
    }
  }

  let method: Method
  /// Without what HTTP/2 says in fields that begin with a colon.
  let fields: Metadata
  private let packed: PackedPairs
  /// Where the target lies, with its query.
  private let target: Range<Int>

  /// - Parameter packed: as HTTP/2 sends them: those that begin with a colon first, names in small letters.
  init(_ packed: PackedPairs) {
    var method = Method.other
    var target = 0..<0
    let start = packed.bytes.withUnsafeBytes { bytes in
      var position = 0
      while position < bytes.count {
        let pair = PackedPairs.Place(in: bytes, at: position)
        let key = pair.key(in: bytes)
        guard key.first == UInt8(ascii: ":") else { break }
        if key == ":method" {
          method = Method(pair.value(in: bytes))
        } else if key == ":path" {
          target = pair.end - pair.value(in: bytes).count..<pair.end
        }
        position = pair.end
      }
      return position
    }
    self.method = method
    self.target = target
    self.packed = packed
    fields = Metadata(packed, from: start)
  }

  /// The target's bytes, without the query.
  func withPath<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    packed.bytes.withUnsafeBytes { bytes in
      let target = UnsafeRawBufferPointer(rebasing: bytes[target])
      return body(UnsafeRawBufferPointer(rebasing: target.prefix { $0 != UInt8(ascii: "?") }))
    }
  }

  var path: String { withPath { String(decoding: $0, as: UTF8.self) } }

  var query: Substring {
    packed.bytes.withUnsafeBytes { bytes in
      String(decoding: bytes[target].drop { $0 != UInt8(ascii: "?") }.dropFirst(), as: UTF8.self)[...]
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these are the bytes of a text of the program's.
  static func == (bytes: UnsafeRawBufferPointer, text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for position in 0..<bytes.count where bytes[position] != text.utf8Start[position] { return false }
    return true
  }
}
