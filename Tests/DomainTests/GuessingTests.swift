import Domain
import Testing

@Suite struct GuessingTests {
  private let noon = Instant(milliseconds: 1_800_000_000_000)

  @Test(arguments: [Guessing.kioskLimit, Guessing.locationLimit])
  func `S2 the PIN alone is enough until the limit of wrong ones in a row is reached`(limit: Int) {
    var guessing = Guessing()
    for count in 1...limit {
      #expect(!guessing.requiresPlate(limit: limit))
      guessing.wrong(at: noon, limit: limit)
      #expect(guessing.wrongInARow == count)
      #expect(guessing.blockedUntil == nil && guessing.refusal(at: noon) == nil)
    }
    #expect(guessing.requiresPlate(limit: limit))
  }

  @Test(arguments: [
    (6, 30), (7, 60), (8, 120), (9, 240), (10, 480), (11, 960), (12, 1920), (13, 3600), (14, 3600),
    (100, 3600),
  ])
  func `S2 each further wrong one doubles the wait, from 30 seconds to an hour`(wrong: Int, seconds: Int) {
    var guessing = Guessing(wrongInARow: wrong - 1)
    guessing.wrong(at: noon, limit: 5)
    let end = noon + .seconds(seconds)
    #expect(guessing.blockedUntil == end)
    #expect(guessing.refusal(at: noon) == end)
    #expect(guessing.refusal(at: end - .milliseconds(1)) == end)
    #expect(guessing.refusal(at: end) == nil)
  }

  @Test func `S2 the limit of a kiosk is 5, of a location 20`() {
    #expect(Guessing.kioskLimit == 5)
    #expect(Guessing.locationLimit == 20)
  }

  @Test func `S2 a right one forgets everything`() {
    var guessing = Guessing()
    for _ in 0..<9 { guessing.wrong(at: noon, limit: 5) }
    #expect(guessing.requiresPlate(limit: 5) && guessing.refusal(at: noon) != nil)
    guessing.right()
    #expect(guessing == Guessing())
    #expect(!guessing.requiresPlate(limit: 5) && guessing.refusal(at: noon) == nil)
  }

  @Test func `S2 after the wait the next wrong one waits longer, not from the start`() {
    var guessing = Guessing(wrongInARow: 5)
    guessing.wrong(at: noon, limit: 5)
    let later = noon + .seconds(24 * 60 * 60)
    guessing.wrong(at: later, limit: 5)
    #expect(guessing.refusal(at: later) == later + .seconds(60))
  }

  @Test func `S2 a block made by a clock that ran ahead does not hold the kiosk for years`() {
    let guessing = Guessing(wrongInARow: 20, blockedUntil: noon + .seconds(365 * 24 * 60 * 60))
    #expect(guessing.refusal(at: noon) == nil)
    #expect(guessing.requiresPlate(limit: 5))
  }

  @Test func `S2 a counter at its end counts no further and does not fail`() {
    var guessing = Guessing(wrongInARow: .max)
    guessing.wrong(at: noon, limit: 5)
    #expect(guessing.wrongInARow == .max)
    #expect(guessing.refusal(at: noon) == noon + .seconds(3600))
  }
}
