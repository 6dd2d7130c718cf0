import NIOCore
import Testing

@testable import RPC
@testable import TTRPC

/// A machine with a clock to turn, and shorthand for what its shell does.
struct MachineHarness {
  var machine: ConnectionStateMachine
  var now = MonotonicInstant.now

  init(isSecured: Bool = false, _ adjust: (inout Limits) -> Void = { _ in }) {
    var limits = Limits()
    adjust(&limits)
    machine = ConnectionStateMachine(limits: limits, isSecured: isSecured, at: now)
  }

  /// What is to be done now, in one word each.
  mutating func actions() -> [String] {
    var words: [String] = []
    while let action = machine.next(at: now) {
      switch action {
      case .request(let frame): words.append("request \(frame.streamID)")
      case .refuse(let streamID, let failure): words.append("refuse \(streamID) \(failure.reason.rawValue)")
      case .end(let streamID, let failure): words.append("end \(streamID) \(failure.reason.rawValue)")
      case .finish: words.append("finish")
      case .close: words.append("close")
      }
    }
    return words
  }

  mutating func receive(_ bytes: [UInt8]) -> [String] {
    machine.receive(ByteBuffer(bytes: bytes), at: now)
    return actions()
  }

  /// Receives a request and takes it on.
  mutating func open(
    _ streamID: UInt32, _ kind: Procedure.Kind, flags: UInt8? = nil, timeout: Duration? = nil
  ) {
    let bytes = Bytes.request(streamID, flags: flags ?? (kind == .unary ? 0 : 1))
    machine.receive(ByteBuffer(bytes: bytes), at: now)
    guard case .request(let frame)? = machine.next(at: now) else { return }
    machine.admit(frame, kind, deadline: timeout.map { now + $0 })
  }

  /// Lets time pass to an instant just before `duration`, then to just after: what happens at either.
  mutating func pass(_ duration: Duration) -> (before: [String], after: [String]) {
    now += duration - .nanoseconds(1)
    machine.timePassed(now)
    let before = actions()
    now += .nanoseconds(1)
    machine.timePassed(now)
    return (before, actions())
  }
}

@Suite struct StateMachineTests {
  @Test func `requests come out in order, and a call is over when it is complete`() {
    var harness = MachineHarness()
    #expect(harness.receive(Bytes.request(1) + Bytes.request(3)) == ["request 1", "request 3"])
    harness.open(5, .unary)
    #expect(harness.machine.calls.count == 1)
    #expect(harness.machine.complete(5, at: harness.now) == true)
    #expect(harness.machine.complete(5, at: harness.now) == false, "a second answer is dropped")
    #expect(harness.machine.calls.isEmpty)
  }

  @Test func `stream ids are odd and grow; others are refused and the connection lives on`() {
    var harness = MachineHarness()
    #expect(harness.receive(Bytes.request(2)) == ["refuse 2 STREAM_ID_NOT_ODD"])
    #expect(harness.receive(Bytes.request(0)) == ["refuse 0 STREAM_ID_NOT_ODD"])
    #expect(harness.receive(Bytes.request(7)) == ["request 7"])
    #expect(harness.receive(Bytes.request(5)) == ["refuse 5 STREAM_ID_NOT_INCREASING"])
    #expect(harness.receive(Bytes.request(7)) == ["refuse 7 STREAM_ID_NOT_INCREASING"])
    #expect(harness.receive(Bytes.request(.max)) == ["request 4294967295"])
    #expect(harness.receive(Bytes.request(9)) == ["refuse 9 STREAM_ID_NOT_INCREASING"])
  }

  @Test func `types that are not known, and responses, are skipped`() {
    var harness = MachineHarness()
    let odd = Bytes.frame(0, 1, [1]) + Bytes.frame(2, 1) + Bytes.frame(4, 2, [1, 2]) + Bytes.frame(255, 9)
    #expect(harness.receive(odd + Bytes.request(1)) == ["request 1"])
  }

  @Test func `data for a stream that never was is refused, for one that has ended it is not`() {
    var harness = MachineHarness()
    #expect(harness.receive(Bytes.frame(3, 1, [1])) == ["refuse 1 UNKNOWN_STREAM"])
    harness.open(1, .serverStreaming)
    #expect(harness.machine.complete(1, at: harness.now) == true)
    #expect(harness.receive(Bytes.frame(3, 1, flags: 5)) == [])
    #expect(harness.receive(Bytes.frame(3, 3, flags: 5)) == ["refuse 3 UNKNOWN_STREAM"])
    #expect(harness.receive(Bytes.frame(3, 4, flags: 5)) == ["refuse 4 STREAM_ID_NOT_ODD"])
  }

  @Test func `closing a side that is closed already cancels`() {
    var harness = MachineHarness()
    harness.open(1, .serverStreaming)
    harness.open(3, .unary)
    #expect(harness.receive(Bytes.frame(3, 1, flags: 5)) == ["end 1 CANCELLED"])
    #expect(harness.receive(Bytes.frame(3, 3, flags: 5)) == ["end 3 CANCELLED"])
    #expect(harness.machine.streamCount == 0)
    #expect(harness.machine.complete(1, at: harness.now) == false)
  }

  @Test func `a stream opened with more to come is closed first and cancelled then`() {
    var harness = MachineHarness()
    harness.open(1, .serverStreaming, flags: 2)
    #expect(harness.receive(Bytes.frame(3, 1, flags: 5)) == [])
    #expect(harness.machine.calls.count == 1)
    #expect(harness.receive(Bytes.frame(3, 1, flags: 1)) == ["end 1 CANCELLED"])
  }

  @Test func `a message where none is taken ends the call; a frame without data says nothing`() {
    var harness = MachineHarness()
    harness.open(1, .serverStreaming)
    #expect(harness.receive(Bytes.frame(3, 1, flags: 4)) == [])
    #expect(harness.machine.calls.count == 1)
    #expect(harness.receive(Bytes.frame(3, 1, flags: 4, [1])) == ["end 1 UNEXPECTED_DATA"])
    harness.open(3, .serverStreaming)
    #expect(harness.receive(Bytes.frame(3, 3)) == ["end 3 UNEXPECTED_DATA"], "an empty message is a message")
    harness.open(5, .serverStreaming)
    #expect(harness.receive(Bytes.frame(3, 5, flags: 1, [1])) == ["end 5 UNEXPECTED_DATA"])
  }

  @Test func `an oversized frame is answered, everything else ends, and the connection closes`() {
    var harness = MachineHarness { $0.messageBytes = 100 }
    harness.open(1, .unary)
    harness.open(3, .serverStreaming)
    #expect(
      harness.receive(Bytes.header(101, 5)) == [
        "refuse 5 FRAME_TOO_LARGE", "end 1 CONNECTION_CLOSED", "end 3 CONNECTION_CLOSED", "finish",
      ]
    )
    #expect(harness.receive(Bytes.request(7)) == [], "nothing more is heard")
    #expect(harness.machine.complete(1, at: harness.now) == false)
  }

  @Test func `a frame of the limit is taken`() {
    var harness = MachineHarness { $0.messageBytes = 100 }
    let data = Array(repeating: UInt8(0), count: 100)
    #expect(harness.receive(Bytes.frame(1, 1, data)) == ["request 1"])
  }

  @Test func `S3 a stranger's frames are held to a smaller limit, until its peer is known`() {
    var harness = MachineHarness { $0.strangerMessageBytes = 100 }
    let exact = Array(repeating: UInt8(0), count: 100)
    #expect(harness.receive(Bytes.frame(1, 1, exact)) == ["request 1"])
    harness.machine.isPeerKnown = true
    #expect(harness.receive(Bytes.frame(1, 3, exact + [0])) == ["request 3"])
    harness.machine.isPeerKnown = false
    #expect(harness.receive(Bytes.header(101, 5)) == ["refuse 5 FRAME_TOO_LARGE", "finish"])
  }

  @Test func `the smaller of the two limits holds for strangers`() {
    var harness = MachineHarness {
      $0.messageBytes = 50
      $0.strangerMessageBytes = 100
    }
    #expect(harness.receive(Bytes.header(51, 1)) == ["refuse 1 FRAME_TOO_LARGE", "finish"])
  }

  @Test func `calls and streams are taken up to their limits, each by its own`() {
    var harness = MachineHarness {
      $0.callsPerConnection = 2
      $0.streamsPerConnection = 1
    }
    harness.open(1, .unary)
    #expect(harness.machine.refusal(of: .unary) == nil)
    harness.open(3, .unary)
    #expect(harness.machine.refusal(of: .unary)?.reason == .tooManyCalls)
    #expect(harness.machine.refusal(of: .serverStreaming) == nil)
    harness.open(5, .serverStreaming)
    #expect(harness.machine.refusal(of: .serverStreaming)?.reason == .tooManyStreams)
    _ = harness.machine.complete(1, at: harness.now)
    #expect(harness.machine.refusal(of: .unary) == nil)
    #expect(harness.machine.refusal(of: .serverStreaming)?.reason == .tooManyStreams)
    _ = harness.machine.complete(5, at: harness.now)
    #expect(harness.machine.refusal(of: .serverStreaming) == nil)
  }

  // MARK: Back-pressure

  @Test func `beyond the queue's limit nothing is read nor looked at, until half is taken`() {
    var harness = MachineHarness { $0.queuedBytes = 100 }
    harness.machine.queued(100, at: harness.now)
    #expect(harness.machine.wantsRead)
    harness.machine.queued(1, at: harness.now)
    #expect(harness.machine.isBlocked)
    #expect(!harness.machine.wantsRead)
    #expect(harness.receive(Bytes.request(1)) == [])
    harness.machine.taken(50, at: harness.now)
    #expect(harness.machine.isBlocked, "51 bytes are more than half")
    #expect(harness.actions() == [])
    harness.machine.taken(1, at: harness.now)
    #expect(harness.machine.wantsRead)
    #expect(harness.actions() == ["request 1"])
  }

  @Test func `answers that fill the queue stop the requests behind them`() {
    var harness = MachineHarness { $0.queuedBytes = 100 }
    harness.machine.receive(ByteBuffer(bytes: Bytes.request(1) + Bytes.request(3)), at: harness.now)
    guard case .request? = harness.machine.next(at: harness.now) else {
      Issue.record("expected a request")
      return
    }
    harness.machine.queued(101, at: harness.now)
    #expect(harness.actions() == [])
  }

  // MARK: Ends

  @Test func `S8 draining refuses calls, ends streams, waits for calls, then closes`() {
    var harness = MachineHarness()
    harness.open(1, .unary)
    harness.open(3, .serverStreaming)
    harness.machine.drain()
    #expect(harness.actions() == ["end 3 SERVER_DRAINING"])
    #expect(harness.receive(Bytes.request(5)) == ["refuse 5 SERVER_DRAINING"])
    harness.machine.queued(10, at: harness.now)
    #expect(harness.machine.complete(1, at: harness.now) == true)
    #expect(harness.actions() == [], "the answer is still on its way")
    harness.machine.taken(10, at: harness.now)
    #expect(harness.actions() == ["finish"])
  }

  @Test func `draining a quiet connection closes it`() {
    var harness = MachineHarness()
    harness.machine.drain()
    #expect(harness.actions() == ["finish"])
  }

  @Test func `draining during the handshake closes at once`() {
    var harness = MachineHarness(isSecured: true)
    harness.machine.drain()
    #expect(harness.actions() == ["close"])
  }

  @Test func `closing tells every call, in their order, and only once`() {
    var harness = MachineHarness()
    for streamID in [1, 3, 5] as [UInt32] {
      harness.open(streamID, streamID == 3 ? .serverStreaming : .unary)
    }
    harness.machine.close(Failure(.unauthenticated, reason: "REVOKED", ""))
    harness.machine.close(.serverDraining)
    harness.machine.drain()
    #expect(harness.actions() == ["end 1 REVOKED", "end 3 REVOKED", "end 5 REVOKED", "finish"])
  }

  @Test func `after the last byte little is read, and the connection ends in time`() {
    var harness = MachineHarness {
      $0.lingerBytes = 100
      $0.lingerTime = .seconds(2)
    }
    harness.machine.close(.serverDraining)
    #expect(harness.actions() == ["finish"])
    #expect(harness.machine.wantsRead)
    #expect(harness.receive(Array(repeating: 0, count: 99)) == [])
    #expect(harness.machine.wantsRead)
    #expect(harness.receive([0]) == [])
    #expect(!harness.machine.wantsRead)
    #expect(harness.machine.wakeUp == harness.now + .seconds(2))
    #expect(harness.pass(.seconds(2)) == ([], ["close"]))
    #expect(harness.machine.wakeUp == nil)
  }

  @Test func `what is gone says nothing more`() {
    var harness = MachineHarness()
    harness.open(1, .unary, timeout: .seconds(1))
    harness.machine.disconnected()
    harness.machine.close(.serverDraining)
    harness.machine.abort()
    harness.machine.timePassed(harness.now + .seconds(100))
    #expect(harness.actions() == [])
    #expect(harness.machine.wakeUp == nil)
    #expect(harness.machine.complete(1, at: harness.now) == false)
  }
}
