import NIOCore

@testable import RPC
@testable import TTRPC

/// Bytes of frames and envelopes, put together by hand: the tests do not check the writer with itself.
enum Bytes {
  static func frame(
    _ type: UInt8,
    _ streamID: UInt32,
    flags: UInt8 = 0,
    _ data: [UInt8] = []
  ) -> [UInt8] {
    be32(UInt32(data.count)) + be32(streamID) + [type, flags] + data
  }

  /// A header that announces more than follows.
  static func header(_ length: UInt32, _ streamID: UInt32, type: UInt8 = 1) -> [UInt8] {
    be32(length) + be32(streamID) + [type, 0]
  }

  static func be32(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(content.count)) + content
  }

  static func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func request(_ streamID: UInt32, flags: UInt8 = 0, _ name: String = "test.v1.EchoService/Echo")
    -> [UInt8]
  {
    let parts = name.split(separator: "/")
    return frame(1, streamID, flags: flags, field(1, String(parts[0])) + field(2, String(parts[1])))
  }
}

extension ByteBuffer {
  var bytes: [UInt8] { Array(readableBytesView) }
}

extension FrameDecoder {
  /// All whole frames.
  mutating func all(maximum: Int) throws -> [Frame] {
    var frames: [Frame] = []
    while let frame = try next(maximumLength: maximum) { frames.append(frame) }
    return frames
  }
}

/// The same numbers from the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
