public import SwiftProtobuf

/// A server stream that is at rest until something changes. Between two rounds it is this value and no task, so
/// that thousands may wait.
///
/// The wire calls `begin`, then `round` once, and again after each change, then `end`: one after another, never
/// two at a time. Changes are not counted: a round that begins after many of them reads the newest state.
public protocol Watch<Response>: Sendable {
  associatedtype Response: SwiftProtobuf.Message

  /// Asks to be woken from now on. Called before the first round, which so misses nothing.
  ///
  /// - Parameter wake: tells that something may have changed. From any thread, at any time, also after the
  ///   end; it does not block.
  mutating func begin(wake: @escaping @Sendable () -> Void)

  /// Reads what there is and sends what is new. Another round follows after the next change. What it throws is
  /// told to the caller and is the end.
  mutating func round(_ stream: ResponseStream<Response>) async throws -> WatchOutcome

  /// Asks to be woken no more. Called once, also when the caller has given up or is gone.
  mutating func end() async
}

/// Whether a watch goes on after a round.
public enum WatchOutcome: Sendable {
  case waits
  /// Nothing more will come: the stream ends.
  case over
}

extension Watch {
  /// A round whose messages go to a wire.
  package mutating func round(
    into sink: any ResponseSink, as codec: Codec = .binary
  ) async throws -> WatchOutcome {
    try await round(ResponseStream(sink, codec))
  }
}
