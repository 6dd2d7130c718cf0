public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
public import RPC

/// Serves a table of procedures over ttrpc, on any number of addresses.
public final class TTRPCServer: Sendable {
  /// Connections that the kernel holds until they are accepted.
  private static let backlog: CInt = 4096
  /// Bytes: a connection keeps its receive buffer, which grows with what comes at once.
  private static let smallestReceiveBuffer = 512, largestReceiveBuffer = 64 << 10

  private let table: ProcedureTable
  private let limits: Limits
  private let group: any EventLoopGroup
  private let logger: Logger
  private let registry: Registry

  /// - Parameters:
  ///   - limits: where this process may not have so many descriptors open as there would be connections, it
  ///     serves fewer. Whoever raises that limit does so first.
  ///   - group: stays the caller's, who shuts it down after `drain`.
  public init(table: ProcedureTable, limits: Limits = Limits(), group: any EventLoopGroup, logger: Logger) {
    let limits = limits.fitting(descriptors: Descriptors.allowed(beside: group))
    self.table = table
    self.limits = limits
    self.group = group
    self.logger = logger
    self.registry = Registry(limits: limits)
  }

  /// Listens, beside other listeners of this server. Plain text (`tls` being `nil`) is refused on addresses
  /// that other machines can reach. A Unix-domain socket is made with mode 0600.
  ///
  /// Throws `ListenFailure`.
  public func listen(_ address: Address, tls: TLS? = nil) async throws -> Listener {
    let context = try tls?.context(limits)
    let channel: any Channel
    do {
      switch address {
      case .tcp(let host, let port):
        let resolved = try resolve(host, port, address)
        guard tls != nil || resolved.isLoopback else {
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
    return listener
  }

  /// Stops accepting, refuses new calls with `SERVER_DRAINING`, ends streams, and lets unary calls in flight
  /// finish. Returns when every connection has closed; after `duration` what is left is cut off.
  public func drain(within duration: Duration) async {
    let (listeners, connections) = registry.startDraining()
    for channel in listeners { await Listener.close(channel) }
    for connection in connections {
      connection.run { handler in handler.turn { $0.machine.drain() } }
    }
    let loop = group.next()
    let empty = loop.makePromise(of: Void.self)
    registry.whenEmpty(empty)
    let cut = loop.scheduleTask(in: .nanoseconds(duration.wholeNanoseconds)) { [registry] in
      for connection in registry.connections {
        connection.run { handler in handler.turn { $0.machine.abort() } }
      }
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

  private func bootstrap(tls: NIOSSLContext?, isTCP: Bool) -> ServerBootstrap {
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
  private func accept(_ channel: any Channel, tls: NIOSSLContext?, isTCP: Bool) throws {
    let address = channel.remoteAddress?.ipAddress
    // A TCP peer without one is gone already, though what it sent may still be read.
    guard !isTCP || address != nil else { throw Refused() }
    let network = channel.remoteAddress.flatMap(PeerNetwork.init)
    guard registry.admit(from: network) else { throw Refused() }
    let security: Connection.Security = tls != nil ? .tls : isTCP ? .loopback : .local
    let connection = Connection(security: security, remoteAddress: address ?? "local")
    channel.closeFuture.whenComplete { [registry] _ in registry.remove(connection.id, from: network) }
    try channel.closeOnExec()
    let handler = ServerChannelHandler(
      table: table,
      connection: connection,
      limits: limits,
      isSecured: tls != nil,
      logger: logger
    )
    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
    try channel.pipeline.syncOperations.addHandler(handler)
    guard registry.add(connection.id, handler.port) else { throw Refused() }
  }

  /// The connection is one too many, comes too late, or is gone. NIO closes it.
  private struct Refused: Error {}
}

/// One address on which a server listens.
public struct Listener: Sendable {
  let channel: any Channel
  public let address: Address

  init(channel: any Channel, address: Address) {
    self.channel = channel
    self.address = address
  }

  /// The TCP port, also where the system chose it; `nil` for a Unix-domain socket.
  public var port: Int? { channel.localAddress?.port }

  /// Stops accepting here. Connections stay. Removes the file of a Unix-domain socket.
  public func close() async { await Self.close(channel) }

  static func close(_ channel: any Channel) async {
    // Where it has ended already its loop may be gone.
    guard channel.isActive else { return }
    channel.eventLoop.execute {
      guard channel.isActive else { return }
      // The file goes first: as soon as nobody answers there, it may be a successor's.
      if let path = channel.localAddress?.pathname { unlink(path) }
      channel.close(promise: nil)
    }
    // A channel's close future does not fail.
    try? await channel.closeFuture.get()
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
