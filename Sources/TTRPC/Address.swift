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

/// Who counts as one peer: an IPv4 address, also as an IPv6 one, or the 64 bits of an IPv6 network, whose
/// addresses one machine has as many of as it likes.
enum PeerNetwork: Hashable {
  case v4(UInt32)
  case v6(prefix: UInt64)

  /// `nil` for a Unix-domain socket.
  init?(_ address: SocketAddress) {
    switch address {
    case .v4(let address):
      self = .v4(UInt32(bigEndian: address.address.sin_addr.s_addr))
    case .v6(let address):
      self = withUnsafeBytes(of: address.address.sin6_addr) { bytes in
        bytes.isMappedIPv4
          ? .v4(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
          : .v6(prefix: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
      }
    case .unixDomainSocket:
      return nil
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Of an IPv6 address: whether it stands for an IPv4 one, ::ffff:0:0/96.
  fileprivate var isMappedIPv4: Bool {
    self[..<10].allSatisfy { $0 == 0 } && self[10] == 0xFF && self[11] == 0xFF
  }
}

/// Why a server cannot listen. For the one who starts it.
public enum ListenFailure: Error, Sendable, CustomStringConvertible {
  case plainTextBeyondLoopback(Address)
  case alreadyListening(Address)
  case notASocket(path: String)
  case pathTooLong(path: String, maximum: Int)
  case system(Address, String)
  case tls(TLS, String)
  /// The server is shutting down.
  case draining

  public var description: String {
    switch self {
    case .plainTextBeyondLoopback(let address):
      "\(address) can be reached from other machines, and plain text is allowed on loopback only: "
        + "give a certificate and key for TLS, or listen on 127.0.0.1."
    case .alreadyListening(let address):
      "Somebody answers on \(address) already: stop that server, or listen elsewhere."
    case .notASocket(let path):
      "'\(path)' exists and is no socket: remove it, or listen elsewhere."
    case .pathTooLong(let path, let maximum):
      "'\(path)' is too long for a Unix-domain socket: at most \(maximum) bytes."
    case .system(let address, let reason):
      "Cannot listen on \(address): \(reason)."
    case .tls(let tls, let reason):
      "Cannot use the certificate '\(tls.certificateChain)' with the key '\(tls.privateKey)': \(reason)."
    case .draining:
      "The server is shutting down and listens no more."
    }
  }
}
