/// What is to happen, in the order of its time; at one time, in the order in which it was put down.
struct Agenda {
  struct Entry {
    let time: Int64
    let order: Int
    let label: StaticString
    /// Returns whether anything happened: what has lapsed meanwhile is no step.
    let body: () -> Bool
  }

  private var heap: [Entry] = []
  private var lastOrder = 0

  var isEmpty: Bool { heap.isEmpty }
  var nextTime: Int64? { heap.first?.time }

  mutating func add(at time: Int64, _ label: StaticString, _ body: @escaping () -> Bool) {
    lastOrder += 1
    heap.append(Entry(time: time, order: lastOrder, label: label, body: body))
    var child = heap.count - 1
    while child > 0, isEarlier(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> Entry? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < heap.count else { return first }
      let child = left + 1 < heap.count && isEarlier(left + 1, left) ? left + 1 : left
      guard isEarlier(child, parent) else { return first }
      heap.swapAt(child, parent)
      parent = child
    }
  }

  private func isEarlier(_ one: Int, _ other: Int) -> Bool {
    (heap[one].time, heap[one].order) < (heap[other].time, heap[other].order)
  }
}
