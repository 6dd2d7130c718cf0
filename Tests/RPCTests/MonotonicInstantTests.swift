import RPC
import Testing

@Suite struct MonotonicInstantTests {
  @Test func `the clock goes forward, and durations move along it`() {
    let start = MonotonicInstant.now
    #expect(start <= .now)
    #expect(start + .milliseconds(2) == start.advanced(nanoseconds: 2_000_000))
    #expect(start + .seconds(3) - .seconds(3) == start)
    #expect(start + .seconds(3) - start == .seconds(3))
    #expect(start.nanoseconds(since: start + .nanoseconds(5)) == -5)
    #expect(start - .nanoseconds(1) < start)
  }

  @Test func `what is out of range is the first or the last moment there is`() {
    let first = MonotonicInstant(nanoseconds: .min)
    let last = MonotonicInstant(nanoseconds: .max)
    let now = MonotonicInstant.now
    #expect(now + .seconds(Int64.max) == last)
    #expect(now.advanced(nanoseconds: .max) == last)
    #expect(MonotonicInstant(nanoseconds: -2) - .seconds(Int64.max) == first)
    #expect(last.nanoseconds(since: first) == .max)
    #expect(first.nanoseconds(since: last) == .min)
  }
}
