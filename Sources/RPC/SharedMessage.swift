public import SwiftProtobuf
import Synchronization

/// A message that many streams are sent: encoded once, however many they are.
public final class SharedMessage<Response: SwiftProtobuf.Message>: Sendable {
  private let binary: [UInt8]
  /// Once a stream has asked for it.
  private let json = Mutex<[UInt8]?>(nil)

  public init(_ message: Response) throws {
    binary = try message.encoded(as: .binary)
  }

  @usableFromInline
  func encoded(as codec: Codec) throws -> [UInt8] {
    switch codec {
    case .binary: return binary
    case .json:
      return try json.withLock { json in
        if let json { return json }
        let made = try Response(serializedBytes: binary).encoded(as: .json)
        json = made
        return made
      }
    }
  }
}

extension ResponseStream {
  /// Sends a message that others are sent too, as `send` does.
  public nonisolated(nonsending) func send(_ shared: SharedMessage<Response>) async throws {
    let hasRoom = try shared.encoded(as: codec).withUnsafeBytes { try sink.put($0) }
    if !hasRoom { try await sink.roomIsMade() }
  }
}
