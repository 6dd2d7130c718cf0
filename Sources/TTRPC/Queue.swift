/// First in, first out, each in constant time.
struct Queue<Element> {
  /// Room beyond is given back when the queue is empty.
  private static var keptCapacity: Int { 16 }

  private var elements: [Element] = []
  /// Those before have been taken.
  private var head = 0

  var isEmpty: Bool { elements.isEmpty }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard !elements.isEmpty else { return nil }
    let element = elements[head]
    head += 1
    if head == elements.count { removeAll() }
    return element
  }

  mutating func removeAll() {
    head = 0
    elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCapacity)
  }
}
