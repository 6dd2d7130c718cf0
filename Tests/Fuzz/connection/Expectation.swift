import RPC

/// What a machine did, as far as two runs can be compared.
enum Fact: Equatable {
  case request(UInt32, flags: UInt8, [UInt8])
  case refuse(UInt32, String)
  case end(UInt32, String)
  case finish
  case close
}

/// A second, slow reading of the rules: which requests a machine gives out and which it refuses, from the
/// bytes alone. Calls do not matter for that: their ids are odd and not above the last one.
struct Expectation {
  private var bytes: [UInt8] = []
  private var lastStreamID: UInt32 = 0

  mutating func read(_ more: [UInt8]) { bytes += more }

  /// The next fact about a request, or about data for a stream that never was.
  mutating func next(maximumLength: Int, isDraining: Bool) -> Fact? {
    while bytes.count >= 10 {
      let length = number(at: 0)
      let streamID = UInt32(number(at: 4))
      let (type, flags) = (bytes[8], bytes[9])
      guard length <= maximumLength else {
        bytes = []
        return .refuse(streamID, "FRAME_TOO_LARGE")
      }
      guard bytes.count >= 10 + length else { return nil }
      let content = Array(bytes[10..<10 + length])
      bytes.removeFirst(10 + length)
      switch type {
      case 1:
        guard streamID % 2 == 1 else { return .refuse(streamID, "STREAM_ID_NOT_ODD") }
        guard streamID > lastStreamID else { return .refuse(streamID, "STREAM_ID_NOT_INCREASING") }
        lastStreamID = streamID
        return isDraining ? .refuse(streamID, "SERVER_DRAINING") : .request(streamID, flags: flags, content)
      case 3:
        guard streamID % 2 == 1 else { return .refuse(streamID, "STREAM_ID_NOT_ODD") }
        if streamID > lastStreamID { return .refuse(streamID, "UNKNOWN_STREAM") }
      default: break
      }
    }
    return nil
  }

  private func number(at offset: Int) -> Int {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }
}
