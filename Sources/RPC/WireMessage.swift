public import SwiftProtobuf

/// A message of the contract, for modules that handle messages without knowing how they are encoded.
public typealias WireMessage = SwiftProtobuf.Message

extension SwiftProtobuf.Message {
  /// The message's bytes on the wire; equal messages of one build have equal bytes.
  public func wireBytes() throws -> [UInt8] { try serializedBytes() }

  public init(wireBytes: [UInt8]) throws { try self.init(serializedBytes: wireBytes) }
}

extension SwiftProtobuf.Google_Protobuf_Timestamp {
  /// A moment as whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
  public init(milliseconds: Int64) {
    let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    let borrow: Int64 = rest < 0 ? 1 : 0
    self.init(seconds: seconds - borrow, nanos: Int32((rest + borrow * 1000) * 1_000_000))
  }

  /// Whether it is one of the years 1 to 9999, and its nanoseconds are part of a second.
  public var isValid: Bool {
    (-62_135_596_800...253_402_300_799).contains(seconds) && (0..<1_000_000_000).contains(nanos)
  }

  public var milliseconds: Int64 {
    // Within the years 1 to 9999, as the message's own rules ask: others come from outside.
    min(max(seconds, -62_135_596_800), 253_402_300_799) * 1000 + Int64(nanos) / 1_000_000
  }
}
