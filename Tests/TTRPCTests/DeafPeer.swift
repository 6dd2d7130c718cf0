import Dispatch
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import TransportSupport

/// A TLS peer that says something once and then stands still: it takes nothing and never answers a good-bye.
final class DeafPeer: Sendable {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let gate = DispatchSemaphore(value: 0)

  init(_ live: LiveServer, saying bytes: [UInt8]) async throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    let trusted = try NIOSSLCertificate.fromPEMFile(Certificates.server.certificateChain)
    configuration.trustRoots = .certificates(trusted)
    let context = try NIOSSLContext(configuration: configuration)
    let agreed = group.next().makePromise(of: Void.self)
    let channel = try await ClientBootstrap(group: group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let tls = try NIOSSLClientHandler(context: context, serverHostname: nil)
          try channel.pipeline.syncOperations.addHandlers(tls, Handshake(agreed: agreed))
        }
      }
      .connect(host: "127.0.0.1", port: live.port ?? 0).get()
    try await agreed.futureResult.get()
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    group.next().execute { self.gate.wait() }
  }

  func end() async throws {
    gate.signal()
    try await group.shutdownGracefully()
  }
}

private final class Handshake: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let agreed: EventLoopPromise<Void>

  init(agreed: EventLoopPromise<Void>) { self.agreed = agreed }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent { agreed.succeed() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    agreed.fail(error)
    context.close(promise: nil)
  }
}
