import API
import Foundation
import RPC
import TestSupport
import Testing

/// What people wrote and what is secret stands in no log and no metric, however loud the log is.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CanaryTests {
  private static let arguments = OperationsTests.shown + ["--log-level", "trace", "--log-format", "json"]

  /// Words that stand nowhere else, and secrets that the server gave.
  private struct Canaries {
    let name = "Canarina Feathersworth"
    let userName = "canary.feathers"
    let email = "canarina@feathersworth.example"
    let mobile = "+31612349876"
    let businessEmail = "office@feathersworth.example"
    let businessMobile = "+31612349875"
    let plate = "CNR987Y"
    let remark = "The canary's cage is on the rear seat"
    let password = "canary-sings-at-dawn-5381"
    let wrongPassword = "canary-sings-at-dusk-5382"
    let wrongPin = "918273"
    let label = "Canary-Motors Feather 3000"
    var secrets: [String] = []

    var all: [String] {
      [
        name, userName, email, mobile, String(mobile.dropFirst()), businessEmail, businessMobile,
        String(businessMobile.dropFirst()), plate, remark, password, wrongPassword, wrongPin, label,
      ]
        + secrets
    }

    /// Those that stand in a text; digits only where no other digits are beside them.
    func found(in text: String) -> [String] {
      all.filter { canary in
        guard canary.allSatisfy(\.isNumber) else { return text.localizedCaseInsensitiveContains(canary) }
        return text.split { !$0.isNumber }.contains(Substring(canary))
      }
    }
  }

  @Test(arguments: [Wire.ttrpc, .connectJSON])
  func `S8 no canary of a whole walk, with its refusals, is in logs or metrics`(wire: Wire) async throws {
    let server = try await ServerProcess.start(.plain, Self.arguments)
    var shop = try await Shop.open(wire, server)
    let locker = try await shop.connectLocker()
    defer { locker.cancel() }
    var canaries = Canaries()
    try await signIn(&shop, wire, server, &canaries)
    let workOrder = try await book(shop, canaries)
    try await walk(shop, workOrder, &canaries)
    await beRefused(shop, try await wire.caller(.none, server), canaries)
    let (_, metrics) = try await OperationsTests.page("/metrics", of: server)
    #expect(await server.terminate() == 0)
    #expect(canaries.secrets.count == 6)
    #expect(canaries.found(in: server.log) == [])
    #expect(canaries.found(in: metrics) == [])
    // The refusals were logged, each as an object with the ids that help to look into it.
    #expect(server.log.contains("\"reason\":\"WRONG_PIN\""))
    #expect(metrics.contains("reason=\"WRONG_PIN\""))
    for line in server.log.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
      #expect(object?["level"] != nil && object?["message"] != nil && object?["time"] != nil, "\(line)")
    }
  }

  @Test func `S8 a canary that does stand in the log is found`() async throws {
    let canaries = Canaries()
    // What is in no database: the search of the whole run's logs, Tests/Logs/search.py, would find it here.
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(canaries.password)-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Where its data are, the server says.
    let server = try await ServerProcess.start(.plain, in: folder, Self.arguments)
    #expect(canaries.found(in: server.log) == [canaries.password])
    #expect(canaries.found(in: "{\"pin\":\"918273\"}") == [canaries.wrongPin])
  }

  /// Staff with a password, and a program with an API key.
  private func signIn(
    _ shop: inout Shop, _ wire: Wire, _ server: ServerProcess, _ canaries: inout Canaries
  ) async throws {
    let op = try await server.asOperator()
    let _: ProtoCreateStaffResponse = try await op.call(
      "AdminService/CreateStaff",
      ProtoCreateStaffRequest.with { [canaries] in
        $0.requestID = Shop.newID()
        $0.locationID = shop.location
        $0.userName = canaries.userName
        $0.displayName = canaries.name
        $0.role = .dealerAdmin
        $0.useKeyLocker = true
        $0.password = canaries.password
      })
    shop.tablet = try await Shop.enroll(.tablet, at: (shop.location, shop.locker), wire, server, op)
    for password in [canaries.wrongPassword, canaries.password] {
      let _: ProtoSignInResponse? = try? await shop.tablet.call(
        "AuthService/SignIn",
        ProtoSignInRequest.with { [canaries] in
          $0.userName = canaries.userName
          $0.password = password
        })
    }
    let key: ProtoCreateApiKeyResponse = try await op.call(
      "AdminService/CreateApiKey",
      ProtoCreateApiKeyRequest.with {
        $0.requestID = Shop.newID()
        $0.locationID = shop.location
        $0.name = "Birdhouse"
      })
    let code: ProtoCreateEnrollmentCodeResponse = try await op.call(
      "AdminService/CreateEnrollmentCode",
      ProtoCreateEnrollmentCodeRequest.with {
        $0.requestID = Shop.newID()
        $0.kind = .tablet
        $0.name = "Birdhouse"
        $0.locationID = shop.location
      })
    let session: ProtoStartSessionResponse = try await wire.caller(.none, server).call(
      "AuthService/StartSession",
      ProtoStartSessionRequest.with { [canaries] in
        $0.userName = canaries.userName
        $0.password = canaries.password
      })
    canaries.secrets += [key.apiKey, code.code, session.token]
  }

  private func appointment(_ shop: Shop, _ canaries: Canaries) -> ProtoUpsertWorkOrderRequest {
    let today = Date.now.formatted(
      Date.ISO8601FormatStyle(timeZone: TimeZone(identifier: "Europe/Amsterdam")!).year().month().day())
    return .with {
      $0.requestID = Shop.newID()
      $0.workOrder.locationID = shop.location
      $0.workOrder.number = "4711"
      $0.workOrder.localTime = "\(today)T23:59"
      $0.workOrder.vehicle.plate = canaries.plate
      $0.workOrder.vehicle.model = canaries.label
      $0.workOrder.interventions = [
        .with {
          $0.name = canaries.label
          $0.remark = canaries.remark
        }
      ]
      $0.workOrder.contacts = [
        .with {
          $0.role = .driver
          $0.name = canaries.name
          $0.privateEmail = canaries.email
          $0.privateMobile = canaries.mobile
          $0.businessEmail = canaries.businessEmail
          $0.businessMobile = canaries.businessMobile
        }
      ]
    }
  }

  private func book(_ shop: Shop, _ canaries: Canaries) async throws -> Int64 {
    let made: ProtoUpsertWorkOrderResponse = try await shop.tablet.call(
      "WorkOrderService/UpsertWorkOrder", appointment(shop, canaries))
    return made.workOrder.workOrderID
  }

  /// D2–D9 with a remark and another number, and a hand-over.
  private func walk(_ shop: Shop, _ workOrder: Int64, _ canaries: inout Canaries) async throws {
    let pin = try await shop.pin(for: workOrder, .dropOff)
    let visit = try await shop.start(.dropOff)
    try? await shop.enter(canaries.wrongPin, visit)
    try await shop.enter(pin, visit)
    let _: ProtoSaveContactResponse = try await shop.screen.call(
      "KioskService/SaveContact",
      ProtoSaveContactRequest.with { [canaries] in
        $0.requestID = Shop.newID()
        $0.visitID = visit
        $0.additionalPhone = canaries.mobile
      })
    let _: ProtoValidateAppointmentResponse = try await shop.screen.call(
      "KioskService/ValidateAppointment",
      ProtoValidateAppointmentRequest.with { [canaries] in
        $0.requestID = Shop.newID()
        $0.visitID = visit
        $0.name = canaries.name
        $0.remark = canaries.remark
      })
    _ = try await shop.untilView { $0.lower.step == .doorClosed }
    let _: ProtoConfirmDropResponse = try await shop.screen.call(
      "KioskService/ConfirmDrop",
      ProtoConfirmDropRequest.with {
        $0.requestID = Shop.newID()
        $0.visitID = visit
      })
    let requested: ProtoRequestHandoverResponse = try await shop.tablet.call(
      "HandoverService/RequestHandover",
      ProtoRequestHandoverRequest.with {
        $0.requestID = Shop.newID()
        $0.workOrderID = workOrder
        $0.direction = .takeOut
        $0.lockerID = shop.locker
      })
    let token = try await shop.untilView { !$0.upper.handoverToken.isEmpty }.upper.handoverToken
    for token in [token + "x", token] {
      let _: ProtoRedeemHandoverResponse? = try? await shop.tablet.call(
        "HandoverService/RedeemHandover",
        ProtoRedeemHandoverRequest.with {
          $0.requestID = Shop.newID()
          $0.handoverID = requested.handover.handoverID
          $0.token = token
        })
    }
    _ = try await shop.untilEvent("KEY_COLLECTED", after: 0)
    canaries.secrets += [pin, token, "\(token)x"]
  }

  /// Canaries where they do not belong.
  private func beRefused(_ shop: Shop, _ stranger: any Caller, _ canaries: Canaries) async {
    var wrong = appointment(shop, canaries)
    wrong.workOrder.localTime = canaries.remark
    wrong.workOrder.contacts[0].privateMobile = canaries.name
    let _: ProtoUpsertWorkOrderResponse? = try? await shop.tablet.call(
      "WorkOrderService/UpsertWorkOrder", wrong)
    let _: ProtoImportWorkOrdersResponse? = try? await shop.program.call(
      "WorkOrderService/ImportWorkOrders",
      ProtoImportWorkOrdersRequest.with {
        $0.requestID = Shop.newID()
        $0.locationID = shop.location
        $0.csv = Data(
          "number,date,time,plate\n\(canaries.name),\(canaries.remark),x,\(canaries.plate)\n".utf8)
      })
    for secret in canaries.secrets {
      let _: ProtoAuthenticateResponse? = try? await stranger.call(
        "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.assertion = secret })
      let _: ProtoEnrollResponse? = try? await stranger.call(
        "AuthService/Enroll",
        ProtoEnrollRequest.with {
          $0.requestID = Shop.newID()
          $0.code = secret
        })
    }
  }
}
