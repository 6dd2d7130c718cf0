import NIOCore

/// Who counts as one peer: an IPv4 address, also as an IPv6 one, or the 64 bits of an IPv6 network, whose
/// addresses one machine has as many of as it likes.
enum PeerNetwork: Hashable, Sendable {
  case v4(UInt32)
  case v6(prefix: UInt64)

  /// The same for who knows nothing of addresses. An IPv4 address is no IPv6 prefix that is given out: those begin
  /// with other bits than 64 zeros and ones.
  var number: UInt64 {
    switch self {
    case .v4(let address): UInt64(address)
    case .v6(let prefix): prefix
    }
  }

  /// `nil` for a peer on this machine: by a Unix-domain socket or loopback. A proxy here stands for many, and who
  /// else runs here needs no connections to do harm.
  init?(_ address: SocketAddress) {
    guard !address.isLoopback else { return nil }
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
  var isMappedIPv4: Bool {
    self[..<10].allSatisfy { $0 == 0 } && self[10] == 0xFF && self[11] == 0xFF
  }
}
