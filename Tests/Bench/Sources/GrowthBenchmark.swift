import API
import Domain
import Foundation
import Services
import Storage
import TestSupport

/// How long the decisions of a hand-over take at a location with a long past, against a new one: the same
/// workshop on two databases on disk, turn by turn.
///
/// Prints one line of JSON with the medians of every round, in microseconds.
struct GrowthBenchmark {
  /// Where the databases are made, on a real file system.
  let directory: String
  let workOrders: Int
  let rounds: Int
  let handoversPerRound: Int

  /// Work orders stored in one transaction.
  private static let batch = 2_000
  private static let warmUp = 20

  func run() async throws {
    let old = try await open("old")
    let began = ContinuousClock.now
    try await fill(old)
    let filled = ContinuousClock.now - began
    let new = try await open("new")
    let (oldBook, newBook) = (try await bookAndDrop(old), try await bookAndDrop(new))
    _ = try await median(of: Self.warmUp, oldBook)
    _ = try await median(of: Self.warmUp, newBook)
    var medians: (old: [Double], new: [Double]) = ([], [])
    for _ in 0..<rounds {
      medians.old.append(try await median(of: handoversPerRound, oldBook))
      medians.new.append(try await median(of: handoversPerRound, newBook))
    }
    let events = try await old.world.store.read { [location = old.locationID] in
      try $0.head(of: location).number
    }
    try await old.world.store.close()
    try await new.world.store.close()
    let report = Report(
      oldMicroseconds: medians.old, newMicroseconds: medians.new, workOrders: workOrders, events: events,
      fillSeconds: filled / .seconds(1))
    print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
  }

  /// Keys as the orchestrator reads them.
  private struct Report: Encodable {
    let oldMicroseconds: [Double]
    let newMicroseconds: [Double]
    let workOrders: Int
    let events: Int64
    let fillSeconds: Double
  }

  private func open(_ name: String) async throws -> Workshop {
    try await Workshop.open(place: .file(path: "\(directory)/\(name).db"))
  }

  // MARK: A long past

  /// Work orders that came, were served and went, three events each, all at the workshop's own location.
  private func fill(_ shop: Workshop) async throws {
    let (location, locker) = (shop.locationID, shop.lockerID)
    for start in stride(from: 0, to: workOrders, by: Self.batch) {
      let end = min(start + Self.batch, workOrders)
      try await shop.world.store.decide { tx in
        for number in start..<end { try Self.live(through: number, at: location, locker, tx) }
      }
    }
  }

  private static func live(
    through number: Int, at location: Location.ID, _ locker: Locker.ID, _ tx: any Transaction
  ) throws {
    // Some forty appointments a day.
    let time = try Bookings.time(day: number / 400, slot: number)
    let at = Instant(milliseconds: 1_577_836_800_000 + Int64(number) * 60_000)
    let workOrder = try tx.insert(
      WorkOrder(
        location: location, number: "B\(number)", localTime: time, status: .returned,
        plate: try Bookings.plate(number), brand: "Brand", model: "Model"))
    try tx.replaceContacts(of: workOrder.id, with: [try Bookings.driver(number)])
    let key = try tx.insert(
      Key(
        location: location, workOrder: workOrder.id, label: workOrder.number,
        custody: Custody(holder: .customer, since: at)))
    var event = Event(.workOrderCreated, at: at, location: location, workOrder: workOrder.id)
    _ = try tx.append(event, text: nil, salt: [])
    (event.kind, event.key, event.locker, event.compartment) = (.keyDropped, key.id, locker, 1)
    _ = try tx.append(event, text: nil, salt: [])
    event.kind = .keyReturned
    _ = try tx.append(event, text: nil, salt: [])
  }

  // MARK: Hand-overs

  /// A work order whose key is in the locker, and goes out and back.
  private final class Book {
    let shop: Workshop
    let workOrder: ProtoWorkOrder
    var isInside = true

    init(_ shop: Workshop, _ workOrder: ProtoWorkOrder) {
      self.shop = shop
      self.workOrder = workOrder
    }

    /// One hand-over; how long its decisions took, in microseconds.
    func handOver() async throws -> Double {
      let clock = ContinuousClock()
      var spent = Duration.zero
      var mark = clock.now
      let handover = try await shop.request(workOrder, isInside ? .takeOut : .putBack)
      spent += clock.now - mark
      let token = try await shop.view().upper.handoverToken
      mark = clock.now
      _ = try await shop.redeem(handover, token)
      try await shop.lock.openDoor()
      try await shop.lock.closeDoor(item: .unspecified)
      spent += clock.now - mark
      isInside.toggle()
      return spent / .microseconds(1)
    }
  }

  private func bookAndDrop(_ shop: Workshop) async throws -> Book {
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    return Book(shop, workOrder)
  }

  private func median(of count: Int, _ book: Book) async throws -> Double {
    var samples: [Double] = []
    for _ in 0..<count { samples.append(try await book.handOver()) }
    return samples.sorted()[count / 2]
  }
}
