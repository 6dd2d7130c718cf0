import Glibc
import NIOCore

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
