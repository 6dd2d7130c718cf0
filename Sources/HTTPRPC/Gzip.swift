import CZlib
import RPC
import Transport

/// gzip (RFC 1952), the one compression that every client has.
enum Gzip {
  static let name = "gzip"

  /// Smaller messages gain nothing.
  static let smallestWorthwhile = 1024
  /// Of zlib's 1 to 9: more than this takes longer than it saves on a network.
  private static let level: CInt = 4
  private static let firstCapacity = 4096

  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    guard czlib_deflate_init(&stream, level) == Z_OK else { preconditionFailure("no memory to compress in") }
    defer { deflateEnd(&stream) }
    let bound = Int(deflateBound(&stream, UInt(bytes.count)))
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      bytes.withUnsafeBufferPointer { input in
        // zlib does not write to its input.
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        let code = deflate(&stream, Z_FINISH)
        precondition(code == Z_STREAM_END, "deflateBound is enough")
        count = output.count - Int(stream.avail_out)
      }
    }
  }

  /// - Parameter limit: bytes, at most. A few bytes may stand for very many, so what they stand for is counted while
  ///   it comes out.
  static func decompressed(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> [UInt8] {
    // Some send no bytes for an empty message.
    guard !bytes.isEmpty else { return [] }
    var stream = z_stream()
    guard czlib_inflate_init(&stream) == Z_OK else { preconditionFailure("no memory to decompress in") }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(bytes.count)
    var result: [UInt8] = []
    var capacity = min(max(bytes.count * 2, firstCapacity), limit + 1)
    while true {
      var code: CInt = Z_OK
      let piece = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        code = inflate(&stream, Z_NO_FLUSH)
        count = output.count - Int(stream.avail_out)
      }
      if result.isEmpty { result = piece } else { result += piece }
      guard result.count <= limit else { throw .requestTooLarge(limit) }
      switch code {
      case Z_STREAM_END where stream.avail_in == 0: return result
      // Several members, one after another, are one: RFC 1952, 2.2.
      case Z_STREAM_END where inflateReset(&stream) == Z_OK: break
      case Z_OK where stream.avail_in > 0 || stream.avail_out == 0: break
      default: throw .malformedGzip
      }
      capacity = min(capacity * 2, limit + 1 - result.count)
    }
  }
}

extension Failure {
  static let malformedGzip = Failure(
    .invalidArgument, reason: .malformedRequest, "The message is said to be gzip, and is none.")
}
