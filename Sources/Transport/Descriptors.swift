import Glibc
import NIOCore
import Synchronization

/// The file descriptors of this process.
enum Descriptors {
  /// Of an event loop's own: for its selector, its wake-ups and its timer.
  private static let perLoop = 3

  /// How many may be open beside those of the loops (`RLIMIT_NOFILE`, the soft limit).
  static func allowed(beside group: any EventLoopGroup) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    let loopCount = group.makeIterator().reduce(0) { count, _ in count + 1 }
    return Int(clamping: limit.rlim_cur) - loopCount * perLoop
  }
}

/// The connections of all servers of a process, each of which needs a descriptor: what one server has taken, another
/// has not. From any thread.
final class DescriptorBudget: Sendable {
  /// Of this process.
  static let process = DescriptorBudget()

  private let taken = Mutex(0)

  /// - Parameter limit: how many there may be in all. Servers may differ in what they leave for all else.
  /// - Returns: whether there was one left. If so it is given back once.
  func take(limit: Int) -> Bool {
    taken.withLock { taken in
      guard taken < limit else { return false }
      taken += 1
      return true
    }
  }

  func giveBack() { taken.withLock { $0 -= 1 } }
}

/// What NIO has no option for. On the channel's event loop.
extension Channel {
  /// Child processes do not inherit the socket: they would keep the peer from seeing it closed.
  func closeOnExec() throws {
    try withDescriptor { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
  }

  /// How many connections a socket that listens already holds until they are accepted.
  func setBacklog(_ backlog: CInt) throws {
    try withDescriptor { _ = listen($0, backlog) }
  }

  private func withDescriptor(_ body: (CInt) -> Void) throws {
    _ = try pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, body)
  }
}
