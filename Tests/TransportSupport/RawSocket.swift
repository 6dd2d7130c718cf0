import Glibc

/// A socket of the system's own, for what a well-behaved client does not do. Blocking.
package struct RawSocket {
  package let descriptor: CInt

  /// Connects to a port of 127.0.0.1.
  package init?(port: Int) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    self.init(AF_INET, CInt(SOCK_STREAM.rawValue), address)
  }

  /// Connects to a Unix-domain socket; at once or not at all.
  package init?(path: String) {
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

  package func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, 0) }

  package func close() { Glibc.close(descriptor) }

  /// Closes with a reset instead of a good-bye.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }
}
