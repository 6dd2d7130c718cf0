internal import SwiftProtobuf

/// Bytes of a frame handed to the message decoder where they lie. Reading only: it never owns memory, and
/// the pointer is valid for the length of the call that made it.
struct BorrowedBytes: SwiftProtobufContiguousBytes {
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  init(repeating: UInt8, count: Int) { preconditionFailure("borrowed bytes are read only") }
  init<S: Sequence>(_ sequence: S) where S.Element == UInt8 {
    preconditionFailure("borrowed bytes are read only")
  }

  var count: Int { bytes.count }

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(bytes)
  }

  mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    preconditionFailure("borrowed bytes are read only")
  }
}
