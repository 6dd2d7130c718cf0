import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
package import Transport

/// One end of a connection, for bytes of any kind: over TCP, or over TLS.
package final class BytePeer: Sendable {
  private let channel: any Channel
  private let received: RequestQueue<[UInt8]>
  /// What both sides agreed to speak (ALPN); `nil` where they did not.
  package let agreed: String?

  private init(_ channel: any Channel, _ received: RequestQueue<[UInt8]>, agreed: String?) {
    self.channel = channel
    self.received = received
    self.agreed = agreed
  }

  deinit { channel.close(promise: nil) }

  /// Connects to a port of 127.0.0.1.
  ///
  /// - Parameter protocols: offered in the handshake (ALPN).
  package static func connect(
    port: Int, tls: ClientTLS? = nil, offering protocols: [String] = []
  ) async throws -> BytePeer {
    let context = try tls.map { try Self.context($0, protocols) }
    let received = RequestQueue<[UInt8]> {}
    let loop = MultiThreadedEventLoopGroup.singleton.any()
    let ready = loop.makePromise(of: String?.self)
    do {
      let bootstrap = ClientBootstrap(group: loop)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let context {
              let name = tls?.hostName ?? "localhost"
              try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
            }
            try pipeline.addHandler(Receiver(received, ready))
          }
        }
      let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
      if context == nil { ready.succeed(nil) }
      return BytePeer(channel, received, agreed: try await ready.futureResult.get())
    } catch {
      ready.fail(error)
      throw error
    }
  }

  private static func context(_ tls: ClientTLS, _ protocols: [String]) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.applicationProtocols = protocols
    if let path = tls.trustedCertificates {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  /// Sends, and waits until the system has taken it.
  package func send(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  /// Sends; nobody waits.
  package func post(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  /// The next bytes; `nil` when the other side has closed. One task reads.
  package func receive() async throws -> [UInt8]? { try await received.next() }

  /// Whether bytes are taken from the system as they come.
  package func reads(_ isReading: Bool) async throws {
    try await channel.setOption(.autoRead, value: isReading).get()
    if isReading { channel.read() }
  }

  /// Has the system keep no more than this for us. It would keep tens of megabytes.
  package func keeps(bytes: Int) async throws {
    try await channel.setOption(.socketOption(.so_rcvbuf), value: .init(bytes)).get()
  }

  /// Takes what there is, or what comes next, and nothing more.
  package func readOnce() async throws { channel.read() }

  /// Closes without a good-bye.
  package func reset() async throws {
    guard let options = channel as? any SocketOptionProvider else { preconditionFailure("it is a socket") }
    try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    try await channel.close().get()
  }

  package func close() { channel.close(promise: nil) }
}

private final class Receiver: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let received: RequestQueue<[UInt8]>
  private let ready: EventLoopPromise<String?>

  init(_ received: RequestQueue<[UInt8]>, _ ready: EventLoopPromise<String?>) {
    self.received = received
    self.ready = ready
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let agreed)? = event as? TLSUserEvent { ready.succeed(agreed) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.put(Array(Self.unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) {
    received.finish()
    ready.fail(ChannelError.eof)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    ready.fail(error)
    context.close(promise: nil)
  }
}
