import Domain
import Testing

/// How often a caller may call.
@Suite struct CallAllowanceTests {
  private let rate = CallAllowance.Rate(perSecond: 10, atOnce: 4)
  private let start = Instant(milliseconds: 1_000_000)

  @Test func `what is saved up may be taken at once, then it comes back at the rate`() {
    let allowance = Kept(rate, at: start)
    for _ in 1...4 { #expect(allowance.take(1, at: start) == nil) }
    #expect(allowance.take(1, at: start) == .milliseconds(100))
    #expect(allowance.take(1, at: start + .milliseconds(99)) == .milliseconds(1))
    #expect(allowance.take(1, at: start + .milliseconds(100)) == nil)
    #expect(allowance.take(1, at: start + .milliseconds(100)) == .milliseconds(100))
  }

  @Test func `the delay that is told is enough, and no more`() {
    for weight in 1...4 {
      let allowance = Kept(rate, at: start)
      _ = allowance.take(4, at: start)
      guard let delay = allowance.take(weight, at: start) else {
        Issue.record("all was taken")
        continue
      }
      let early = Kept(copying: allowance)
      #expect(early.take(weight, at: start + delay - .milliseconds(1)) != nil)
      #expect(allowance.take(weight, at: start + delay) == nil)
    }
  }

  @Test func `a call that weighs more than may be saved up waits for all of it, and not for ever`() {
    let allowance = Kept(rate, at: start)
    #expect(allowance.take(100, at: start) == nil)
    #expect(allowance.take(100, at: start) == .milliseconds(400))
    #expect(allowance.take(100, at: start + .milliseconds(400)) == nil)
  }

  @Test func `nobody saves up more than may be, and a clock that goes back gives nothing`() {
    let allowance = Kept(rate, at: start)
    _ = allowance.take(4, at: start)
    #expect(allowance.take(1, at: start - .seconds(3600)) == .milliseconds(100))
    let later = start + .seconds(1_000_000_000)
    for _ in 1...4 { #expect(allowance.take(1, at: later) == nil) }
    #expect(allowance.take(1, at: later) != nil)
  }

  @Test func `it is whole again when all came back`() {
    let allowance = Kept(rate, at: start)
    #expect(allowance.isWhole(at: start))
    _ = allowance.take(4, at: start)
    #expect(!allowance.isWhole(at: start + .milliseconds(399)))
    #expect(allowance.isWhole(at: start + .milliseconds(400)))
  }
}

/// An allowance where expectations can take from it.
private final class Kept {
  private var allowance: CallAllowance
  private let rate: CallAllowance.Rate

  init(_ rate: CallAllowance.Rate, at now: Instant) {
    (allowance, self.rate) = (CallAllowance(at: now), rate)
  }
  init(copying other: Kept) { (allowance, rate) = (other.allowance, other.rate) }

  func take(_ weight: Int, at now: Instant) -> Duration? { allowance.take(weight, of: rate, at: now) }
  func isWhole(at now: Instant) -> Bool { allowance.isWhole(rate, at: now) }
}
