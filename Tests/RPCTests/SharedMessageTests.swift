import RPC
import SwiftProtobuf
import Synchronization
import Testing

/// A message for many streams is encoded once for each codec.
@Suite struct SharedMessageTests {
  private final class Sink: ResponseSink {
    let taken = Mutex<[[UInt8]]>([])
    private let waits = Mutex(0)
    private let hasRoom: Bool

    init(hasRoom: Bool = true) { self.hasRoom = hasRoom }

    var waited: Int { waits.withLock { $0 } }

    func put(_ message: UnsafeRawBufferPointer) throws -> Bool {
      taken.withLock { $0.append(Array(message)) }
      return hasRoom
    }

    nonisolated(nonsending) func roomIsMade() async throws { waits.withLock { $0 += 1 } }
  }

  private struct One: Watch {
    let message: SharedMessage<Google_Protobuf_StringValue>

    mutating func begin(wake: @escaping @Sendable () -> Void) {}
    mutating func round(_ stream: ResponseStream<Google_Protobuf_StringValue>) async throws -> WatchOutcome {
      try await stream.send(message)
      return .over
    }
    mutating func end() async {}
  }

  @Test func `each stream gets it in its own codec`() async throws {
    let message = try SharedMessage(Google_Protobuf_StringValue("hello"))
    let sink = Sink()
    for codec in [Codec.binary, .json, .binary, .json] {
      var watch = One(message: message)
      _ = try await watch.round(into: sink, as: codec)
    }
    let taken = sink.taken.withLock { $0 }
    #expect(try text(taken[0]) == "hello")
    #expect(String(decoding: taken[1], as: UTF8.self) == "\"hello\"")
    #expect(taken[2] == taken[0])
    #expect(taken[3] == taken[1])
  }

  @Test func `a stream without room waits for it`() async throws {
    var watch = One(message: try SharedMessage(Google_Protobuf_StringValue("hello")))
    let sink = Sink(hasRoom: false)
    _ = try await watch.round(into: sink)
    #expect(sink.waited == 1)
  }
}
