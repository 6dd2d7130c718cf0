public import SwiftProtobuf

/// The way out of a server-streaming handler. The stream ends when the handler returns.
public struct ResponseStream<Response: SwiftProtobuf.Message>: Sendable {
  private let transmit: @Sendable (Response) async throws -> Void

  /// - Parameter transmit: takes each message; for wires, and for tests that call handlers without one.
  public init(_ transmit: @escaping @Sendable (Response) async throws -> Void) {
    self.transmit = transmit
  }

  /// Sends a message after those sent before. Suspends while the peer reads more slowly than this is called.
  /// Throws when the peer is gone, the connection closes or the deadline is over: the handler lets that
  /// error out. May be called from several tasks; the order between them is not defined.
  public func send(_ response: Response) async throws {
    try await transmit(response)
  }
}

/// Where a wire takes the encoded messages of a stream.
@usableFromInline
package protocol ResponseSink: Sendable {
  /// Suspends under back-pressure. Throws when the stream can take no more.
  func send(_ message: [UInt8]) async throws
}
