import Glibc
package import NIOCore
import NIOPosix
import NIOSSL
package import RPC
import Synchronization

/// What every server here is, whatever it speaks: listens on any number of addresses, lets connections in as far
/// as the limits go, and drains. What is spoken is the wire's: it sets each connection up.
package final class ListeningServer: Sendable {
  /// Gives an accepted channel its handlers. On its event loop, once, before anything is read; with TLS behind
  /// it, whose handshake has only begun (`TLSUserEvent`). What it throws closes the connection.
  package typealias SetUp = @Sendable (any Channel, Peer) throws -> ConnectionControls

  /// Connections that the kernel holds until they are accepted.
  private static let backlog: CInt = 4096
  /// Bytes: a connection keeps its receive buffer, which grows with what comes at once.
  private static let smallestReceiveBuffer = 512, largestReceiveBuffer = 64 << 10

  private let limits: Limits
  private let applicationProtocols: [String]
  private let group: any EventLoopGroup
  private let registry: Registry
  private let certificates = Mutex<[CurrentTLS]>([])
  private let setUp: SetUp

  /// - Parameters:
  ///   - wire: its name, for metrics.
  ///   - limits: where this process may not have so many descriptors open as there would be connections of all its
  ///     servers, they serve fewer. Whoever raises that limit does so first.
  ///   - applicationProtocols: to choose from in a TLS handshake (ALPN), the favourite first; empty: none.
  ///   - group: stays the caller's, who shuts it down after `drain`.
  package init(
    wire: String,
    limits: Limits,
    applicationProtocols: [String] = [],
    group: any EventLoopGroup,
    setUp: @escaping SetUp
  ) {
    self.limits = limits
    self.applicationProtocols = applicationProtocols
    self.group = group
    self.registry = Registry(
      wire: wire, limits: limits, descriptors: Descriptors.allowed(beside: group), budget: .process)
    self.setUp = setUp
  }

  /// Listens, beside other listeners of this server. Plain text (`tls` being `nil`) is refused on addresses
  /// that other machines can reach, unless it is allowed by name. A Unix-domain socket is made with mode 0600.
  ///
  /// Throws `ListenFailure`.
  package func listen(
    _ address: Address, tls: TLS?, allowsPlainTextBeyondLoopback: Bool = false
  ) async throws -> Listener {
    let context = try tls.map { tls throws(ListenFailure) in
      try CurrentTLS(tls, limits, applicationProtocols: applicationProtocols)
    }
    let channel: any Channel
    do {
      switch address {
      case .tcp(let host, let port):
        let resolved = try resolve(host, port, address)
        guard tls != nil || resolved.isLoopback || allowsPlainTextBeyondLoopback else {
          throw ListenFailure.plainTextBeyondLoopback(address)
        }
        channel = try await bootstrap(tls: context, isTCP: true).bind(to: resolved).get()
      case .unix(let path):
        let socket = try UnixSocket.bound(path: path)
        channel = try await bootstrap(tls: context, isTCP: false).withBoundSocket(socket).get()
      }
    } catch let failure as ListenFailure {
      throw failure
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw ListenFailure.alreadyListening(address)
    } catch {
      throw ListenFailure.system(address, "\(error)")
    }
    let listener = Listener(channel: channel, address: address)
    guard registry.add(listener: channel) else {
      await listener.close()
      throw ListenFailure.draining
    }
    if let context { certificates.withLock { $0.append(context) } }
    return listener
  }

  /// Reads certificates and keys anew: connections that come from now on are shown those, and the others go on. One that
  /// cannot be used stays as it was.
  ///
  /// Throws `ListenFailure`, after all were tried.
  package func reloadCertificates() throws {
    var failure: ListenFailure?
    for current in certificates.withLock({ $0 }) {
      do throws(ListenFailure) { try current.reload() } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Stops accepting and lets each connection drain. Returns when every one has closed; after `duration` what is
  /// left is cut off.
  package func drain(within duration: Duration) async {
    let (listeners, connections) = registry.startDraining()
    for channel in listeners { await Listener.close(channel) }
    for connection in connections { connection.drain() }
    let loop = group.next()
    let empty = loop.makePromise(of: Void.self)
    registry.whenEmpty(empty)
    let cut = loop.scheduleTask(in: .nanoseconds(duration.wholeNanoseconds)) { [registry] in
      for connection in registry.connections { connection.abort() }
    }
    // The promise never fails: the last connection to go keeps it.
    try? await empty.futureResult.get()
    cut.cancel()
  }

  // MARK: Connections

  private func resolve(_ host: String, _ port: Int, _ address: Address) throws(ListenFailure) -> SocketAddress
  {
    do {
      return try SocketAddress.makeAddressResolvingHost(host, port: port)
    } catch {
      throw .system(address, "the host is unknown")
    }
  }

  private func bootstrap(tls: CurrentTLS?, isTCP: Bool) -> ServerBootstrap {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Self.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.closeOnExec()
          // NIO has a socket that comes bound listen at once, with a backlog of its own.
          if !isTCP { try channel.setBacklog(Self.backlog) }
        }
      }
      .childChannelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(
          minimum: Self.smallestReceiveBuffer,
          initial: Self.smallestReceiveBuffer,
          maximum: Self.largestReceiveBuffer
        )
      )
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try accept(channel, tls: tls, isTCP: isTCP) }
      }
    return isTCP ? bootstrap.keepingAlive(limits) : bootstrap
  }

  /// On the connection's event loop.
  private func accept(_ channel: any Channel, tls: CurrentTLS?, isTCP: Bool) throws {
    let address = channel.remoteAddress?.ipAddress
    // A TCP peer without one is gone already, though what it sent may still be read.
    guard !isTCP || address != nil else { throw Refused() }
    let network = channel.remoteAddress.flatMap(PeerNetwork.init)
    guard let ticket = registry.admit(from: network) else { throw Refused() }
    channel.closeFuture.whenComplete { [registry] _ in registry.remove(ticket) }
    try channel.closeOnExec()
    if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
    let security = Self.security(of: channel.remoteAddress, isTCP: isTCP, isTLS: tls != nil)
    let controls = try setUp(
      channel, Peer(security: security, address: address ?? "local", network: network?.number))
    guard registry.add(controls, of: ticket) else { throw Refused() }
  }

  static func security(of peer: SocketAddress?, isTCP: Bool, isTLS: Bool) -> Connection.Security {
    if isTLS { return .tls }
    guard isTCP else { return .local }
    return peer?.isLoopback ?? false ? .loopback : .plainText
  }

  /// The connection is one too many, comes too late, or is gone. NIO closes it.
  private struct Refused: Error {}
}

extension ListeningServer {
  /// Who has connected.
  package struct Peer: Sendable {
    package let security: Connection.Security
    /// The IP address without its port; `local` for a Unix-domain socket: `Connection.remoteAddress`.
    package let address: String
    /// `Connection.remoteNetwork`.
    package let network: UInt64?
  }
}

/// How the server ends a connection. From any thread; also when it has ended.
package struct ConnectionControls: Sendable {
  /// Takes no more calls, lets those in flight finish, and closes.
  let drain: @Sendable () -> Void
  /// Closes without another word.
  let abort: @Sendable () -> Void

  package init(drain: @escaping @Sendable () -> Void, abort: @escaping @Sendable () -> Void) {
    self.drain = drain
    self.abort = abort
  }
}

extension ServerBootstrap {
  /// A peer that is gone without a word is found out by the kernel.
  fileprivate func keepingAlive(_ limits: Limits) -> ServerBootstrap {
    KeepAlive.options(limits).reduce(childChannelOption(.tcpOption(.tcp_nodelay), value: 1)) {
      $0.childChannelOption($1.option, value: $1.value)
    }
  }
}
