import API
import RPC
import Services
import Synchronization
import TestSupport
import Testing

/// W1, S3: many desks watch at once, each its own location, each as fast as it can.
@Suite(.timeLimit(.minutes(10))) struct DeskSharingTests {
  @Test func `S3 a desk hears of its own location and of no other`() async throws {
    let shop = try await Workshop.open()
    let sister = try await shop.neighbour(dealer: "Dealer", staff: "sister")
    let desk = try shop.desk(shop.deskRequest(), as: shop.tablet.context)
    _ = await desk.view()
    _ = try await sister.book("theirs", plate: "B1")
    try await sister.pin(try await sister.book("pinned", plate: "B2"))
    #expect(await desk.news().isEmpty)
    _ = try await shop.book("ours", plate: "B1")
    #expect(await desk.view().numbers == ["ours"])
    for (location, context) in [
      (sister.location.locationID, shop.tablet.context), (9999, shop.tablet.context),
      (shop.location.locationID, sister.tablet.context),
    ] {
      let foreign = try shop.desk(
        .with {
          $0.locationID = location
          $0.fromDate = "2027-03-01"
          $0.toDate = "2027-03-01"
        }, as: context)
      #expect(try await failure { try await foreign.untilEnd() }?.reason == "NOT_FOUND")
      #expect(foreign.soFar.isEmpty)
    }
    await desk.cancel()
  }

  @Test func `W1 what desks of one list are told is read once for all of them`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    for number in 0..<250 { _ = try await shop.book("\(number)", plate: "B\(number)") }
    let store = CountingStore(shop.world.store)
    let workOrders = WorkOrderService(shop.world.environment(over: store))
    func open() throws -> Watching<ProtoWatchWorkOrdersResponse> {
      Watching(try workOrders.watchWorkOrders(shop.deskRequest(), shop.world.operatorContext))
    }
    let desks = try (0..<5).map { _ in try open() }
    for desk in desks { await desk.untilRest() }
    // Each looks what there is before each of two pages and at the end; the pages are read once.
    #expect(store.reads == 5 * 3 + 2)
    let before = store.reads
    _ = try await shop.book("7", plate: "B7", at: "2027-03-02T10:00")
    for desk in desks { await desk.untilRest() }
    for desk in desks { #expect(await desk.news().map { $0.rows.map(\.number) } == [["7"]]) }
    // Before it and after it, and the change itself once.
    #expect(store.reads == before + 5 * 2 + 1)
    for desk in desks { await desk.cancel() }
  }

  @Test func `W1 a desk that stops reading holds one message, and is later told the newest`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let workOrder = try await shop.book()
    let door = Door()
    let running = RunningWatch(
      try shop.world.workOrders.watchWorkOrders(shop.deskRequest(), shop.world.operatorContext), sink: door
    ) { _ in }
    running.start()
    try await door.untilFull()
    for turn in 0..<500 {
      _ = try await shop.book("\(turn)", plate: "B\(turn)")
      try await shop.pin(workOrder, turn.isMultiple(of: 2))
    }
    #expect(door.taken.count == 1)
    door.open()
    let newest = try await shop.fresh(shop.deskRequest())
    try await door.until { $0.last?.number == newest.number }
    let view = door.taken.reduce(into: DeskView()) { $0.apply($1) }
    #expect(view.rows == newest.rows)
    #expect(door.taken.flatMap(\.rows).count { $0.workOrderID == workOrder.workOrderID } < 20)
    running.cancel()
  }
}

/// Counts the reads of watches.
private final class CountingStore: Store {
  private let store: any Store
  private let count = Mutex(0)

  init(_ store: any Store) { self.store = store }

  var reads: Int { count.withLock { $0 } }

  func decide<Value: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Value
  ) async throws -> Value { try await store.decide(body) }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any Snapshot) throws -> Value
  ) async throws -> Value { try await store.read(body) }

  func readNow<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value {
    count.withLock { $0 += 1 }
    return try store.readNow(body)
  }
}

/// A client that reads nothing until it is told to.
private final class Door: ResponseSink {
  private struct State {
    var taken: [ProtoWatchWorkOrdersResponse] = []
    var isOpen = false
  }

  private let state = Mutex(State())

  var taken: [ProtoWatchWorkOrdersResponse] { state.withLock(\.taken) }

  func open() { state.withLock { $0.isOpen = true } }

  func put(_ message: UnsafeRawBufferPointer) throws -> Bool {
    let message = try ProtoWatchWorkOrdersResponse(wireBytes: Array(message))
    return state.withLock {
      $0.taken.append(message)
      return $0.isOpen
    }
  }

  nonisolated(nonsending) func roomIsMade() async throws {
    while !state.withLock(\.isOpen) { try await Task.sleep(for: .milliseconds(1)) }
  }

  func untilFull() async throws { try await until { !$0.isEmpty } }

  func until(_ condition: ([ProtoWatchWorkOrdersResponse]) -> Bool) async throws {
    while !condition(taken) { try await Task.sleep(for: .milliseconds(1)) }
  }
}
