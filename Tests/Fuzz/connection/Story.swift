import RPC

/// What happens to a connection, moment by moment.
enum Step {
  /// The peer sends.
  case bytes([UInt8])
  /// The handler of one of the calls in flight is done; which one, counted from the oldest.
  case complete(Int)
  /// A handler is done whose call may have ended long ago.
  case completeLate(UInt32)
  /// A stream has bytes to send.
  case write(Int)
  /// The peer takes at most so many bytes.
  case taken(Int)
  case wait(Duration)
  /// Until the machine wants to be woken.
  case wakeUp
  case handshake
  /// The peer has proved who it is, which it does not take back.
  case peerKnown
  case drain
  case close
  case abort
  case disconnected
}

extension Step {
  static let maximumCount = 128

  static func story(_ input: inout Input) -> [Step] {
    var steps: [Step] = []
    while !input.isOver, steps.count < maximumCount { steps.append(next(&input)) }
    return steps
  }

  private static func next(_ input: inout Input) -> Step {
    let choice = input.byte()
    switch choice % 16 {
    case 0, 1: return .bytes(frame(.request, &input))
    case 2, 3: return .bytes(frame(.data, &input))
    case 4: return .bytes(input.take(Int(choice >> 4) + 1))
    case 5:
      return .bytes(frame(.request, &input) + frame(.data, &input) + frame(.request, &input))
    case 6: return .bytes([UInt8](repeating: 0, count: input.number(bytes: 1) + 1))
    case 7: return .complete(Int(choice >> 4))
    case 8: return .completeLate(UInt32(input.byte()))
    case 9: return .write(input.number(bytes: 1) + 1)
    case 10: return .taken((Int(choice >> 4) + 1) * 40)
    case 11: return .wait(.milliseconds(input.number(bytes: 2)))
    case 12: return .wakeUp
    case 13: return .peerKnown
    case 14: return .handshake
    default: return ending(choice >> 4)
    }
  }

  private static func ending(_ choice: UInt8) -> Step {
    switch choice {
    case 0, 1, 2, 3, 4, 5, 6: .drain
    case 7, 8, 9, 10: .close
    case 11, 12, 13: .abort
    default: .disconnected
    }
  }

  /// A frame, mostly of an id near those in use.
  private static func frame(_ kind: Frame.Kind, _ input: inout Input) -> [UInt8] {
    let id = input.byte()
    let streamID = id < 0xF0 ? Int(id) : input.number(bytes: 4)
    let flags = input.byte()
    let type = flags < 0xE0 ? kind.rawValue : flags
    let content = input.take(Int(input.byte()))
    return be32(content.count) + be32(streamID) + [type, flags % 8] + content
  }

  private static func be32(_ value: Int) -> [UInt8] {
    [UInt8(value >> 24 & 0xFF), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }
}
