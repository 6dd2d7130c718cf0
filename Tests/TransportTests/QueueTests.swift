import Testing
import Transport

@Suite struct QueueTests {
  @Test func `what came first goes first, also when more comes meanwhile`() {
    var queue = Queue<Int>()
    #expect(queue.isEmpty)
    #expect(queue.popFirst() == nil)
    queue.append(1)
    queue.append(2)
    #expect(queue.popFirst() == 1)
    queue.append(3)
    #expect(!queue.isEmpty)
    #expect([queue.popFirst(), queue.popFirst(), queue.popFirst()] == [2, 3, nil])
    queue.append(4)
    #expect(queue.popFirst() == 4)
    #expect(queue.isEmpty)
  }

  @Test func `the time that a queue takes grows with its length, not with the square of it`() {
    var queue = Queue<(Int, Int, Int, Int)>()
    let count = 200_000
    for number in 0..<count { queue.append((number, 0, 0, 0)) }
    let start = ContinuousClock.now
    var taken = 0
    while let element = queue.popFirst(), element.0 == taken { taken += 1 }
    #expect(taken == count)
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func `what is removed does not come back`() {
    var queue = Queue<Int>()
    for number in 0..<100 { queue.append(number) }
    _ = queue.popFirst()
    queue.removeAll()
    #expect(queue.isEmpty)
    queue.append(7)
    #expect([queue.popFirst(), queue.popFirst()] == [7, nil])
  }
}
