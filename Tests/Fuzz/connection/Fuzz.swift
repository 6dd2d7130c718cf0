import RPC

/// What a peer may send to the server (Sources/TTRPC): frames, envelopes, and the connection's state machine
/// under any story of bytes, handlers, time and endings. The story is told twice: what the peer sends is read
/// at once, and in small pieces. It must be the same story.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: data, count: size)
  Envelopes.check(bytes)

  var input = Input(bytes)
  let choice = input.byte()
  let start = MonotonicInstant.now
  var whole = Shell(isSecured: choice % 8 == 7, piece: .max, at: start)
  var cut = Shell(isSecured: choice % 8 == 7, piece: Int(choice >> 3) + 1, at: start)
  for step in Step.story(&input) {
    whole.perform(step)
    cut.perform(step)
    require(whole.facts == cut.facts, "\(whole.facts) is \(cut.facts) where it is cut")
  }
  whole.end()
  cut.end()
  require(whole.facts == cut.facts, "\(whole.facts) is \(cut.facts) where it is cut")
  return 0
}
