public import Logging
public import NIOCore
import NIOTLS
public import RPC
public import Transport

/// Serves a table of procedures over HTTP/1.1 and HTTP/2, on any number of addresses: to clients of gRPC, gRPC-Web
/// and Connect at once. What a client speaks, its content type says.
///
/// On plain addresses HTTP/2 is spoken with those that begin with it; with TLS both sides agree in the handshake.
public final class HTTPRPCServer: Sendable {
  private let server: ListeningServer

  /// What is served besides procedures, and to whom.
  public struct Options: Sendable {
    /// Finds out who calls, from a call's metadata; `nil` where nobody has to.
    public var authenticate: Authenticator?
    /// Which pages of other origins may call. At first none.
    public var cors = CORS()
    /// What is served to those who ask for what is no procedure; `nil`: nothing.
    public var files: StaticFiles?
    /// What is made anew each time that it is read, by path. On the event loop: it must not block.
    public var pages: [String: @Sendable () -> Page] = [:]
    /// What metrics call this server.
    public var name = "http"

    /// Procedures alone, to everybody, and to no page of another origin.
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
      wire: options.name, limits: limits, applicationProtocols: ["h2", "http/1.1"], group: group
    ) { channel, peer in
      let chooser = ProtocolChooser(service, peer)
      try channel.pipeline.syncOperations.addHandler(chooser)
      return chooser.controls(of: channel)
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

  /// Stops accepting, refuses new calls, ends streams, and lets unary calls in flight finish. Returns when every
  /// connection has closed; after `duration` what is left is cut off.
  public func drain(within duration: Duration) async { await server.drain(within: duration) }
}
