import Foundation
import NIOCore
import NIOPosix
import RPC
import Synchronization
import Transport

/// The smallest wire there is: what comes in goes back.
enum Echo {
  /// Runs `body` with a server, and stops it.
  static func serving(
    limits: Limits = Limits(),
    applicationProtocols: [String] = [],
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    setUp: @escaping ListeningServer.SetUp = { channel, _ in try Echo.setUp(channel) },
    _ body: (ListeningServer) async throws -> Void
  ) async throws {
    let server = ListeningServer(
      wire: "echo", limits: limits, applicationProtocols: applicationProtocols, group: group, setUp: setUp)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(server))
    } catch {
      outcome = .failure(error)
    }
    await server.drain(within: .seconds(5))
    try outcome.get()
  }

  /// Echoes, and closes when it is to drain.
  static func setUp(_ channel: any Channel) throws -> ConnectionControls {
    try channel.pipeline.syncOperations.addHandler(EchoHandler())
    return ConnectionControls(
      drain: { channel.close(promise: nil) },
      abort: { channel.close(promise: nil) }
    )
  }

  /// Connects, and says something: the connection, once that has come back.
  static func call(
    _ address: Address,
    tls: ClientTLS? = nil,
    limits: Limits = Limits()
  ) async throws -> any Channel {
    try await Dialer.connect(
      address,
      tls: tls,
      group: MultiThreadedEventLoopGroup.singleton,
      limits: limits,
      setUp: { channel in
        let answered = channel.eventLoop.makePromise(of: Void.self)
        try channel.pipeline.syncOperations.addHandler(EchoCaller(answered: answered))
      },
      whenReady: { channel in
        try channel.pipeline.syncOperations.handler(type: EchoCaller.self).answered.futureResult
          .map { channel }
      }
    )
  }

  static func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "echo-\(UUID()).sock").path
  }
}

private final class EchoHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(data, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private final class EchoCaller: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  struct Closed: Error {}

  private static let question = "Is anybody there?"

  let answered: EventLoopPromise<Void>

  init(answered: EventLoopPromise<Void>) { self.answered = answered }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: Self.question)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // A server may say something else before it closes: that it expects TLS.
    guard String(buffer: Self.unwrapInboundIn(data)) == Self.question else { return answered.fail(Closed()) }
    answered.succeed()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    answered.fail(error)
    context.close(promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) { answered.fail(Closed()) }
}
