import NIOCore
import RPC

/// How a connection ends whose peer should still hear the last word.
enum Closing {
  /// Closes our side once all that was written has been taken, and the other after `lingerTime`, or when the peer
  /// closes it. Closing at once would throw away what waits, and what is not read might have the kernel reset it.
  static func afterLastWrite(_ context: ChannelHandlerContext, _ limits: Limits) {
    let channel = context.channel
    let linger = TimeAmount.nanoseconds(limits.lingerTime.wholeNanoseconds)
    let stall = TimeAmount.nanoseconds(limits.stallTime.wholeNanoseconds)
    // Whoever takes nothing is not waited for longer than anybody else.
    let cut = context.eventLoop.scheduleTask(in: stall) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in cut.cancel() }
    // The socket is shut down once it has taken all that was written before.
    let isShut = channel.eventLoop.makePromise(of: Void.self)
    isShut.futureResult.whenComplete { _ in
      channel.eventLoop.scheduleTask(in: linger) { channel.close(promise: nil) }
    }
    channel.close(mode: .output, promise: isShut)
  }
}
