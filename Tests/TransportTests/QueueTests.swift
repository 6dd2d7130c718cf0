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

  @Test func `what was taken is not kept, though there is always something that waits`() {
    final class Element {}
    var queue = Queue<Element>()
    weak var first: Element?
    for number in 0..<100 {
      let element = Element()
      if number == 0 { first = element }
      queue.append(element)
      if number % 2 == 1 { _ = queue.popFirst() }
    }
    #expect(first == nil)
    #expect(queue.first != nil)
  }

  @Test func `what nobody wants any more goes, and the rest keeps its order`() {
    var queue = Queue<Int>()
    for number in 0..<10 { queue.append(number) }
    _ = queue.popFirst()
    queue.removeAll { $0 % 2 == 0 }
    #expect(queue.first == 1)
    var rest: [Int] = []
    while let next = queue.popFirst() { rest.append(next) }
    #expect(rest == [1, 3, 5, 7, 9])
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
