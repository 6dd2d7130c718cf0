import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// S3: what belongs to another dealer looks like what does not exist, for every method that takes an id.
@Suite(.timeLimit(.minutes(10))) struct AuthScopeTests {
  /// Everything of a workshop whose key lies in the locker, with a QR shown for it.
  private func ids(of shop: Workshop) async throws -> Ids {
    let workOrder = try await shop.book("foreign")
    try await shop.drop(workOrder)
    let handover = try await shop.request(workOrder)
    let program = try await shop.program()
    return Ids(
      location: shop.location.locationID, locker: shop.locker.lockerID, workOrder: workOrder.workOrderID,
      key: handover.keyID, handover: handover.handoverID, staff: handover.staffID,
      device: shop.screen.id.rawValue, apiKey: program.id, dealer: shop.location.dealerID,
      agreement: try await shop.addAgreement("Terms", isMandatory: false),
      service: try await shop.addService("Wash").serviceID, helpCall: try await shop.callForHelp())
  }

  @Test func `S3 the table below has every method that takes an id`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let all = shop.world.procedures().procedures.map(\.name).filter {
      !["latchkey.v1.AuthService", "latchkey.v1.KioskService", "latchkey.v1.LockerService"].contains(
        $0.service)
    }
    #expect(Set(Self.calls.map(\.0)).union(Self.withoutIds) == Set(all.map(\.description)))
  }

  @Test(arguments: ["staff", "integration", "sister staff"])
  func `S3 another's things look as if they did not exist, and stay as they are`(who: String) async throws {
    let shop = try await Workshop.open()
    let other =
      who == "sister staff"
      ? try await shop.neighbour(dealer: "Dealer", staff: "sister") : try await shop.neighbour()
    let foreign = try await ids(of: other)
    let connection =
      switch who {
      case "staff": try await shop.tablet(of: "boss", .dealerAdmin, usesKeyLocker: true).connection
      case "integration": try await shop.program().connection
      default: try await shop.tablet(of: "desk", .receptionist, usesKeyLocker: true).connection
      }
    let before = try await other.log()
    var answered = 0
    for (name, call) in Self.calls {
      let refusal = try await failure { try await call(shop.world, connection, foreign) }
      let unknown = try await failure { try await call(shop.world, connection, .unknown) }
      #expect(refusal != nil, "\(name)")
      #expect(refusal == unknown, "\(name)")
      if refusal?.reason == "NOT_FOUND" { answered += 1 }
      #expect(["NOT_FOUND", "CALLER_NOT_ADMITTED"].contains(refusal?.reason.rawValue), "\(name)")
    }
    #expect(answered >= (who == "staff" ? Self.calls.count : 8))
    #expect(try await other.log() == before)
  }

  @Test func `S3 the same calls are answered to the owner`() async throws {
    let shop = try await Workshop.open()
    let own = try await ids(of: shop)
    let boss = try await shop.tablet(of: "boss", .dealerAdmin, usesKeyLocker: true)
    var refused: Set<String> = []
    for (name, call) in Self.calls where !name.contains("Watch") {
      let refusal = try await failure { try await call(shop.world, boss.connection, own) }
      if refusal?.reason == "NOT_FOUND" { refused.insert(name) }
    }
    // Given up only by the tablet that asked.
    #expect(refused == ["latchkey.v1.HandoverService/CancelHandover"])
  }

  @Test func `S3 each caller sees its own locations`() async throws {
    let shop = try await Workshop.open()
    let sister = try await shop.neighbour(dealer: "Dealer", staff: "sister")
    let other = try await shop.neighbour(name: "Elsewhere")
    func visible(_ connection: RPC.Connection) async throws -> Set<Int64> {
      Set(
        try await shop.world.admin.listLocations(.init(), World.context(connection)).locations.map(
          \.locationID))
    }
    let (here, there) = (shop.location.locationID, sister.location.locationID)
    #expect(try await visible(shop.tablet.connection) == [here])
    #expect(try await visible(sister.tablet.connection) == [there])
    #expect(try await visible(try await shop.tablet(of: "boss", .dealerAdmin).connection) == [here, there])
    #expect(try await visible(try await shop.program().connection) == [here, there])
    #expect(
      try await visible(shop.world.operatorContext.connection) == [here, there, other.location.locationID])
  }

  @Test func `S3 another locker's visit looks like one that is over`() async throws {
    let shop = try await Workshop.open()
    let other = try await shop.neighbour()
    let visit = try await other.start()
    func abort(_ id: Int64) async throws -> Failure? {
      try await failure {
        try await shop.world.kiosk.abortVisit(
          .with {
            $0.requestID = shop.world.requestID
            $0.visitID = id
          }, shop.screen.context)
      }
    }
    let foreign = try await abort(visit.lower.visitID)
    #expect(foreign?.reason == "VISIT_OVER")
    #expect(try await abort(9999) == foreign)
    #expect(try await other.view().lower.step == .authenticate)
  }

  @Test func `S3 the staff and lockers that a correction or put-back names are the caller's own too`()
    async throws
  {
    let (shop, workOrder) = try await Workshop.withKey()
    let other = try await shop.neighbour()
    let boss = try await shop.tablet(of: "boss", .dealerAdmin, usesKeyLocker: true)
    let key = try await shop.key(of: workOrder)
    let stranger = try await other.staff("neighbour")
    let foreignStaff = try await failure {
      try await shop.correct(key, to: .staff, staff: stranger.staffID, as: boss.context)
    }
    #expect(foreignStaff?.reason == "NOT_FOUND")
    let foreignBox = try await failure {
      try await other.correct(key, to: .compartment, box: 1, as: boss.context)
    }
    #expect(foreignBox?.reason == "NOT_FOUND")
    try await shop.handOver(workOrder)
    let putBack = try await failure {
      try await shop.world.handovers.requestHandover(
        .with {
          $0.requestID = shop.world.requestID
          $0.workOrderID = workOrder.workOrderID
          $0.direction = .putBack
          $0.lockerID = other.locker.lockerID
        }, shop.tablet.context)
    }
    #expect(putBack?.reason == "NOT_FOUND")
  }
}
