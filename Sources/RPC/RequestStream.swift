public import SwiftProtobuf

/// The requests of a call that sends many, in their order. It ends when the caller has sent the last; it throws when
/// the caller is gone, the deadline is over or a request is malformed: the handler lets that error out.
///
/// What a handler has not asked for yet is held back at the caller, as far as the wire can.
public struct RequestStream<Request: SwiftProtobuf.Message>: AsyncSequence, Sendable {
  private let receive: @Sendable () async throws -> Request?

  /// - Parameter receive: gives the next request, `nil` after the last; for wires, and for tests that call handlers
  ///   without one.
  public init(_ receive: @escaping @Sendable () async throws -> Request?) {
    self.receive = receive
  }

  public func makeAsyncIterator() -> Iterator { Iterator(receive: receive) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let receive: @Sendable () async throws -> Request?

    public func next() async throws -> Request? { try await receive() }
  }
}

/// Where a wire leaves the encoded requests of a call that sends many.
@usableFromInline
package protocol RequestSource: Sendable {
  /// Suspends until there is one; `nil` after the last.
  func next() async throws -> [UInt8]?
}
