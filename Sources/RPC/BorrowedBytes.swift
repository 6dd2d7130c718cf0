public import SwiftProtobuf

/// Bytes of a frame handed to the message decoder where they lie. Reading only: it never owns memory, and
/// the pointer is valid for the length of the call that made it.
@usableFromInline
struct BorrowedBytes: SwiftProtobufContiguousBytes {
  @usableFromInline let bytes: UnsafeRawBufferPointer

  @inlinable
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  @usableFromInline
  init(repeating: UInt8, count: Int) { preconditionFailure("borrowed bytes are read only") }
  @usableFromInline
  init<S: Sequence>(_ sequence: S) where S.Element == UInt8 {
    preconditionFailure("borrowed bytes are read only")
  }

  @inlinable var count: Int { bytes.count }

  @inlinable
  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(bytes)
  }

  @usableFromInline
  mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    preconditionFailure("borrowed bytes are read only")
  }
}
