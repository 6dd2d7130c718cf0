package import NIOCore
import NIOPosix
import NIOSSL
package import RPC

/// Connects clients, whatever they speak.
package enum Dialer {
  /// Connects, with TLS where `tls` is given: without it to addresses of this machine only. Throws when that is
  /// not done within `Limits.connectTime`.
  ///
  /// - Parameters:
  ///   - setUp: gives a channel its handlers, on its event loop. Where a host has several addresses, each one
  ///     tried has a channel.
  ///   - whenReady: what is returned, once there is one to return: with TLS after the handshake. Asked once, on
  ///     the event loop of the channel that has connected.
  package static func connect<Ready: Sendable>(
    _ address: Address,
    tls: ClientTLS?,
    group: any EventLoopGroup,
    limits: Limits,
    setUp: @escaping @Sendable (any Channel) throws -> Void,
    whenReady: @escaping @Sendable (any Channel) throws -> EventLoopFuture<Ready>
  ) async throws -> Ready {
    if tls == nil { try await refusePlainText(to: address) }
    let context = try tls?.context(limits)
    let deadline = NIODeadline.now() + .nanoseconds(limits.connectTime.wholeNanoseconds)
    let bootstrap = ClientBootstrap(group: group.next())
      .connectTimeout(.nanoseconds(limits.connectTime.wholeNanoseconds))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.closeOnExec()
          if let context {
            let tlsHandler = try NIOSSLClientHandler(context: context, serverHostname: hostName(address, tls))
            try channel.pipeline.syncOperations.addHandler(tlsHandler)
          }
          try setUp(channel)
        }
      }
    return try await connect(bootstrap, address, limits).flatMap { channel in
      let ready = channel.eventLoop.makePromise(of: Ready.self)
      let timer = channel.eventLoop.scheduleTask(deadline: deadline) {
        ready.fail(Failure.connectTimeout(address, limits.connectTime))
      }
      do {
        // A server that is gone again has no address.
        guard let remote = channel.remoteAddress else { throw Failure.connectionLost }
        guard context != nil || remote.isLoopback else { throw Failure.plainTextRefused(address) }
        try whenReady(channel).cascade(to: ready)
      } catch {
        ready.fail(error)
      }
      return ready.futureResult.always { outcome in
        timer.cancel()
        if case .failure = outcome { channel.close(promise: nil) }
      }
    }.get()
  }

  /// Before anything is sent. A host may have other addresses besides: the one that was reached counts too.
  private static func refusePlainText(to address: Address) async throws {
    guard case .tcp(let host, let port) = address else { return }
    // That a host is unknown is told by connecting.
    let resolved = try? await NIOThreadPool.singleton.runIfActive {
      try SocketAddress.makeAddressResolvingHost(host, port: port)
    }
    if let resolved, !resolved.isLoopback { throw Failure.plainTextRefused(address) }
  }

  private static func connect(
    _ bootstrap: ClientBootstrap,
    _ address: Address,
    _ limits: Limits
  ) -> EventLoopFuture<any Channel> {
    switch address {
    case .tcp(let host, let port):
      KeepAlive.options(limits).reduce(bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)) {
        $0.channelOption($1.option, value: $1.value)
      }.connect(host: host, port: port)
    case .unix(let path):
      bootstrap.connect(unixDomainSocketPath: path)
    }
  }

  /// The name to check the certificate against; `nil` leaves it to the peer's IP address.
  private static func hostName(_ address: Address, _ tls: ClientTLS?) -> String? {
    if let name = tls?.hostName { return name }
    guard case .tcp(let host, _) = address, !isIPAddress(host) else { return nil }
    return host
  }

  private static func isIPAddress(_ host: String) -> Bool {
    (try? SocketAddress(ipAddress: host, port: 0)) != nil
  }
}
