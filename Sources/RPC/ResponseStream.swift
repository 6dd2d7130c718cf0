public import SwiftProtobuf

/// The way out of a server-streaming handler. The stream ends when the handler returns.
public struct ResponseStream<Response: SwiftProtobuf.Message>: Sendable {
  @usableFromInline let sink: any ResponseSink
  @usableFromInline let codec: Codec

  @usableFromInline
  init(_ sink: any ResponseSink, _ codec: Codec) {
    self.sink = sink
    self.codec = codec
  }

  /// Sends a message after those sent before. Suspends while the peer reads more slowly than this is called.
  /// Throws when the peer is gone, the connection closes or the deadline is over: the handler lets that
  /// error out. May be called from several tasks; the order between them is not defined.
  @inlinable
  public nonisolated(nonsending) func send(_ response: Response) async throws {
    let hasRoom = try response.withEncoded(as: codec) { try sink.put($0) }
    if !hasRoom { try await sink.roomIsMade() }
  }
}

/// Where a wire takes the encoded messages of a stream.
@usableFromInline
package protocol ResponseSink: Sendable {
  /// Takes a message, whose bytes last as long as the call. Throws when the stream can take no more. Most have room, and
  /// have nothing to wait for.
  ///
  /// - Returns: whether there is room for another; where there is not, `roomIsMade` is waited for first.
  func put(_ message: UnsafeRawBufferPointer) throws -> Bool
  /// Suspends until the peer has read, or throws when the stream can take no more. It runs where its caller does: each
  /// change of place has its price.
  nonisolated(nonsending) func roomIsMade() async throws
}
