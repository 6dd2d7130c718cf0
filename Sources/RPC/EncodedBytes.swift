public import SwiftProtobuf

/// Where a message of a stream is encoded: memory without the price of an array's, which the compiler takes by way of
/// code that is made for no type in particular.
@usableFromInline
struct EncodedBytes: SwiftProtobufContiguousBytes {
  /// With the count.
  private let memory: ManagedBuffer<Int, UInt8>

  @usableFromInline
  init(repeating byte: UInt8, count: Int) {
    memory = .create(minimumCapacity: count) { _ in count }
    memory.withUnsafeMutablePointerToElements { $0.initialize(repeating: byte, count: count) }
  }

  @usableFromInline
  init<S: Sequence>(_ sequence: S) where S.Element == UInt8 {
    let bytes = sequence as? [UInt8] ?? Array(sequence)
    self.init(repeating: 0, count: bytes.count)
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  @usableFromInline var count: Int { memory.header }

  @usableFromInline
  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withUnsafeMutableBytes { try body(UnsafeRawBufferPointer($0)) }
  }

  @usableFromInline
  func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
    try memory.withUnsafeMutablePointers { count, bytes in
      try body(UnsafeMutableRawBufferPointer(start: bytes, count: count.pointee))
    }
  }
}
