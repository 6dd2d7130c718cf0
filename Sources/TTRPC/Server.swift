public import Logging
public import NIOCore
public import RPC
public import Transport

/// Serves a table of procedures over ttrpc, on any number of addresses.
public final class TTRPCServer: Sendable {
  private let server: ListeningServer

  /// - Parameters:
  ///   - limits: where this process may not have so many descriptors open as there would be connections of all its
  ///     servers, they serve fewer. Whoever raises that limit does so first.
  ///   - group: stays the caller's, who shuts it down after `drain`.
  public init(table: ProcedureTable, limits: Limits = Limits(), group: any EventLoopGroup, logger: Logger) {
    server = ListeningServer(wire: "ttrpc", limits: limits, group: group) { channel, peer in
      let handler = ServerChannelHandler(
        table: table,
        connection: Connection(
          security: peer.security, remoteAddress: peer.address, remoteNetwork: peer.network),
        limits: limits,
        isSecured: peer.security == .tls,
        logger: logger
      )
      try channel.pipeline.syncOperations.addHandler(handler)
      return handler.controls
    }
  }

  /// Listens, beside other listeners of this server. A Unix-domain socket is made with mode 0600.
  ///
  /// - Parameters:
  ///   - tls: `nil` for plain text.
  ///   - allowsPlainTextBeyondLoopback: plain text also where other machines can reach it. Whoever is on the way
  ///     then reads all that is said, credentials too, and changes it: for networks that keep others out by
  ///     themselves, as between a container and its sidecar.
  /// - Throws: `ListenFailure`.
  public func listen(
    _ address: Address, tls: TLS? = nil, allowsPlainTextBeyondLoopback: Bool = false
  ) async throws -> Listener {
    try await server.listen(
      address, tls: tls, allowsPlainTextBeyondLoopback: allowsPlainTextBeyondLoopback)
  }

  /// Reads certificates and keys anew: connections that come from now on are shown those, and the others go on. One that
  /// cannot be used stays as it was.
  ///
  /// - Throws: `ListenFailure`, after all were tried.
  public func reloadCertificates() throws { try server.reloadCertificates() }

  /// Stops accepting, refuses new calls with `SERVER_DRAINING`, ends streams, and lets unary calls in flight
  /// finish. Returns when every connection has closed; after `duration` what is left is cut off.
  public func drain(within duration: Duration) async { await server.drain(within: duration) }
}
