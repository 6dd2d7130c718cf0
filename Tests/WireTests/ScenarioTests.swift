import API
import Client
import Foundation
import RPC
import TTRPC
import TestSupport
import Testing

/// One scenario, every wire: enrol, import, drop, hand over, return, pick up, watch events from a cursor.
@Suite struct ScenarioTests {
  @Test(arguments: ServerProcess.Transport.allCases)
  func `A2 a key goes all the way over ttrpc on TCP`(_ transport: ServerProcess.Transport) async throws {
    let server = try await ServerProcess.start(transport)
    let shop = try await WireWorkshop.open(server)
    let locker = try await connectedLocker(shop)
    defer { locker.cancel() }

    let today = Date.now.formatted(
      Date.ISO8601FormatStyle(timeZone: TimeZone(identifier: "Europe/Amsterdam")!).year().month().day())
    let imported: ProtoImportWorkOrdersResponse = try await shop.op.call(
      "WorkOrderService/ImportWorkOrders",
      ProtoImportWorkOrdersRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.locationID = shop.location
        $0.csv = Data("number,date,time,plate\n4711,\(today),23:59,AB-123-C\nbad,,,\n".utf8)
      })
    #expect(imported.createdCount == 1 && imported.errorCount > 0)
    let found: ProtoGetWorkOrderResponse = try await shop.op.call(
      "WorkOrderService/GetWorkOrder",
      ProtoGetWorkOrderRequest.with {
        $0.locationID = shop.location
        $0.number = "4711"
      })
    let workOrder = found.workOrder.workOrderID

    try await drop(workOrder, shop)
    try await handOver(workOrder, .takeOut, shop)
    try await handOver(workOrder, .putBack, shop)
    try await shop.enter(try await shop.pin(for: workOrder, .pickUp), try await shop.start(.pickUp))
    try await untilEvent("KEY_RETURNED", after: 0, shop)

    let events = try await untilEvent("KEY_RETURNED", after: 3, shop)
    #expect(events.first?.number == 4, "the watch resumes after its cursor")
    #expect(zip(events, events.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
    #expect(await server.terminate() == 0)
    let verified = try await ServerProcess.run(["verify", "--data", server.data.path()])
    #expect(verified.code == 0, "\(verified.output)")
  }

  @Test(arguments: ServerProcess.Transport.allCases)
  func `A3 a program with an API key imports a file larger than a stranger may send`(
    _ transport: ServerProcess.Transport
  ) async throws {
    let server = try await ServerProcess.start(transport)
    let shop = try await WireWorkshop.open(server)
    let made: ProtoCreateApiKeyResponse = try await shop.op.call(
      "AdminService/CreateApiKey",
      ProtoCreateApiKeyRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.locationID = shop.location
        $0.name = "DMS"
      })
    let lines = (1...3000).map { "\($0),2027-03-01,08:00,AA-\($0),\"\(String(repeating: "x", count: 40))\"" }
    let request = ProtoImportWorkOrdersRequest.with {
      $0.requestID = WireWorkshop.newID()
      $0.locationID = shop.location
      $0.csv = Data(("number,date,time,plate,brand\n" + lines.joined(separator: "\n")).utf8)
    }
    #expect(request.csv.count > Limits().strangerMessageBytes)
    let stranger = try await server.connect()
    await #expect {
      let _: ProtoImportWorkOrdersResponse = try await stranger.call(
        "WorkOrderService/ImportWorkOrders", request)
    } throws: { ($0 as? Failure)?.reason == "FRAME_TOO_LARGE" }
    let program = try await server.connect()
    let _: ProtoAuthenticateResponse = try await program.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = made.apiKey })
    let imported: ProtoImportWorkOrdersResponse = try await program.call(
      "WorkOrderService/ImportWorkOrders", request)
    #expect(imported.createdCount == 3000)
  }

  private func connectedLocker(_ shop: WireWorkshop) async throws -> Task<Void, any Error> {
    let (connected, continuation) = AsyncStream.makeStream(of: Void.self)
    let locker = WireLocker(shop.controller)
    let task = Task { try await locker.serve(boxes: 4, continuation) }
    for await _ in connected {}
    return task
  }

  private func drop(_ workOrder: Int64, _ shop: WireWorkshop) async throws {
    let visit = try await shop.start(.dropOff)
    try await shop.enter(try await shop.pin(for: workOrder), visit)
    let contact: ProtoSaveContactResponse = try await shop.screen.call(
      "KioskService/SaveContact",
      ProtoSaveContactRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.visitID = visit
      })
    #expect(contact.view.lower.step == .validate)
    let _: ProtoValidateAppointmentResponse = try await shop.screen.call(
      "KioskService/ValidateAppointment",
      ProtoValidateAppointmentRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.visitID = visit
        $0.name = "Driver"
      })
    _ = try await untilView(shop) { $0.lower.step == .doorClosed }
    let done: ProtoConfirmDropResponse = try await shop.screen.call(
      "KioskService/ConfirmDrop",
      ProtoConfirmDropRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.visitID = visit
      })
    #expect(done.view.lower.step == .done)
  }

  private func handOver(_ workOrder: Int64, _ direction: ProtoHandoverDirection, _ shop: WireWorkshop)
    async throws
  {
    let requested: ProtoRequestHandoverResponse = try await shop.tablet.call(
      "HandoverService/RequestHandover",
      ProtoRequestHandoverRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.workOrderID = workOrder
        $0.direction = direction
        $0.lockerID = shop.locker
      })
    let token = try await untilView(shop) { !$0.upper.handoverToken.isEmpty }.upper.handoverToken
    let _: ProtoRedeemHandoverResponse = try await shop.tablet.call(
      "HandoverService/RedeemHandover",
      ProtoRedeemHandoverRequest.with {
        $0.requestID = WireWorkshop.newID()
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

  /// What the screens show, once it is what is waited for.
  private func untilView(
    _ shop: WireWorkshop, _ isWanted: (ProtoKioskView) -> Bool
  ) async throws -> ProtoKioskView {
    let watch = try shop.screen.stream(
      "KioskService/WatchKiosk", ProtoWatchKioskRequest(), as: ProtoWatchKioskResponse.self)
    for try await message in watch where isWanted(message.view) { return message.view }
    throw ServerProcess.Failed(description: "the kiosk watch ended early")
  }

  /// The events after a cursor up to the first of a kind.
  @discardableResult
  private func untilEvent(_ kind: String, after number: Int64, _ shop: WireWorkshop) async throws
    -> [ProtoEvent]
  {
    let watch = try shop.op.stream(
      "EventService/WatchEvents",
      ProtoWatchEventsRequest.with {
        $0.locationID = shop.location
        $0.afterNumber = number
      }, as: ProtoWatchEventsResponse.self)
    var events: [ProtoEvent] = []
    for try await message in watch {
      events.append(message.event)
      if message.event.kind == kind { return events }
    }
    throw ServerProcess.Failed(description: "the event watch ended early")
  }
}
