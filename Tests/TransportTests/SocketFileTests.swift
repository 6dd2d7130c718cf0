import Foundation
import NIOPosix
import Testing
import TransportSupport

@testable import Transport

/// The file of a Unix-domain socket, and who is let in by it.
@Suite(.timeLimit(.minutes(1))) struct SocketFileTests {
  @Test func `closing a listener leaves the socket of its successor alone`() async throws {
    try await Echo.serving { server in
      let path = Echo.temporaryPath()
      let listener = try await server.listen(.unix(path: path), tls: nil)
      // The successor comes in the moment in which nobody answers any more.
      let successor = listener.channel.closeFuture.flatMapThrowing { try UnixSocket.bound(path: path) }
      await listener.close()
      let descriptor = try await successor.get()
      #expect(FileManager.default.fileExists(atPath: path))
      close(descriptor)
      await listener.close()
      #expect(FileManager.default.fileExists(atPath: path), "closing again does nothing")
      try FileManager.default.removeItem(atPath: path)
    }
  }

  private static let waiting = 300
  /// What the system lets wait, whatever a server asks for.
  private static let isPossible: Bool = {
    let text = try? String(contentsOfFile: "/proc/sys/net/core/somaxconn", encoding: .utf8)
    return text.flatMap { Int($0.filter(\.isNumber)) }.map { $0 >= waiting } ?? false
  }()

  @Test(.enabled(if: isPossible)) func `more connections than NIO's 128 wait to be accepted`() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    try await Echo.serving(group: group) { server in
      let path = Echo.temporaryPath()
      _ = try await server.listen(.unix(path: path), tls: nil)
      var peers: [RawSocket] = []
      defer { for peer in peers { peer.close() } }
      try await group.next().standingStill {
        for _ in 0..<Self.waiting {
          if let peer = RawSocket(path: path) { peers.append(peer) }
        }
      }
      #expect(peers.count == Self.waiting)
    }
    try await group.shutdownGracefully()
  }
}
