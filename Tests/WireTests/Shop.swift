import API
import Client
import Core
import Domain
import Foundation
import RPC
import TestSupport

/// A workshop whose devices, staff and programs call over one wire. Only what the operator alone may do goes through
/// the server's own socket.
struct Shop {
  static let boxes: Int32 = 4

  let location: Int64
  let locker: Int64
  let controller: any Caller
  let screen: any Caller
  /// With an administrator signed in.
  var tablet: any Caller
  let program: any Caller

  static func open(_ wire: Wire, _ server: ServerProcess) async throws -> Shop {
    let op = try await server.asOperator()
    let location: ProtoCreateLocationResponse = try await op.call(
      "AdminService/CreateLocation",
      ProtoCreateLocationRequest.with {
        $0.requestID = newID()
        $0.dealerName = "Dealer"
        $0.name = "Main street"
        $0.timeZone = "Europe/Amsterdam"
        $0.country = "NL"
      })
    let locker: ProtoCreateLockerResponse = try await op.call(
      "AdminService/CreateLocker",
      ProtoCreateLockerRequest.with {
        $0.requestID = newID()
        $0.locationID = location.location.locationID
        $0.name = "Entrance"
        $0.compartmentCount = boxes
        $0.pinToDrop = true
      })
    let place = (location.location.locationID, locker.locker.lockerID)
    let key: ProtoCreateApiKeyResponse = try await op.call(
      "AdminService/CreateApiKey",
      ProtoCreateApiKeyRequest.with {
        $0.requestID = newID()
        $0.locationID = place.0
        $0.name = "Dealer's programs"
      })
    return Shop(
      location: place.0, locker: place.1,
      controller: try await enroll(.controller, at: place, wire, server, op),
      screen: try await enroll(.screen, at: place, wire, server, op),
      tablet: try await tablet(at: place, wire, server, op),
      program: try await wire.caller(.apiKey(key.apiKey), server))
  }

  private static func tablet(
    at place: (location: Int64, locker: Int64), _ wire: Wire, _ server: ServerProcess, _ op: ServerLink
  ) async throws -> any Caller {
    let tablet = try await enroll(.tablet, at: place, wire, server, op)
    let _: ProtoCreateStaffResponse = try await op.call(
      "AdminService/CreateStaff",
      ProtoCreateStaffRequest.with {
        $0.requestID = newID()
        $0.locationID = place.location
        $0.userName = "boss"
        $0.role = .dealerAdmin
        $0.useKeyLocker = true
        $0.password = Workshop.password
      })
    let _: ProtoSignInResponse = try await tablet.call(
      "AuthService/SignIn",
      ProtoSignInRequest.with {
        $0.userName = "boss"
        $0.password = Workshop.password
      })
    return tablet
  }

  /// Enrols a device over the wire, with a code of the operator's.
  static func enroll(
    _ kind: ProtoDeviceKind, at place: (location: Int64, locker: Int64), _ wire: Wire,
    _ server: ServerProcess, _ op: ServerLink
  ) async throws -> any Caller {
    try await wire.caller(.device(enrolled(kind, at: place, wire, server, op)), server)
  }

  /// The same, for callers of one's own.
  static func enrolled(
    _ kind: ProtoDeviceKind, at place: (location: Int64, locker: Int64), _ wire: Wire,
    _ server: ServerProcess, _ op: ServerLink
  ) async throws -> DeviceKey {
    let code: ProtoCreateEnrollmentCodeResponse = try await op.call(
      "AdminService/CreateEnrollmentCode",
      ProtoCreateEnrollmentCodeRequest.with {
        $0.requestID = newID()
        $0.kind = kind
        $0.name = "Device"
        $0.locationID = place.location
        $0.lockerID = place.locker
      })
    guard let key = SigningKey(seed: SystemEntropy().bytes(SigningKey.seedByteCount)) else {
      preconditionFailure("a seed has \(SigningKey.seedByteCount) bytes")
    }
    let enrolled: ProtoEnrollResponse = try await wire.caller(.none, server).call(
      "AuthService/Enroll",
      ProtoEnrollRequest.with {
        $0.requestID = newID()
        $0.code = code.code
        $0.publicKey = .init(key.publicKey.bytes)
      })
    return DeviceKey(id: Device.ID(rawValue: enrolled.deviceID), key: key)
  }

  static func newID() -> String { UUID().uuidString }
}

extension Shop {
  /// Doors that open and close at once, until the task is cancelled. Returns when the server knows that the
  /// controller listens.
  func connectLocker() async throws -> Task<Void, any Error> {
    let (reported, continuation) = AsyncStream.makeStream(of: Void.self)
    let locker = WireLocker(controller)
    let task = Task {
      defer { continuation.finish() }
      try await locker.serve(boxes: Self.boxes, continuation)
    }
    for await _ in reported {}
    while true {
      let found: ProtoListLockersResponse = try await program.call(
        "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = location })
      if found.lockers.first?.connected == true { return task }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  func pin(for workOrder: Int64, _ purpose: ProtoPinPurpose) async throws -> String {
    let response: ProtoIssuePinResponse = try await tablet.call(
      "WorkOrderService/IssuePin",
      ProtoIssuePinRequest.with {
        $0.requestID = Self.newID()
        $0.workOrderID = workOrder
        $0.purpose = purpose
      })
    return response.pin
  }

  func start(_ purpose: ProtoVisitPurpose) async throws -> Int64 {
    let response: ProtoStartVisitResponse = try await screen.call(
      "KioskService/StartVisit",
      ProtoStartVisitRequest.with {
        $0.requestID = Self.newID()
        $0.purpose = purpose
      })
    return response.view.lower.visitID
  }

  func enter(_ pin: String, _ visit: Int64) async throws {
    let _: ProtoEnterPinResponse = try await screen.call(
      "KioskService/EnterPin",
      ProtoEnterPinRequest.with {
        $0.requestID = Self.newID()
        $0.visitID = visit
        $0.pin = pin
      })
  }

  /// What the screens show, once it is what is waited for.
  func untilView(_ isWanted: (ProtoKioskView) -> Bool) async throws -> ProtoKioskView {
    let watch = try screen.stream(
      "KioskService/WatchKiosk", ProtoWatchKioskRequest(), as: ProtoWatchKioskResponse.self)
    for try await message in watch where isWanted(message.view) { return message.view }
    throw ServerProcess.Failed(description: "the kiosk watch ended early")
  }

  /// The events after a cursor up to the first of a kind.
  func untilEvent(_ kind: String, after number: Int64) async throws -> [ProtoEvent] {
    let watch = try program.stream(
      "EventService/WatchEvents",
      ProtoWatchEventsRequest.with {
        $0.locationID = location
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
