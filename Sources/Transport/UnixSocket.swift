import Glibc

/// A Unix-domain socket to listen on, which only its owner can connect to.
enum UnixSocket {
  /// Bytes of a path that the system takes, without its terminating zero.
  static let maximumPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  /// Makes the socket file with mode 0600 and returns its descriptor, bound and not listening yet: until
  /// then nobody can connect, so nobody comes in before the mode is set.
  ///
  /// A file left behind by a server that is gone is removed; one on which somebody answers is not.
  static func bound(path: String) throws(ListenFailure) -> CInt {
    guard path.utf8.count <= maximumPath, !path.isEmpty else {
      throw .pathTooLong(path: path, maximum: maximumPath)
    }
    try removeStale(path: path)
    let descriptor = try newSocket(path: path)
    let isBound = withAddress(path) { bind(descriptor, $0, $1) == 0 } && chmod(path, 0o600) == 0
    guard isBound else {
      let reason = errorText()
      Glibc.close(descriptor)
      throw .system(.unix(path: path), reason)
    }
    return descriptor
  }

  private static func removeStale(path: String) throws(ListenFailure) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
    let descriptor = try newSocket(path: path)
    defer { Glibc.close(descriptor) }
    let isAnswered = withAddress(path) { connect(descriptor, $0, $1) == 0 }
    guard !isAnswered else { throw .alreadyListening(.unix(path: path)) }
    guard errno == ECONNREFUSED, unlink(path) == 0 else {
      throw .system(.unix(path: path), errorText())
    }
  }

  private static func newSocket(path: String) throws(ListenFailure) -> CInt {
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw .system(.unix(path: path), errorText()) }
    return descriptor
  }

  private static func withAddress<Result>(
    _ path: String,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(maximumPath)) }
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private static func errorText() -> String { String(cString: strerror(errno)) }
}
