import Domain
import Testing

@testable import Core

private let start = Instant(milliseconds: 1_800_000_000_000)
private let timing = LockTiming()

/// A lock and its clock; each step first lives through the wake-ups that fall due.
private struct Rig {
  var lock = Lock()
  var now = start
  var outputs: [Lock.Output] = []

  /// A lock with a closed door and an empty compartment.
  static func closed() -> Rig {
    var rig = Rig()
    rig.give(.door(isOpen: false))
    rig.give(.item(isPresent: false))
    rig.wait(1000)
    rig.outputs = []
    return rig
  }

  mutating func give(_ input: Lock.Input) {
    outputs += lock.apply(input, config: timing, at: now)
  }

  /// Milliseconds pass.
  mutating func wait(_ milliseconds: Int) {
    let end = now + .milliseconds(milliseconds)
    while let wakeUp = lock.wakeUp(timing), wakeUp <= end {
      precondition(wakeUp > now, "a wake-up lies after the step")
      now = wakeUp
      give(.tick)
    }
    now = end
  }

  mutating func unlock(_ command: Int64, lifetime: Duration = .seconds(30)) {
    give(.unlock(command: command, expiresAt: now + lifetime))
  }

  /// What came out since the last look.
  mutating func take() -> [Lock.Output] {
    defer { outputs = [] }
    return outputs
  }
}

@Suite struct LockTests {
  @Test func `L2 a command opens the door, a key goes in, the door closes: one outcome`() {
    var rig = Rig.closed()
    rig.unlock(7)
    #expect(
      rig.take() == [
        .event(.accepted, command: 7, item: .unknown), .pulse(command: 7, milliseconds: 400),
        .event(.fired, command: 7, item: .unknown),
      ])
    rig.give(.door(isOpen: true))
    rig.wait(1000)
    #expect(rig.take() == [.event(.doorOpened, command: 7, item: .unknown)])
    rig.give(.item(isPresent: true))
    rig.wait(1000)
    #expect(rig.take() == [.event(.itemIn, command: 7, item: .present)])
    rig.give(.door(isOpen: false))
    rig.wait(1000)
    #expect(
      rig.take() == [
        .event(.doorClosed, command: 7, item: .unknown),
        .outcome(.openedAndClosed, command: 7, refusal: nil, item: .present),
      ])
    rig.unlock(8)
    rig.give(.door(isOpen: true))
    rig.wait(5000)
    rig.give(.item(isPresent: false))
    rig.wait(1000)
    #expect(rig.take().contains(.event(.itemOut, command: 8, item: .absent)))
  }

  @Test func `L3 a door that does not open is tried once more, then jammed`() {
    var rig = Rig.closed()
    rig.unlock(1)
    rig.wait(60_000)
    let outputs = rig.take()
    #expect(outputs.filter { $0 == .pulse(command: 1, milliseconds: 400) }.count == 2)
    #expect(outputs.last == .outcome(.jammed, command: 1, refusal: nil, item: .absent))
    #expect(rig.lock.wakeUp(timing) == nil)
  }

  @Test func `L2 refusals come with their reason`() {
    var unread = Rig()
    unread.unlock(1)
    #expect(unread.take().last == .outcome(.refused, command: 1, refusal: .board, item: .unknown))
    var rig = Rig.closed()
    rig.unlock(1, lifetime: .zero)
    #expect(rig.take() == [.outcome(.refused, command: 1, refusal: .expired, item: .absent)])
    rig.unlock(2)
    _ = rig.take()
    rig.unlock(3)
    #expect(rig.take() == [.outcome(.refused, command: 3, refusal: .busy, item: .absent)])
  }

  @Test func `L2 a command that expires while the coil cools is expired, never fired`() {
    var rig = Rig.closed()
    rig.unlock(1)
    rig.give(.door(isOpen: true))
    rig.wait(100)
    rig.give(.door(isOpen: false))
    rig.wait(400)
    _ = rig.take()
    rig.unlock(2, lifetime: .milliseconds(500))
    rig.wait(5000)
    let outputs = rig.take()
    #expect(outputs.first == .event(.accepted, command: 2, item: .unknown))
    #expect(outputs.last == .outcome(.expired, command: 2, refusal: nil, item: .absent))
    #expect(!outputs.contains(.event(.fired, command: 2, item: .unknown)))
  }

  @Test func `L2 a board lost after the pulse leaves the outcome unknown`() {
    var rig = Rig.closed()
    rig.unlock(1)
    _ = rig.take()
    rig.give(.boardError)
    let outputs = rig.take()
    #expect(outputs.contains(.event(.boardError, command: nil, item: .unknown)))
    #expect(
      outputs.contains { output in
        if case .outcome(.unknown, command: 1, refusal: nil, _) = output { true } else { false }
      })
  }

  @Test func `L2 a forced door and one left open are alarms`() {
    var rig = Rig.closed()
    rig.give(.door(isOpen: true))
    rig.wait(1000)
    #expect(rig.take() == [.event(.forced, command: nil, item: .unknown)])
    rig.give(.door(isOpen: false))
    rig.wait(1000)
    #expect(rig.take() == [.event(.doorClosed, command: nil, item: .unknown)])
    rig.unlock(1)
    rig.give(.door(isOpen: true))
    rig.wait(59_000)
    #expect(!rig.take().contains(.event(.leftOpen, command: 1, item: .unknown)))
    rig.wait(2000)
    #expect(rig.take() == [.event(.leftOpen, command: 1, item: .unknown)])
  }

  @Test func `L3 a saved lock goes on where it stood`() throws {
    var rig = Rig.closed()
    rig.unlock(9)
    rig.give(.door(isOpen: true))
    rig.wait(200)
    _ = rig.take()
    let saved = rig.lock.saved
    #expect(saved.count == 80)
    var other = rig
    other.lock = try #require(Lock(saved: saved))
    #expect(other.lock.saved == saved)
    #expect(other.lock.wakeUp(timing) == rig.lock.wakeUp(timing))
    for step in 0..<2 {
      if step == 1 {
        rig.give(.door(isOpen: false))
        other.give(.door(isOpen: false))
      }
      rig.wait(61_000)
      other.wait(61_000)
      let outputs = rig.take()
      #expect(!outputs.isEmpty && outputs == other.take())
    }
  }

  @Test func `L3 bytes that are no saved lock are refused`() {
    let saved = Rig.closed().lock.saved
    #expect(Lock(saved: saved) != nil)
    #expect(Lock(saved: []) == nil)
    #expect(Lock(saved: Array(saved.dropLast())) == nil)
    #expect(Lock(saved: saved + [0]) == nil)
    for index in saved.indices {
      var damaged = saved
      damaged[index] ^= 0x10
      #expect(Lock(saved: damaged) == nil, "byte \(index)")
    }
  }

  @Test func `L3 copies of a lock are independent`() {
    let rig = Rig.closed()
    var other = rig
    other.unlock(1)
    #expect(rig.lock.saved != other.lock.saved)
    #expect(rig.lock.saved == Rig.closed().lock.saved)
  }

  @Test func `L3 moments before 1970 and at the end of time do not fail`() {
    var rig = Rig()
    for milliseconds in [Int64.min, -1, 0, .max] {
      rig.now = Instant(milliseconds: milliseconds)
      rig.give(.door(isOpen: false))
      rig.give(.unlock(command: .max, expiresAt: Instant(milliseconds: .max)))
      rig.give(.unlock(command: -1, expiresAt: Instant(milliseconds: .max)))
      _ = rig.lock.wakeUp(timing)
    }
    #expect(
      rig.outputs.allSatisfy { output in
        if case .outcome(_, let command, _, _) = output { command == .max } else { true }
      })
  }

  @Test(arguments: [
    (LockTiming(), true), (LockTiming(pulse: 200), true), (LockTiming(pulse: 199), false),
    (LockTiming(pulse: 600), true), (LockTiming(pulse: 601), false), (LockTiming(coolDown: 499), false),
    (LockTiming(coolDown: 60_001), false), (LockTiming(openWindow: 400), false),
    (LockTiming(openWindow: 401), true),
    (LockTiming(openWindow: 10_001), false), (LockTiming(leftOpen: 999), false),
    (LockTiming(leftOpen: 3_600_001), false), (LockTiming(debounce: 0), true),
    (LockTiming(debounce: 1001), false),
    (LockTiming(debounce: -1), false), (LockTiming(leftOpen: .max), false), (LockTiming(pulse: .min), false),
  ])
  func `L3 times have ranges`(timing: LockTiming, isValid: Bool) {
    #expect(timing.isValid == isValid)
  }

  @Test func `L3 the defaults of Swift and C are the same`() {
    #expect(LockTiming() == .ofCore)
  }
}
