import API
import Domain
import RPC
import TestSupport
import Testing

/// A3: work orders by the dealer's own number.
@Suite(.timeLimit(.minutes(10))) struct WorkOrderUpsertTests {
  private func draft(_ shop: Workshop, _ fill: (inout ProtoWorkOrder) -> Void = { _ in }) -> ProtoWorkOrder {
    var draft = ProtoWorkOrder.with {
      $0.locationID = shop.location.locationID
      $0.number = "4711"
      $0.localTime = "2027-03-01T10:00"
      $0.vehicle.plate = "ab 123 c"
      $0.interventions = [
        .with {
          $0.name = "Service"
          $0.priceCents = 12_300
        }, .with { $0.name = "Tyres" },
      ]
      $0.contacts = [
        .with {
          $0.role = .driver
          $0.name = "Driver"
          $0.privateMobile = "0612345678"
        }
      ]
    }
    fill(&draft)
    return draft
  }

  private func upsert(
    _ shop: Workshop, _ draft: ProtoWorkOrder, id: String? = nil, as context: CallContext? = nil
  ) async throws -> ProtoUpsertWorkOrderResponse {
    try await shop.world.workOrders.upsertWorkOrder(
      .with {
        $0.requestID = id ?? shop.world.requestID
        $0.workOrder = draft
      }, context ?? shop.world.operatorContext)
  }

  @Test func `A3 a work order is created, then updated, then left as it is`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let program = World.context(try await shop.program().connection)
    let first = try await upsert(shop, draft(shop), as: program)
    #expect(first.created)
    #expect(first.workOrder.status == .planned)
    #expect(first.workOrder.vehicle.plate == "AB-123-C")
    #expect(first.workOrder.keys.map(\.holder) == [.customer])
    let same = try await upsert(shop, draft(shop), as: program)
    #expect(!same.created)
    #expect(same.workOrder == first.workOrder)
    #expect(try await shop.log(.workOrderUpdated).isEmpty)
    let changed = try await upsert(shop, draft(shop) { $0.vehicle.brand = "Volvo" }, as: program)
    #expect(!changed.created)
    #expect(changed.workOrder.workOrderID == first.workOrder.workOrderID)
    #expect(changed.workOrder.vehicle.brand == "Volvo")
    #expect(try await shop.log(.workOrderUpdated).count == 1)
    #expect(try await shop.log(.workOrderCreated).count == 1)
  }

  @Test func `A3 the same request twice is one change, also when others came between`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let first = try await upsert(shop, draft(shop), id: "one")
    _ = try await upsert(shop, draft(shop) { $0.vehicle.model = "V60" })
    #expect(try await upsert(shop, draft(shop), id: "one") == first)
    let stored = try await shop.world.workOrders.getWorkOrder(
      .with { $0.workOrderID = first.workOrder.workOrderID }, shop.world.operatorContext)
    #expect(stored.workOrder.vehicle.model == "V60")
  }

  @Test func `C6 D6 work that the customer agreed with stays agreed, piece by piece, when it is sent again`()
    async throws
  {
    let shop = try await Workshop.open()
    let twice = draft(shop) { $0.interventions = [.with { $0.name = "Tyre" }, .with { $0.name = "Tyre" }] }
    let made = try await upsert(shop, twice).workOrder
    var view = try await shop.enter(pin: try await shop.pin(for: made), in: try await shop.start())
    view = try await shop.saveContact(in: view)
    let chosen = view.lower.appointment.interventions[0].interventionID
    _ = try await shop.world.kiosk.validateAppointment(
      .with {
        $0.requestID = shop.world.requestID
        $0.visitID = view.lower.visitID
        $0.name = "Driver"
        $0.agreedInterventionIds = [chosen]
      }, shop.screen.context)
    let again = try await upsert(shop, twice).workOrder
    #expect(again.interventions.map(\.agreed) == [true, false])
    #expect(try await shop.log(.workOrderUpdated).isEmpty)
  }

  @Test func `A5 everything that is wrong with a work order is named at once, by its path`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let refusal = try await failure {
      try await upsert(
        shop,
        draft(shop) {
          $0.number = " "
          $0.localTime = "2027-02-30T10:00"
          $0.vehicle.plate = "--"
          $0.contacts = [
            .with {
              $0.role = .driver
              $0.privateEmail = "no address"
              $0.language = "xx"
            },
            .with {
              $0.role = .driver
              $0.privateMobile = "12"
            },
            .with { $0.name = "Nobody" },
          ]
          $0.interventions = [.with { $0.priceCents = -1 }]
        })
    }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.code == .invalidArgument)
    #expect(
      Set(refusal?.violations.map(\.field) ?? []) == [
        "work_order.number", "work_order.local_time", "work_order.vehicle.plate",
        "work_order.contacts[0].private_email", "work_order.contacts[0].language",
        "work_order.contacts[1].role",
        "work_order.contacts[1].private_mobile", "work_order.contacts[2].role",
        "work_order.interventions[0].name",
        "work_order.interventions[0].price_cents",
      ])
    #expect(try await shop.log(.workOrderCreated).isEmpty)
  }

  @Test func `A3 one number means one work order in each location`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let other = try await shop.neighbour(dealer: "Dealer", staff: "sister")
    let here = try await upsert(shop, draft(shop))
    let there = try await upsert(other, draft(other))
    #expect(there.created)
    #expect(here.workOrder.workOrderID != there.workOrder.workOrderID)
    let found = try await shop.world.workOrders.getWorkOrder(
      .with {
        $0.locationID = other.location.locationID
        $0.number = "4711"
      }, shop.world.operatorContext)
    #expect(found.workOrder == there.workOrder)
  }

  @Test func `A3 the same number from many at once makes one work order with one key`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let draft = draft(shop)
    let created = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 1...20 { group.addTask { try await upsert(shop, draft).created } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(created.count { $0 } == 1)
    let found = try await shop.world.workOrders.getWorkOrder(
      .with {
        $0.locationID = shop.location.locationID
        $0.number = "4711"
      }, shop.world.operatorContext)
    #expect(found.workOrder.keys.count == 1)
  }
}
