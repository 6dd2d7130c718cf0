import Domain
import Services
import Synchronization
import Testing

/// Who is woken by what.
@Suite struct SignalsTests {
  private final class Woken: Sendable {
    private let names = Mutex<[String]>([])

    func add(_ name: String) { names.withLock { $0.append(name) } }

    /// Who was woken since this was last asked.
    func take() -> [String] {
      names.withLock { names in
        defer { names = [] }
        return names
      }
    }
  }

  private let signals = Signals()
  private let woken = Woken()

  private func subscribe(_ name: String, _ topic: Topic) -> Signals.Subscription {
    signals.subscribe(topic) { [woken] in woken.add(name) }
  }

  @Test func `every subscriber of a topic is woken, until it unsubscribes`() {
    let here = Topic.kiosk(Locker.ID(rawValue: 1))
    let elsewhere = Topic.kiosk(Locker.ID(rawValue: 2))
    let first = subscribe("first", here)
    let second = subscribe("second", here)
    _ = subscribe("other", elsewhere)
    signals.changed([here])
    #expect(woken.take() == ["first", "second"])
    signals.unsubscribe(first)
    signals.unsubscribe(first)
    signals.changed([here, .rights])
    #expect(woken.take() == ["second"])
    signals.unsubscribe(second)
    signals.changed([here, elsewhere])
    #expect(woken.take() == ["other"])
  }

  @Test func `D7 controllers are woken first: somebody waits at a door`() {
    let locker = Locker.ID(rawValue: 1)
    _ = subscribe("screen", .kiosk(locker))
    _ = subscribe("program", .events(Location.ID(rawValue: 1)))
    _ = subscribe("controller", .commands(locker))
    for _ in 0..<20 {
      signals.changed([.kiosk(locker), .events(Location.ID(rawValue: 1)), .commands(locker)])
      let order = woken.take()
      #expect(order.first == "controller")
      #expect(order.count == 3)
    }
  }

  @Test func `a task that waits hears of many changes once, and ends when it is cancelled`() async {
    let (heard, continuation) = AsyncStream.makeStream(of: Void.self)
    let changes = signals.changes(of: .rights)
    for _ in 0..<5 { signals.changed([.rights]) }
    let task = Task {
      var count = 0
      for await _ in changes {
        count += 1
        continuation.yield()
      }
      return count
    }
    for await _ in heard { break }
    task.cancel()
    #expect(await task.value == 1)
  }
}
