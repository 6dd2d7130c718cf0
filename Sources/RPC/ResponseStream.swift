public import SwiftProtobuf

/// The way out of a server-streaming handler. The stream ends when the handler returns.
public struct ResponseStream<Response: SwiftProtobuf.Message>: Sendable {
  @usableFromInline let transmit: nonisolated(nonsending) @Sendable (Response) async throws -> Void

  /// - Parameter transmit: takes each message; for wires, and for tests that call handlers without one.
  @inlinable
  public init(_ transmit: nonisolated(nonsending) @escaping @Sendable (Response) async throws -> Void) {
    self.transmit = transmit
  }

  /// Sends a message after those sent before. Suspends while the peer reads more slowly than this is called.
  /// Throws when the peer is gone, the connection closes or the deadline is over: the handler lets that
  /// error out. May be called from several tasks; the order between them is not defined.
  @inlinable
  public nonisolated(nonsending) func send(_ response: Response) async throws {
    try await transmit(response)
  }
}

/// Where a wire takes the encoded messages of a stream.
@usableFromInline
package protocol ResponseSink: Sendable {
  /// Suspends under back-pressure. Throws when the stream can take no more. It runs where its caller does: each change
  /// of place has its price, and a stream is many of them.
  nonisolated(nonsending) func send(_ message: [UInt8]) async throws
}
