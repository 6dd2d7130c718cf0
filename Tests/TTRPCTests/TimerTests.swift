import NIOCore
import Testing

@testable import RPC
@testable import TTRPC

/// The limits in time, each just before and just after.
@Suite struct TimerTests {
  @Test func `a handshake has its time`() {
    var harness = MachineHarness(isSecured: true) { $0.handshakeTime = .seconds(3) }
    #expect(harness.machine.wakeUp == harness.now + .seconds(3))
    #expect(harness.pass(.seconds(3)) == ([], ["close"]))
  }

  @Test func `the first byte has its time, from the end of the handshake`() {
    var harness = MachineHarness(isSecured: true) { $0.firstByteTime = .seconds(4) }
    harness.now += .seconds(1)
    harness.machine.handshakeCompleted(at: harness.now)
    #expect(harness.machine.wakeUp == harness.now + .seconds(4))
    #expect(harness.pass(.seconds(4)) == ([], ["finish"]))
  }

  @Test func `a frame that drips in slowly ends the connection`() {
    var harness = MachineHarness { $0.frameTime = .seconds(5) }
    harness.open(1, .unary)
    let bytes = Bytes.request(3)
    for byte in bytes.dropLast().prefix(4) {
      #expect(harness.receive([byte]) == [])
      harness.now += .seconds(1)
    }
    #expect(harness.pass(.seconds(1)) == ([], ["end 1 FRAME_TOO_SLOW", "finish"]))
  }

  @Test func `each frame has the whole time`() {
    var harness = MachineHarness { $0.frameTime = .seconds(5) }
    #expect(harness.receive(Array(Bytes.request(1).dropLast())) == [])
    harness.now += .seconds(4)
    #expect(harness.receive(Bytes.request(1).suffix(1) + [0]) == ["request 1"])
    #expect(harness.pass(.seconds(5)) == ([], ["finish"]))
  }

  @Test func `no frame is waited for while nothing is read`() {
    var harness = MachineHarness {
      $0.frameTime = .seconds(5)
      $0.queuedBytes = 10
      $0.stallTime = .seconds(60)
    }
    #expect(harness.receive([0]) == [])
    harness.machine.queued(11, at: harness.now)
    #expect(harness.actions() == [])
    #expect(harness.pass(.seconds(20)) == ([], []))
  }

  @Test func `a connection without calls has its time, from its last activity`() {
    var harness = MachineHarness { $0.idleTime = .seconds(60) }
    #expect(harness.receive(Bytes.request(1)) == ["request 1"])
    harness.now += .seconds(59)
    harness.open(3, .unary)
    harness.now += .seconds(500)
    harness.machine.timePassed(harness.now)
    #expect(harness.actions() == [], "a call in flight is no idleness")
    #expect(harness.machine.complete(3, at: harness.now) == true)
    #expect(harness.machine.wakeUp == harness.now + .seconds(60))
    #expect(harness.pass(.seconds(60)) == ([], ["finish"]))
  }

  @Test func `a silent peer with streams is let be`() {
    var harness = MachineHarness()
    harness.open(1, .serverStreaming)
    #expect(harness.machine.wakeUp == nil)
    #expect(harness.pass(.seconds(100_000)) == ([], []))
  }

  @Test func `a peer that takes nothing of what is queued is cut off`() {
    var harness = MachineHarness { $0.stallTime = .seconds(7) }
    harness.open(1, .serverStreaming)
    harness.machine.queued(100, at: harness.now)
    harness.now += .seconds(5)
    harness.machine.queued(100, at: harness.now)
    harness.machine.taken(1, at: harness.now)
    #expect(harness.machine.wakeUp == harness.now + .seconds(7))
    #expect(harness.pass(.seconds(7)) == ([], ["close"]))
  }

  @Test func `a peer that does not take the last answer is cut off too`() {
    var harness = MachineHarness { $0.stallTime = .seconds(7) }
    _ = harness.receive(Bytes.request(1))
    harness.machine.queued(100, at: harness.now)
    harness.machine.close(.serverDraining)
    #expect(harness.actions() == [])
    #expect(harness.pass(.seconds(7)) == ([], ["close"]))
  }

  @Test func `each call ends at its deadline and no earlier`() {
    var harness = MachineHarness()
    harness.open(1, .unary, timeout: .seconds(9))
    harness.open(3, .serverStreaming, timeout: .seconds(3))
    harness.open(5, .unary)
    #expect(harness.machine.wakeUp == harness.now + .seconds(3))
    #expect(harness.pass(.seconds(3)) == ([], ["end 3 DEADLINE_EXCEEDED"]))
    #expect(harness.machine.wakeUp == harness.now + .seconds(6))
    #expect(harness.pass(.seconds(6)) == ([], ["end 1 DEADLINE_EXCEEDED"]))
    #expect(harness.machine.complete(1, at: harness.now) == false, "a late answer is dropped")
    #expect(harness.machine.complete(5, at: harness.now) == true)
  }

  @Test func `calls whose time is over together end in the order in which they were made`() {
    var harness = MachineHarness { $0.callsPerConnection = 20 }
    let streamIDs = (0..<20).map { UInt32(2 * $0 + 1) }
    for streamID in streamIDs { harness.open(streamID, .unary, timeout: .seconds(2)) }
    #expect(harness.pass(.seconds(2)) == ([], streamIDs.map { "end \($0) DEADLINE_EXCEEDED" }))
  }

  @Test func `the deadline of a call that is over wakes nobody but once`() {
    var harness = MachineHarness { $0.idleTime = .seconds(100) }
    harness.open(1, .unary, timeout: .seconds(3))
    #expect(harness.machine.complete(1, at: harness.now) == true)
    #expect(harness.pass(.seconds(3)) == ([], []))
    #expect(harness.machine.wakeUp == harness.now + .seconds(97))
  }
}
