import Glibc

/// A socket of the system's own, for what a well-behaved client does not do. Blocking.
struct RawSocket {
  let descriptor: CInt

  /// Connects to a port of 127.0.0.1.
  init?(port: Int) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    self.init(AF_INET, CInt(SOCK_STREAM.rawValue), address)
  }

  /// Connects to a Unix-domain socket; at once or not at all.
  init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    self.init(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), address)
  }

  private init?<Address>(_ family: CInt, _ kind: CInt, _ address: Address) {
    descriptor = socket(family, kind, 0)
    let isConnected = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
      }
    }
    guard isConnected else {
      Glibc.close(descriptor)
      return nil
    }
  }

  func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, 0) }

  func close() { Glibc.close(descriptor) }

  /// Closes with a reset instead of a good-bye.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }
}

/// The sockets that this process has open.
enum OpenSockets {
  /// Those that belong to a TCP port of this machine, at either end, and whether programs that are started
  /// inherit them.
  static func inherited(port: Int) -> [Bool] {
    inherited { address in
      guard address.ss_family == sa_family_t(AF_INET) else { return false }
      return withUnsafeBytes(of: address) { bytes in
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) == UInt16(port)
      }
    }
  }

  /// Those that belong to a Unix-domain socket of that path, at either end.
  static func inherited(path: String) -> [Bool] {
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
