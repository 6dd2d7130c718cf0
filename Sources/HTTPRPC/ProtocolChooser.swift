import NIOCore
import NIOTLS
import RPC
import Transport

/// The first handler of a connection: finds out which version of HTTP is spoken, and makes room for that one's. With
/// TLS the handshake says it; without, the first bytes do.
final class ProtocolChooser: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// RFC 9113, 3.4: what a client that knows that the server speaks HTTP/2 begins with.
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private let service: HTTPService
  private let peer: ListeningServer.Peer
  private var received: ByteBuffer?
  private var chosen: (any DrainableHandler)?
  /// As the handshake has it.
  private var negotiatesHTTP2: Bool?
  /// Closes the connection of a peer that says too little for too long.
  private var patience: Scheduled<Void>?

  init(_ service: HTTPService, _ peer: ListeningServer.Peer) {
    self.service = service
    self.peer = peer
  }

  private var isSecured: Bool { peer.security == .tls }

  /// How the server ends the connection, whatever is spoken there.
  func controls(of channel: any Channel) -> ConnectionControls {
    let chooser = NIOLoopBound(self, eventLoop: channel.eventLoop)
    return ConnectionControls(
      drain: { channel.eventLoop.execute { chooser.value.drain(channel) } },
      abort: { channel.close(promise: nil) })
  }

  private func drain(_ channel: any Channel) {
    if let chosen { chosen.drain() } else { channel.close(promise: nil) }
  }

  func handlerAdded(context: ChannelHandlerContext) {
    wait(isSecured ? service.limits.handshakeTime : service.limits.firstByteTime, context)
  }

  private func wait(_ limit: Duration, _ context: ChannelHandlerContext) {
    patience?.cancel()
    let channel = context.channel
    patience = context.eventLoop.scheduleTask(in: .nanoseconds(limit.wholeNanoseconds)) {
      channel.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { patience?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    patience?.cancel()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
      negotiatesHTTP2 = negotiated == "h2"
      wait(service.limits.firstByteTime, context)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard chosen == nil else { return context.fireChannelRead(data) }
    var buffer = Self.unwrapInboundIn(data)
    if received == nil { received = buffer } else { received?.writeBuffer(&buffer) }
    if let negotiatesHTTP2 { return choose(isHTTP2: negotiatesHTTP2, context) }
    guard !isSecured, let begun = received?.readableBytesView else { return }
    guard Self.mayBeHTTP(begun) else { return context.close(promise: nil) }
    let isHTTP2 = begun.prefix(Self.preface.count).elementsEqual(Self.preface.prefix(begun.count))
    if !isHTTP2 || begun.count >= Self.preface.count { choose(isHTTP2: isHTTP2, context) }
  }

  /// False for a whole line that names no version: who speaks something else would not understand an answer.
  private static func mayBeHTTP(_ begun: ByteBufferView) -> Bool {
    // RFC 9112, 2.2: lines before the first request may be empty.
    var line = begun[...]
    while line.starts(with: "\r\n".utf8) { line = line.dropFirst(2) }
    guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else { return true }
    return line[..<end].contains(" HTTP/".utf8)
  }

  private func choose(isHTTP2: Bool, _ context: ChannelHandlerContext) {
    guard chosen == nil else { return }
    patience?.cancel()
    patience = nil
    do {
      let pipeline = context.pipeline.syncOperations
      if isHTTP2 {
        let handler = HTTP2ChannelHandler(service, peer, context.eventLoop)
        try pipeline.addHandler(handler)
        chosen = handler
      } else {
        let handler = HTTP1ChannelHandler(service, peer, context.eventLoop)
        try pipeline.addHandler(handler)
        chosen = handler
      }
    } catch {
      return context.close(promise: nil)
    }
    if let received {
      self.received = nil
      context.fireChannelRead(Self.wrapInboundOut(received))
    }
    // Nothing more passes here.
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }
}

/// A connection's handler, of which the server can ask to come to an end.
protocol DrainableHandler: AnyObject {
  /// Takes no more calls, ends streams, and closes when the calls in flight are answered.
  func drain()
}
