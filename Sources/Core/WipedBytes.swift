internal import CCore

/// Secret bytes that are overwritten when their last owner lets go of them.
///
/// SAFETY: the memory is written in `init` and in `deinit`, where nobody else has it; between the two it
/// is only read.
final class WipedBytes: @unchecked Sendable {
  let count: Int
  private let memory: UnsafeMutablePointer<UInt8>

  /// - Parameter write: fills all `count` bytes; they are zero before.
  init(count: Int, write: (UnsafeMutablePointer<UInt8>) -> Void) {
    self.count = count
    memory = .allocate(capacity: max(count, 1))
    memory.initialize(repeating: 0, count: count)
    write(memory)
  }

  convenience init(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { memory in
      _ = UnsafeMutableBufferPointer(start: memory, count: bytes.count).update(fromContentsOf: bytes)
    }
  }

  deinit {
    lk_wipe(memory, count)
    memory.deallocate()
  }

  /// Lends the bytes for the call; do not keep the address.
  func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
    withExtendedLifetime(self) { body(memory) }
  }
}

/// Adopted by what must not appear in a log, whichever way it gets there.
protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
  public var description: String { "\(Self.self)(redacted)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
