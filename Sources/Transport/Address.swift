import NIOCore

/// Where a server listens and a client connects.
public enum Address: Sendable, Hashable, CustomStringConvertible {
  /// A host name or IP address, and a port; port 0 lets the system choose one to listen on.
  case tcp(host: String, port: Int)
  /// The path of a Unix-domain socket.
  case unix(path: String)

  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}

extension SocketAddress {
  /// Whether only this machine can reach it: 127.0.0.0/8, also as an IPv6 address, `::1`, or a Unix-domain
  /// socket.
  var isLoopback: Bool {
    switch self {
    case .v4(let address):
      return withUnsafeBytes(of: address.address.sin_addr) { $0[0] == 127 }
    case .v6(let address):
      return withUnsafeBytes(of: address.address.sin6_addr) { bytes in
        let isOne = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        return isOne || bytes.isMappedIPv4 && bytes[12] == 127
      }
    case .unixDomainSocket:
      return true
    }
  }
}
