import Foundation
import Testing

@testable import TTRPC

/// The file of a Unix-domain socket, and who is let in by it.
@Suite(.timeLimit(.minutes(1))) struct SocketFileTests {
  @Test func `closing a listener leaves the socket of its successor alone`() async throws {
    try await LiveServer.with(.unix) { live in
      guard case .unix(let path) = live.address else { return }
      let beside = path + "2"
      let listener = try await live.server.listen(.unix(path: beside))
      // The successor comes in the moment in which nobody answers any more.
      let successor = listener.channel.closeFuture.flatMapThrowing { try UnixSocket.bound(path: beside) }
      await listener.close()
      let descriptor = try await successor.get()
      #expect(FileManager.default.fileExists(atPath: beside))
      close(descriptor)
      await listener.close()
      #expect(FileManager.default.fileExists(atPath: beside), "closing again does nothing")
      try FileManager.default.removeItem(atPath: beside)
    }
  }

  private static let waiting = 300
  /// What the system lets wait, whatever a server asks for.
  private static let isPossible: Bool = {
    let text = try? String(contentsOfFile: "/proc/sys/net/core/somaxconn", encoding: .utf8)
    return text.flatMap { Int($0.filter(\.isNumber)) }.map { $0 >= waiting } ?? false
  }()

  @Test(.enabled(if: isPossible)) func `more connections than NIO's 128 wait to be accepted`() async throws {
    try await LiveServer.with(.unix, threads: 1) { live in
      guard case .unix(let path) = live.address else { return }
      var peers: [RawSocket] = []
      defer { for peer in peers { peer.close() } }
      try await live.whileNothingIsAccepted {
        for _ in 0..<Self.waiting {
          if let peer = RawSocket(path: path) { peers.append(peer) }
        }
      }
      #expect(peers.count == Self.waiting)
    }
  }
}
