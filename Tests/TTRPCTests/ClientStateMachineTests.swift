import NIOCore
import RPC
import Testing
import Transport

@testable import TTRPC

@Suite struct ClientStateMachineTests {
  private var machine = ClientStateMachine(limits: Limits())

  private mutating func actions(_ bytes: [UInt8]) -> [ClientStateMachine.Action] {
    machine.receive(ByteBuffer(bytes: bytes))
    return actions()
  }

  private mutating func actions() -> [ClientStateMachine.Action] {
    var actions: [ClientStateMachine.Action] = []
    while let action = machine.next() { actions.append(action) }
    return actions
  }

  private mutating func open(isStream: Bool = false, deadline: MonotonicInstant? = nil) throws
    -> UInt32
  {
    try machine.open(isStream: isStream, deadline: deadline)
  }

  @Test mutating func `stream ids are 1, 3, 5 to the last odd one, and then no more`() throws {
    #expect(try [open(), open(), open()] == [1, 3, 5])
    machine = ClientStateMachine(limits: Limits(), firstStreamID: .max - 2)
    #expect(try [open(), open()] == [.max - 2, .max])
    let failure = #expect(throws: Failure.self) { _ = try machine.open(isStream: false, deadline: nil) }
    #expect(failure?.reason == .streamIDsExhausted)
  }

  @Test mutating func `answers find their calls in any order`() throws {
    _ = try [open(), open()]
    let bytes = Bytes.frame(2, 3, Bytes.field(2, [3])) + Bytes.frame(2, 1, Bytes.field(2, [1]))
    #expect(actions(bytes) == [.ended(3, .success([3])), .ended(1, .success([1]))])
    #expect(actions(bytes) == [], "a second answer is nobody's")
  }

  @Test mutating func `a status is a failure, a status of 0 is not`() throws {
    _ = try [open(), open()]
    let refusal = Failure(.notFound, reason: "GONE", "no", metadata: ["a": "b"])
    let bytes =
      Bytes.frame(2, 1, Bytes.field(1, refusal.encodedStatus(domain: "d")))
      + Bytes.frame(2, 3, Bytes.field(1, []) + Bytes.field(2, [7]))
    #expect(actions(bytes) == [.ended(1, .failure(refusal)), .ended(3, .success([7]))])
  }

  @Test mutating func `a stream has messages, empty ones too, and an end`() throws {
    _ = try open(isStream: true)
    let bytes =
      Bytes.frame(3, 1, [1, 2]) + Bytes.frame(3, 1) + Bytes.frame(3, 1, flags: 4)
      + Bytes.frame(3, 1, flags: 5) + Bytes.frame(3, 1, [9])
    #expect(actions(bytes) == [.message(1, [1, 2]), .message(1, []), .ended(1, .success([]))])
  }

  @Test mutating func `a stream may end with its last message, or with a response`() throws {
    _ = try [open(isStream: true), open(isStream: true), open(isStream: true)]
    #expect(actions(Bytes.frame(3, 1, flags: 1, [1])) == [.message(1, [1]), .ended(1, .success([]))])
    #expect(
      actions(Bytes.frame(2, 3, Bytes.field(2, [5]))) == [.message(3, [5]), .ended(3, .success([]))]
    )
    let refusal = Failure(.unavailable, reason: "LATER", "")
    let bytes = Bytes.frame(2, 5, Bytes.field(1, refusal.encodedStatus(domain: "d")))
    #expect(actions(bytes) == [.ended(5, .failure(refusal))])
  }

  @Test mutating func `a stream for a unary call and a malformed response fail that call only`() throws {
    _ = try [open(), open(), open()]
    let bytes = Bytes.frame(3, 1, [1]) + Bytes.frame(2, 3, [0xFF]) + Bytes.frame(2, 5)
    let reasons = actions(bytes).map { action in
      guard case .ended(let streamID, .failure(let failure)) = action else { return "\(action)" }
      return "\(streamID) \(failure.reason.rawValue)"
    }
    #expect(reasons.prefix(2) == ["1 MALFORMED_RESPONSE", "3 MALFORMED_RESPONSE"])
    #expect(reasons.count == 3)
  }

  @Test mutating func `a server that announces too much is left, and every call fails`() throws {
    _ = try [open(), open()]
    let all = actions(Bytes.header(5 << 20, 1, type: 2))
    #expect(all.count == 3)
    guard case .close(let failure)? = all.last else {
      Issue.record("expected to close")
      return
    }
    #expect(all.prefix(2) == [.ended(1, .failure(failure)), .ended(3, .failure(failure))])
    #expect(throws: failure) { _ = try machine.open(isStream: false, deadline: nil) }
  }

  @Test mutating func `reading stops only when every consumer is behind`() throws {
    #expect(machine.wantsRead)
    _ = try [open(isStream: true), open(isStream: true)]
    machine.pause(1)
    #expect(machine.wantsRead, "the other stream's consumer waits")
    machine.pause(3)
    #expect(!machine.wantsRead)
    #expect(actions(Bytes.frame(3, 1, [1])) == [], "nothing is looked at")
    #expect(try open() == 5)
    #expect(machine.wantsRead, "a call waits for its answer")
    #expect(actions(Bytes.frame(2, 5)) == [.message(1, [1]), .ended(5, .success([]))])
    #expect(!machine.wantsRead)
    machine.resume(3)
    #expect(machine.wantsRead)
  }

  @Test mutating func `a paused stream that is forgotten holds nobody up`() throws {
    _ = try [open(isStream: true), open(isStream: true)]
    machine.pause(1)
    machine.pause(3)
    #expect(machine.forget(1) == true)
    #expect(!machine.wantsRead)
    #expect(machine.forget(3) == true)
    #expect(machine.wantsRead)
    #expect(machine.forget(3) == false)
    machine.pause(3)
    #expect(machine.wantsRead, "what is over cannot pause")
  }

  @Test mutating func `calls end at their deadlines`() throws {
    let now = MonotonicInstant.now
    _ = try [open(deadline: now + .seconds(2)), open(deadline: now + .seconds(1)), open()]
    #expect(machine.earliestDeadline == now + .seconds(1))
    machine.timePassed(now + .seconds(1))
    #expect(actions() == [.ended(3, .failure(.deadlineExceeded))])
    #expect(machine.earliestDeadline == now + .seconds(2))
    machine.timePassed(now + .seconds(2))
    #expect(actions() == [.ended(1, .failure(.deadlineExceeded))])
    #expect(machine.earliestDeadline == nil)
  }

  @Test mutating func `a lost connection fails what is in flight and what comes after`() throws {
    _ = try [open(), open(isStream: true)]
    machine.disconnected(.connectionLost)
    machine.disconnected(.connectionClosed)
    #expect(actions() == [.ended(1, .failure(.connectionLost)), .ended(3, .failure(.connectionLost))])
    #expect(throws: Failure.connectionLost) { _ = try machine.open(isStream: false, deadline: nil) }
  }
}
