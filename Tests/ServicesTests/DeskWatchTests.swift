import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// W1, C10: a desk's list is kept up to date by what changed, and by nothing else.
@Suite(.timeLimit(.minutes(10))) struct DeskWatchTests {
  @Test func `W1 first comes the whole list in messages of 200 rows, then only what changed`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    for number in 0..<450 { _ = try await shop.book("\(number)", plate: "B\(number)") }
    let desk = try shop.desk(shop.deskRequest())
    await desk.untilRest()
    #expect(desk.soFar.map(\.rows.count) == [200, 200, 50, 0])
    #expect(desk.soFar.map(\.restarted) == [true, false, false, false])
    #expect(desk.soFar.map(\.complete) == [false, false, false, true])
    #expect(desk.soFar.map(\.number) == [0, 0, 0, Int64(try await shop.log().count)])
    let rows = desk.soFar.flatMap(\.rows)
    #expect(rows.map(\.orderKey) == rows.map(\.orderKey).sorted(), "from top to end")
    _ = try await shop.book("7", plate: "B7", at: "2027-03-02T10:00")
    #expect(await desk.news().map { $0.rows.map(\.number) } == [["7"]])
    await desk.cancel()
  }

  @Test func `W1 an empty list is told too`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let desk = try shop.desk(shop.deskRequest())
    await desk.untilRest()
    #expect(desk.soFar.map(\.restarted) == [true, false])
    #expect(desk.soFar.map(\.complete) == [false, true])
    #expect(desk.soFar.map(\.today) == ["2027-03-01", "2027-03-01"])
    await desk.cancel()
  }

  @Test func `W1 D9 what moves a key, a visit or the desk's hand changes shows at once, as that one row`()
    async throws
  {
    let shop = try await Workshop.open()
    _ = try await shop.book("other", plate: "ZZ-999-Z")
    let workOrder = try await shop.book("mine")
    let desk = try shop.desk(shop.deskRequest())
    _ = await desk.view()
    func row(_ what: String) async throws -> ProtoWorkOrderRow {
      let view = await desk.view()
      #expect(view.rows == (try await shop.fresh(shop.deskRequest())).rows, "\(what)")
      #expect(await desk.news().allSatisfy { $0.rows.allSatisfy { $0.number == "mine" } }, "\(what)")
      return try #require(view.rows[workOrder.workOrderID])
    }
    #expect(try await row("booked").icons == [])
    var view = try await shop.enter(pin: try await shop.pin(for: workOrder), in: try await shop.start())
    view = try await shop.saveContact("+31612987654", in: view)
    #expect(try await row("a new phone number").icons == [.phoneAdded])
    _ = try await shop.validate(remark: "squeaky brakes", in: view)
    #expect(try await row("work agreed with").icons == [.workAgreed, .remark, .phoneAdded])
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    _ = try await shop.confirm(try await shop.view())
    let dropped = try await row("dropped")
    #expect(dropped.icons == [.keyInLocker, .keyNotVerified, .workAgreed, .remark, .phoneAdded])
    #expect(dropped.status == .inShop)
    #expect(dropped.keys.map(\.holderName) == ["Entrance"])
    #expect(dropped.orderKey.hasPrefix("0 "))
    try await shop.handOver(workOrder)
    let collected = try await row("collected")
    #expect(collected.icons.first == .keyWithStaff)
    #expect(collected.keys.map(\.holderName) == ["mechanic"])
    try await shop.handOver(workOrder, .putBack)
    #expect(try await row("put back").icons.first == .keyInLocker)
    try await shop.lock.happen(.forced, at: try await shop.key(of: workOrder).compartment)
    #expect(try await row("forced").icons.first == .custodyUncertain)
    let key = try await shop.key(of: workOrder)
    try await shop.correct(key, to: .desk)
    #expect(try await row("seen at the desk").icons.first == .keyAtDesk)
    try await shop.correct(key, to: .customer)
    #expect(try await row("given back").status == .returned)
    try await shop.pin(workOrder)
    #expect(try await row("pinned").icons.first == .pinnedByHand)
    _ = try await shop.book("mine", plate: "QQ-111-Q", work: ["Other work"])
    let changed = try await row("other work, another car")
    #expect(changed.icons == [.pinnedByHand, .remark, .phoneAdded])
    #expect(changed.vehicle.plate == "QQ-111-Q")
    _ = try await shop.world.workOrders.cancelWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.reason = .noShow
      }, shop.world.operatorContext)
    #expect(try await row("cancelled").status == .cancelled)
    _ = try await shop.world.workOrders.restoreWorkOrder(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
      }, shop.world.operatorContext)
    #expect(try await row("restored").status == .planned)
    await desk.cancel()
  }

  @Test func `W1 a row leaves with its date, and what is booked for other dates shows nothing`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let request = shop.deskRequest("2027-03-01", "2027-03-01")
    let workOrder = try await shop.book()
    let desk = try shop.desk(request)
    #expect(await desk.view().numbers == ["4711"])
    let later = try await shop.book("next week", plate: "B1", at: "2027-03-09T10:00")
    // Whether a page that was read meanwhile had it, nobody knows.
    #expect(await desk.news().map(\.removedWorkOrderIds) == [[later.workOrderID]])
    #expect(await desk.view().numbers == ["4711"])
    _ = try await shop.book(at: "2027-03-02T10:00")
    #expect(
      await desk.news().map(\.removedWorkOrderIds) == [[later.workOrderID], [workOrder.workOrderID]])
    #expect(await desk.view().rows.isEmpty)
    try await shop.pin(workOrder)
    #expect(await desk.view().numbers == ["4711"], "pinned, it shows whatever the date")
    try await shop.pin(workOrder, false)
    #expect(await desk.view().rows.isEmpty)
    await desk.cancel()
  }

  @Test func `W1 the customer's name is the driver's, else the owner's, else the contractor's`() async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    func name(_ contacts: [ProtoContactRole: String]) async throws -> String {
      _ = try await shop.world.workOrders.upsertWorkOrder(
        .with {
          $0.requestID = shop.world.requestID
          $0.workOrder.locationID = shop.location.locationID
          $0.workOrder.number = "4711"
          $0.workOrder.localTime = "2027-03-01T10:00"
          $0.workOrder.vehicle.plate = "AB-123-C"
          $0.workOrder.contacts = contacts.map { role, name in
            .with {
              $0.role = role
              $0.name = name
            }
          }
        }, shop.world.operatorContext)
      return try await shop.fresh(shop.deskRequest()).inOrder[0].customerName
    }
    #expect(try await name([.contractor: ""]) == "")
    #expect(try await name([.contractor: "Fleet"]) == "Fleet")
    #expect(try await name([.contractor: "Fleet", .owner: "Owner"]) == "Owner")
    #expect(try await name([.owner: "Owner", .driver: "Driver"]) == "Driver")
    #expect(try await name([.owner: "Owner", .driver: ""]) == "Owner")
  }

  @Test func `W1 the whole list comes anew, once, when what every row shows may have changed`() async throws {
    let (shop, _) = try await Workshop.withKey()
    let desks = try (0..<2).map { _ in try shop.desk(shop.deskRequest()) }
    for desk in desks { _ = await desk.view() }
    _ = try await shop.world.admin.updateLocker(
      .with {
        $0.requestID = shop.world.requestID
        $0.lockerID = shop.locker.lockerID
        $0.pinToDrop = false
      }, shop.world.operatorContext)
    for desk in desks {
      let view = await desk.view()
      #expect(view.isWhole)
      #expect(view.number == Int64(try await shop.log().count))
      #expect(await desk.news().map(\.restarted) == [true, false])
      await desk.cancel()
    }
  }

  // MARK: Coming back

  @Test func `W1 a client that connects again is sent what it missed, and hears that its list is whole`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    _ = try await shop.book()
    let gone = try await shop.book("gone", plate: "B1")
    let desk = try shop.desk(shop.deskRequest())
    var view = await desk.view()
    await desk.cancel()
    _ = try await shop.book("new", plate: "B2")
    _ = try await shop.book("gone", plate: "B1", at: "2027-04-01T10:00")
    let again = try shop.desk(shop.deskRequest(after: view.number))
    await again.untilRest()
    #expect(again.soFar.map { $0.rows.map(\.number) } == [["new"]])
    #expect(again.soFar.map(\.removedWorkOrderIds) == [[gone.workOrderID]])
    for message in again.soFar { view.apply(message) }
    #expect(view.rows == (try await shop.fresh(shop.deskRequest())).rows)
    await again.cancel()
    let third = try shop.desk(shop.deskRequest(after: view.number))
    await third.untilRest()
    #expect(third.soFar.map(\.complete) == [true])
    #expect(third.soFar.map(\.number) == [view.number])
    #expect(third.soFar.allSatisfy { $0.rows.isEmpty && !$0.restarted })
    await third.cancel()
  }

  @Test
  func `W1 who was away over midnight, or for very long, or names what never was, is told the whole list`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let workOrder = try await shop.book()
    let number = try await shop.fresh(shop.deskRequest()).number
    func isRestarted(after number: Int64) async throws -> Bool? {
      let desk = try shop.desk(shop.deskRequest(after: number))
      await desk.untilRest()
      await desk.cancel()
      return desk.soFar.first?.restarted
    }
    #expect(try await isRestarted(after: number) == false)
    #expect(try await isRestarted(after: number + 1) == true)
    let location = Location.ID(rawValue: shop.location.locationID)
    let id = WorkOrder.ID(rawValue: workOrder.workOrderID)
    let now = shop.world.clock.now
    try await shop.world.store.decide { tx in
      for _ in 0..<2049 {
        _ = try tx.append(
          Event(.workOrderUpdated, at: now, location: location, workOrder: id), text: nil, salt: [])
      }
    }
    #expect(try await isRestarted(after: number) == true)
    #expect(try await isRestarted(after: number + 1) == false)
    shop.world.clock.advance(.seconds(24 * 60 * 60))
    #expect(try await isRestarted(after: number + 2049) == true)
    #expect(
      try await failure { try await isRestarted(after: -1) }?.violations.map(\.field) == ["after_number"])
  }

  // MARK: Midnight

  @Test(arguments: ["2027-03-01", "2027-03-28", "2027-10-31"])
  func `W1 C10 at midnight there the day differences and pins are told anew, also when clocks change`(
    date: String
  ) async throws {
    let shop = try await Workshop.open()
    let zone = try #require(Zone(identifier: "Europe/Amsterdam"))
    let today = try #require(LocalDate(parsing: date))
    shop.world.clock.advance(
      .milliseconds(max(0, today.startOfDay(in: zone).milliseconds - shop.world.clock.now.milliseconds)))
    try await shop.drop(try await shop.book("inside", at: "\(date)T10:00"))
    _ = try await shop.book("planned", plate: "B1", at: "\(today.adding(days: 1))T10:00")
    let desk = try shop.desk(shop.deskRequest(date, "\(today.adding(days: 1))"))
    #expect(await desk.view().inOrder.map(\.dayDifference) == [0, 1])
    #expect(await desk.view().inOrder.map(\.pinned) == [false, false])
    let length = today.endOfDay(in: zone).milliseconds - today.startOfDay(in: zone).milliseconds
    let now = shop.world.clock.now.milliseconds - today.startOfDay(in: zone).milliseconds
    try await shop.world.pass(.milliseconds(length - now - 1))
    #expect(await desk.news().filter(\.restarted).isEmpty, "a moment before")
    try await shop.world.pass(.milliseconds(1))
    let view = await desk.view()
    #expect(await desk.news().filter(\.restarted).count == 1)
    #expect(view.today == "\(today.adding(days: 1))")
    #expect(view.inOrder.map(\.dayDifference) == [-1, 0])
    #expect(view.inOrder.map(\.pinned) == [true, false])
    try await shop.world.pass(.milliseconds(1))
    #expect(await desk.news().filter(\.restarted).count == 1, "once")
    await desk.cancel()
  }

  @Test func `W1 each location has its own midnight`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let far = try await shop.addLocation("Far", timeZone: "Asia/Tokyo")
    let here = try shop.desk(shop.deskRequest())
    let there = try far.desk(far.deskRequest())
    #expect(await there.view().today == "2027-03-01")
    _ = await here.view()
    // 08:00 in UTC is 17:00 in Tokyo.
    try await shop.world.pass(.seconds(7 * 60 * 60))
    #expect(await there.view().today == "2027-03-02")
    #expect(await here.view().today == "2027-03-01")
    await here.cancel()
    await there.cancel()
  }
}
