public import Logging
public import NIOCore
import NIOHTTP1
import NIOTLS
public import RPC
public import Transport

/// Serves a table of procedures over HTTP/1.1 and HTTP/2, on any number of addresses: to clients of gRPC, gRPC-Web
/// and Connect at once. What a client speaks, its content type says.
///
/// On plain addresses HTTP/2 is spoken with those that begin with it; with TLS both sides agree in the handshake.
public final class HTTPRPCServer: Sendable {
  private let server: ListeningServer

  public struct Options: Sendable {
    /// Finds out who calls, from a call's metadata; `nil` where nobody has to.
    public var authenticate: Authenticator?
    public var cors = CORS()
    /// What is served to those who ask for what is no procedure.
    public var files: StaticFiles?

    public init() {}
  }

  /// - Parameters:
  ///   - limits: as those of every wire.
  ///   - group: stays the caller's, who shuts it down after `drain`.
  public init(
    table: ProcedureTable, limits: Limits = Limits(), options: Options = Options(),
    group: any EventLoopGroup, logger: Logger
  ) {
    let service = HTTPService(table: table, limits: limits, options: options, logger: logger)
    server = ListeningServer(
      wire: "http", limits: limits, applicationProtocols: ["h2", "http/1.1"], group: group
    ) { channel, peer in
      let chooser = ProtocolChooser(service, peer)
      try channel.pipeline.syncOperations.addHandler(chooser)
      return chooser.controls(of: channel)
    }
  }

  /// Listens, beside other listeners of this server. Plain text (`tls` being `nil`) is refused on addresses
  /// that other machines can reach. A Unix-domain socket is made with mode 0600.
  ///
  /// Throws `ListenFailure`.
  public func listen(_ address: Address, tls: TLS? = nil) async throws -> Listener {
    try await server.listen(address, tls: tls)
  }

  /// Stops accepting, refuses new calls, ends streams, and lets unary calls in flight finish. Returns when every
  /// connection has closed; after `duration` what is left is cut off.
  public func drain(within duration: Duration) async { await server.drain(within: duration) }
}
