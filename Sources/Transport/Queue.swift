/// First in, first out, each in constant time.
///
/// It stands in the way of every frame: wires compile it in, for their own elements. For that the type has to be
/// usable from inline code as well; otherwise they call it as it is, by way of metadata.
@usableFromInline
package struct Queue<Element> {
  /// Room beyond is given back when the queue is empty.
  @usableFromInline
  static var keptCapacity: Int { 16 }

  @usableFromInline var elements: [Element] = []
  /// Those before have been taken.
  @usableFromInline var head = 0

  @inlinable
  package init() {}

  @inlinable
  package var isEmpty: Bool { elements.isEmpty }

  @inlinable
  package mutating func append(_ element: Element) { elements.append(element) }

  @inlinable
  package mutating func popFirst() -> Element? {
    guard !elements.isEmpty else { return nil }
    let element = elements[head]
    head += 1
    if head == elements.count { removeAll() }
    return element
  }

  @inlinable
  package mutating func removeAll() {
    head = 0
    elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCapacity)
  }
}
