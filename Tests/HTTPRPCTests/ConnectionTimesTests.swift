import RPC
import Testing

@testable import HTTPRPC

@Suite struct ConnectionTimesTests {
  private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)
  private let limits = Limits()

  /// Macros cannot mutate what they look at.
  private func due(_ times: inout ConnectionTimes, at now: MonotonicInstant) -> ConnectionTimes.Expiry {
    times.due(at: now)
  }

  @Test func `the first request follows soon, and later ones within the idle time`() {
    var times = ConnectionTimes(limits, firstRequest: limits.frameTime, at: start)
    #expect(times.wakeUp == start + limits.frameTime)
    #expect(due(&times, at: start + limits.frameTime) == [.quiet])
    // What is to be done is done once: nobody looks again at once.
    #expect(times.wakeUp == start + limits.frameTime * 2)
    times.callBegan()
    #expect(!due(&times, at: start + limits.frameTime).contains(.quiet))
    let end = start + .seconds(40)
    times.callEnded(at: end)
    #expect(times.wakeUp == end + limits.idleTime)
    #expect(due(&times, at: end + limits.idleTime - .milliseconds(1)).isEmpty)
    #expect(due(&times, at: end + limits.idleTime) == [.quiet])
  }

  @Test func `who takes nothing for long enough has stalled`() {
    var times = ConnectionTimes(limits, firstRequest: limits.frameTime, at: start)
    times.callBegan()
    times.isBlocked(true, at: start)
    times.isBlocked(true, at: start + .seconds(5))
    #expect(due(&times, at: start + limits.stallTime) == [.stalled])
    times.isBlocked(false, at: start + .seconds(6))
    #expect(due(&times, at: start + limits.stallTime).isEmpty)
  }

  @Test func `the oldest request that is not complete counts`() {
    var times = ConnectionTimes(limits, firstRequest: limits.frameTime, at: start)
    times.callBegan()
    times.isUnfinished(since: start + .seconds(2))
    times.isUnfinished(since: start)
    #expect(due(&times, at: start + limits.frameTime) == [.slowRequests])
    // Nobody looks again at once.
    #expect(times.wakeUp == nil)
    times.unfinished([start + .seconds(2)])
    #expect(due(&times, at: start + limits.frameTime).isEmpty)
    #expect(due(&times, at: start + limits.frameTime + .seconds(2)) == [.slowRequests])
    times.unfinished([])
    #expect(due(&times, at: start + limits.frameTime * 9).isEmpty)
  }

  @Test func `a connection ages once`() {
    var limits = limits
    limits.connectionAge = .seconds(60)
    var times = ConnectionTimes(limits, firstRequest: limits.frameTime, at: start)
    times.callBegan()
    #expect(due(&times, at: start + .seconds(59)).isEmpty)
    #expect(due(&times, at: start + .seconds(60)) == [.aged])
    #expect(due(&times, at: start + .seconds(61)).isEmpty)
  }

  @Test func `a client may ping now and then, and as often as it is answered`() {
    var pings = Allowance(60, perSecond: 1, at: start)
    let answers = [
      pings.covers(60, at: start), pings.covers(1, at: start + .seconds(1)),
      pings.covers(2, at: start + .seconds(2)),
    ]
    #expect(answers == [true, true, false])
    var busy = Allowance(60, perSecond: 1, at: start)
    let isAllowed = (1...1000).allSatisfy { _ in busy.covers(1, earned: 1, at: start) }
    #expect(isAllowed)
  }
}
