import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// W1: whatever happens in whatever order, what desks put together from their streams is what there is.
@Suite(.timeLimit(.minutes(10))) struct DeskPropertyTests {
  /// A desk that watches, and now and then connects again.
  private final class Desk {
    let shop: Workshop
    let request: ProtoWatchWorkOrdersRequest
    private var stream: Watching<ProtoWatchWorkOrdersResponse>
    private var before = DeskView()

    init(_ shop: Workshop, _ request: ProtoWatchWorkOrdersRequest) throws {
      self.shop = shop
      self.request = request
      stream = try shop.desk(request)
    }

    func view() async -> DeskView {
      await stream.untilRest()
      return stream.soFar.reduce(into: before) { $0.apply($1) }
    }

    func connectAgain() async throws {
      let known = await view()
      await stream.cancel()
      before = known
      var request = request
      request.afterNumber = known.number
      stream = try shop.desk(request)
    }

    func cancel() async { await stream.cancel() }
  }

  private struct Day {
    let shop: Workshop
    var random: SplitMix64
    var workOrders: [ProtoWorkOrder] = []

    mutating func time() -> String {
      let (day, hour) = (Int.random(in: 1...9, using: &random), Int.random(in: 10...17, using: &random))
      return "2027-03-0\(day)T\(hour):00"
    }

    /// One thing that people do; what is refused is refused.
    mutating func step() async throws {
      let known = workOrders.randomElement(using: &random)
      let choice = known == nil ? 0 : Int.random(in: 0..<10, using: &random)
      do {
        switch (choice, known) {
        case (0, _), (1, nil):
          let number = "WO-\(workOrders.count)"
          workOrders.append(try await shop.book(number, plate: "P\(workOrders.count % 7)", at: time()))
        case (1, let known?), (2, let known?):
          _ = try await shop.book(known.number, plate: known.vehicle.plate, at: time())
        case (3, let known?), (4, let known?):
          try await shop.pin(known, Bool.random(using: &random))
        case (5, let known?):
          let context = shop.world.operatorContext
          _ = try await shop.world.workOrders.cancelWorkOrder(
            .with {
              $0.requestID = shop.world.requestID
              $0.workOrderID = known.workOrderID
              $0.reason = .customer
            }, context)
        case (6, let known?):
          _ = try await shop.world.workOrders.restoreWorkOrder(
            .with {
              $0.requestID = shop.world.requestID
              $0.workOrderID = known.workOrderID
            }, shop.world.operatorContext)
        case (7, let known?), (8, let known?):
          let holder = [ProtoHolder.compartment, .desk, .customer].randomElement(using: &random)!
          try await shop.correct(
            try await shop.key(of: known), to: holder, box: Int32.random(in: 1...6, using: &random))
        default:
          try await shop.world.pass(.seconds(60 * 60 * Int64.random(in: 1...5, using: &random)))
        }
      } catch is Failure {}
    }
  }

  @Test(arguments: 1...6) func `W1 C10 each desk's view is the database, after every step`(seed: Int)
    async throws
  {
    let shop = try await Workshop.open(boxes: 6, seed: UInt64(seed))
    var day = Day(shop: shop, random: SplitMix64(seed: UInt64(seed)))
    let desks = try [
      shop.deskRequest("2027-03-01", "2027-03-07"), shop.deskRequest("2027-03-02", "2027-03-02"),
      shop.deskRequest("2027-03-02", "2027-03-02"),
      shop.deskRequest("2027-03-04", "2027-03-08", search: "p3"),
      shop.deskRequest("2027-04-01", "2027-04-01"),
    ].map { try Desk(shop, $0) }
    for step in 0..<120 {
      try await day.step()
      if step.isMultiple(of: 11) { try await desks[step % desks.count].connectAgain() }
      guard step.isMultiple(of: 10) || step == 119 else { continue }
      for desk in desks {
        let view = await desk.view()
        let asked = try shop.desk(desk.request)
        let fresh = await asked.view()
        await asked.cancel()
        #expect(view.isWhole)
        #expect(view.rows == fresh.rows, "seed \(seed), step \(step)")
        #expect(view.today == fresh.today)
        let listed = try await shop.world.workOrders.listWorkOrders(
          .with {
            $0.locationID = desk.request.locationID
            $0.fromDate = desk.request.fromDate
            $0.toDate = desk.request.toDate
            $0.search = desk.request.search
            $0.includePinned = true
            $0.pageSize = 500
          }, shop.world.operatorContext
        ).workOrders
        #expect(view.inOrder.map(\.workOrderID) == listed.map(\.workOrderID), "seed \(seed), step \(step)")
        #expect(view.inOrder.map(\.pinned) == listed.map(\.pinned))
      }
    }
    for desk in desks { await desk.cancel() }
  }
}
