import API
import RPC

extension Place {
  /// A new call for help that waits for somebody. A visit that ends well ends the one before.
  func callForHelp() throws -> Int64 {
    _ = try prepare(.authenticating)
    try endVisit()
    let _: ProtoCallForHelpResponse = try screen.call(
      "HelpService/CallForHelp", ProtoCallForHelpRequest.with { $0.requestID = newID() })
    let request = try ProtoWatchHelpRequest.with { $0.locationID = location }.serializedBytes() as [UInt8]
    let stream = tablet.openStream(MethodName("HelpService/WatchHelp"), request)
    defer { tablet.write(WireBytes.frame(3, stream, flags: 0x05, [])) }
    guard let message = tablet.nextMessage(of: stream),
      let call = try ProtoWatchHelpResponse(serializedBytes: message).calls.last
    else { throw Failure(.unavailable, reason: "NO_ANSWER", "the desk hears of no call") }
    return call.helpCallID
  }
}
