import API
import Foundation
import RPC
import TestSupport
import Testing

/// One scenario, every wire: enrol, import, drop, hand over, return, pick up, watch events from a cursor.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ScenarioTests {
  @Test(arguments: Wire.allCases, ServerProcess.Transport.allCases)
  func `A2 a key goes all the way over each wire`(
    _ wire: Wire, _ transport: ServerProcess.Transport
  ) async throws {
    let server = try await ServerProcess.start(transport)
    let shop = try await Shop.open(wire, server)
    let locker = try await shop.connectLocker()
    defer { locker.cancel() }

    let workOrder = try await imported(shop)
    try await drop(workOrder, shop)
    try await handOver(workOrder, .takeOut, shop)
    try await handOver(workOrder, .putBack, shop)
    try await shop.enter(try await shop.pin(for: workOrder, .pickUp), try await shop.start(.pickUp))
    _ = try await shop.untilEvent("KEY_RETURNED", after: 0)

    let events = try await shop.untilEvent("KEY_RETURNED", after: 3)
    #expect(events.first?.number == 4, "the watch resumes after its cursor")
    #expect(zip(events, events.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
    #expect(await server.terminate() == 0)
    let verified = try await ServerProcess.run(["verify", "--data", server.data.path()])
    #expect(verified.code == 0, "\(verified.output)")
  }

  /// A5: one error model on every wire.
  @Test(arguments: Wire.allCases, ServerProcess.Transport.allCases)
  func `A5 a refusal has the same code, reason, message and fields over each wire`(
    _ wire: Wire, _ transport: ServerProcess.Transport
  ) async throws {
    let server = try await ServerProcess.start(transport)
    let stranger = try await wire.caller(.none, server)
    let unknown = await #expect(throws: Failure.self) {
      let _: ProtoListLocationsResponse = try await stranger.call(
        "AdminService/ListLocations", ProtoListLocationsRequest())
    }
    #expect(unknown?.code == .unauthenticated && unknown?.reason == "NOT_SIGNED_IN")
    #expect(unknown?.message.isEmpty == false)
    let malformed = await #expect(throws: Failure.self) {
      let _: ProtoEnrollResponse = try await stranger.call("AuthService/Enroll", ProtoEnrollRequest())
    }
    #expect(malformed?.code == .invalidArgument)
    #expect(malformed?.violations.map(\.field) == ["public_key"])
    await #expect(throws: Failure.self) {
      let commands = try stranger.stream(
        "LockerService/WatchCommands", ProtoWatchCommandsRequest(), as: ProtoWatchCommandsResponse.self)
      for try await _ in commands {}
    }
  }

  private func imported(_ shop: Shop) async throws -> Int64 {
    let today = Date.now.formatted(
      Date.ISO8601FormatStyle(timeZone: TimeZone(identifier: "Europe/Amsterdam")!).year().month().day())
    let imported: ProtoImportWorkOrdersResponse = try await shop.program.call(
      "WorkOrderService/ImportWorkOrders",
      ProtoImportWorkOrdersRequest.with {
        $0.requestID = Shop.newID()
        $0.locationID = shop.location
        $0.csv = Data("number,date,time,plate\n4711,\(today),23:59,AB-123-C\nbad,,,\n".utf8)
      })
    #expect(imported.createdCount == 1 && imported.errorCount > 0)
    let found: ProtoGetWorkOrderResponse = try await shop.program.call(
      "WorkOrderService/GetWorkOrder",
      ProtoGetWorkOrderRequest.with {
        $0.locationID = shop.location
        $0.number = "4711"
      })
    return found.workOrder.workOrderID
  }

  private func drop(_ workOrder: Int64, _ shop: Shop) async throws {
    let visit = try await shop.start(.dropOff)
    try await shop.enter(try await shop.pin(for: workOrder, .dropOff), visit)
    let contact: ProtoSaveContactResponse = try await shop.screen.call(
      "KioskService/SaveContact",
      ProtoSaveContactRequest.with {
        $0.requestID = Shop.newID()
        $0.visitID = visit
      })
    #expect(contact.view.lower.step == .validate)
    let _: ProtoValidateAppointmentResponse = try await shop.screen.call(
      "KioskService/ValidateAppointment",
      ProtoValidateAppointmentRequest.with {
        $0.requestID = Shop.newID()
        $0.visitID = visit
        $0.name = "Driver"
      })
    _ = try await shop.untilView { $0.lower.step == .doorClosed }
    let done: ProtoConfirmDropResponse = try await shop.screen.call(
      "KioskService/ConfirmDrop",
      ProtoConfirmDropRequest.with {
        $0.requestID = Shop.newID()
        $0.visitID = visit
      })
    #expect(done.view.lower.step == .done)
  }

  private func handOver(_ workOrder: Int64, _ direction: ProtoHandoverDirection, _ shop: Shop) async throws {
    let requested: ProtoRequestHandoverResponse = try await shop.tablet.call(
      "HandoverService/RequestHandover",
      ProtoRequestHandoverRequest.with {
        $0.requestID = Shop.newID()
        $0.workOrderID = workOrder
        $0.direction = direction
        $0.lockerID = shop.locker
      })
    let token = try await shop.untilView { !$0.upper.handoverToken.isEmpty }.upper.handoverToken
    let _: ProtoRedeemHandoverResponse = try await shop.tablet.call(
      "HandoverService/RedeemHandover",
      ProtoRedeemHandoverRequest.with {
        $0.requestID = Shop.newID()
        $0.handoverID = requested.handover.handoverID
        $0.token = token
      })
    let watch = try shop.tablet.stream(
      "HandoverService/WatchHandover",
      ProtoWatchHandoverRequest.with { $0.handoverID = requested.handover.handoverID },
      as: ProtoWatchHandoverResponse.self)
    var last: ProtoHandover?
    for try await message in watch { last = message.handover }
    #expect(last?.state == .completed, "the watch ends by itself when the hand-over is over")
  }
}
