import Glibc
import NIOCore
import RPC

/// TCP keep-alive, which every kernel answers: not every wire has a ping, and not every peer answers one.
enum KeepAlive {
  static func options(_ limits: Limits) -> [(option: ChannelOptions.Types.SocketOption, value: Int)] {
    let idle = Int(limits.keepAliveIdle.components.seconds)
    let interval = Int(limits.keepAliveInterval.components.seconds)
    let stallMilliseconds = Int(limits.stallTime.wholeNanoseconds / 1_000_000)
    return [
      (.socketOption(.so_keepalive), 1),
      (tcp(TCP_KEEPIDLE), max(idle, 1)),
      (tcp(TCP_KEEPINTVL), max(interval, 1)),
      (tcp(TCP_KEEPCNT), max(limits.keepAliveProbes, 1)),
      // What the kernel waits for an acknowledgement of bytes sent.
      (tcp(TCP_USER_TIMEOUT), max(stallMilliseconds, 1)),
    ]
  }

  private static func tcp(_ option: CInt) -> ChannelOptions.Types.SocketOption {
    ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: option))
  }
}
