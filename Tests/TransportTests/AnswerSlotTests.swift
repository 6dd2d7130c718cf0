import Testing
import Transport

@Suite struct AnswerSlotTests {
  private struct Refused: Error {}

  @Test func `an answer that is there when the loop asks is the loop's`() throws {
    let slot = AnswerSlot()
    #expect(slot.leave(.success([1, 2])))
    #expect(try slot.take()?.get() == [1, 2])
    let failed = AnswerSlot()
    #expect(failed.leave(.failure(Refused())))
    #expect(throws: Refused.self) { try failed.take()?.get() }
  }

  @Test func `an answer that comes later is its task's to bring`() {
    let slot = AnswerSlot()
    #expect(slot.take() == nil)
    #expect(!slot.leave(.success([1])))
  }

  @Test func `however both meet, one of them has the answer`() async {
    for _ in 0..<1000 {
      let slot = AnswerSlot()
      async let isLeft = slot.leave(.success([]))
      let isTaken = slot.take() != nil
      #expect(await isLeft == isTaken)
    }
  }
}
