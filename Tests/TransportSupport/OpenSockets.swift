import Glibc

/// The sockets that this process has open.
package enum OpenSockets {
  /// Those that belong to a TCP port of this machine, at either end, and whether programs that are started
  /// inherit them.
  package static func inherited(port: Int) -> [Bool] {
    inherited { address in
      guard address.ss_family == sa_family_t(AF_INET) else { return false }
      return withUnsafeBytes(of: address) { bytes in
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) == UInt16(port)
      }
    }
  }

  /// Those that belong to a Unix-domain socket of that path, at either end.
  package static func inherited(path: String) -> [Bool] {
    inherited { address in
      guard address.ss_family == sa_family_t(AF_UNIX) else { return false }
      return withUnsafeBytes(of: address) { $0.dropFirst(2).starts(with: path.utf8) }
    }
  }

  private static func inherited(_ isWanted: (sockaddr_storage) -> Bool) -> [Bool] {
    (0..<4096 as Range<CInt>).compactMap { descriptor in
      let ends = [getsockname, getpeername].compactMap { Self.address(descriptor, $0) }
      guard ends.contains(where: isWanted) else { return nil }
      return fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0
    }
  }

  private static func address(
    _ descriptor: CInt,
    _ ask: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
  ) -> sockaddr_storage? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &size) }
    }
    return status == 0 ? address : nil
  }
}
