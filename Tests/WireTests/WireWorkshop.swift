import API
import Client
import Core
import Domain
import Foundation
import RPC
import TTRPC
import TestSupport

/// A workshop set up over the wire, as an operator, a controller, a screen and a tablet would.
struct WireWorkshop {
  let server: ServerProcess
  let op: ServerLink
  let location: Int64
  let locker: Int64
  let controller: ServerLink
  let controllerDevice: EnrolledDevice
  let screen: ServerLink
  let tablet: ServerLink

  static func open(_ server: ServerProcess) async throws -> WireWorkshop {
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
        $0.compartmentCount = 4
        $0.pinToDrop = true
      })
    let place = (location.location.locationID, locker.locker.lockerID)
    let (controller, controllerDevice) = try await enroll(.controller, at: place, server, op)
    let (screen, _) = try await enroll(.screen, at: place, server, op)
    let (tablet, _) = try await enroll(.tablet, at: place, server, op)
    let _: ProtoCreateStaffResponse = try await op.call(
      "AdminService/CreateStaff",
      ProtoCreateStaffRequest.with {
        $0.requestID = newID()
        $0.locationID = place.0
        $0.userName = "mechanic"
        $0.role = .mechanic
        $0.useKeyLocker = true
        $0.password = Workshop.password
      })
    let _: ProtoSignInResponse = try await tablet.call(
      "AuthService/SignIn",
      ProtoSignInRequest.with {
        $0.userName = "mechanic"
        $0.password = Workshop.password
      })
    return WireWorkshop(
      server: server, op: op, location: place.0, locker: place.1, controller: controller,
      controllerDevice: controllerDevice, screen: screen, tablet: tablet)
  }

  private static func enroll(
    _ kind: ProtoDeviceKind, at place: (location: Int64, locker: Int64), _ server: ServerProcess,
    _ op: ServerLink
  ) async throws -> (ServerLink, EnrolledDevice) {
    let code: ProtoCreateEnrollmentCodeResponse = try await op.call(
      "AdminService/CreateEnrollmentCode",
      ProtoCreateEnrollmentCodeRequest.with {
        $0.requestID = newID()
        $0.kind = kind
        $0.name = "Device"
        $0.locationID = place.location
        $0.lockerID = place.locker
      })
    let link = try await server.connect()
    let device = try await EnrolledDevice.enroll(code: code.code, seed: SystemEntropy().bytes(32), over: link)
    try await device.authenticate(over: link)
    return (link, device)
  }

  static func newID() -> String { UUID().uuidString }

  func pin(for workOrder: Int64, _ purpose: ProtoPinPurpose = .dropOff) async throws -> String {
    let response: ProtoIssuePinResponse = try await op.call(
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
}

/// A controller whose doors open and close at once, over the wire.
actor WireLocker {
  private let link: ServerLink
  private var number: Int64 = 0

  init(_ link: ServerLink) { self.link = link }

  /// Reports closed doors, then carries out every command that comes until the stream ends.
  func serve(boxes: Int32, _ connected: AsyncStream<Void>.Continuation) async throws {
    let commands = try link.stream(
      "LockerService/WatchCommands", ProtoWatchCommandsRequest(), as: ProtoWatchCommandsResponse.self)
    for box in 1...boxes {
      try await report([
        .with {
          $0.compartment = box
          $0.event = .foundClosed
        }
      ])
    }
    connected.finish()
    for try await message in commands {
      let command = message.command
      let happened: [ProtoLockEvent] = [.accepted, .fired, .doorOpened, .doorClosed]
      let lines: [ProtoLockReport] = happened.map { event in
        .with {
          $0.compartment = command.compartment
          $0.commandSequence = command.sequence
          $0.event = event
        }
      }
      let outcome = ProtoLockReport.with {
        $0.compartment = command.compartment
        $0.commandSequence = command.sequence
        $0.outcome = .openedAndClosed
      }
      try await report(lines + [outcome])
    }
  }

  private func report(_ lines: [ProtoLockReport]) async throws {
    let numbered = lines.map { line in
      var line = line
      number += 1
      line.number = number
      return line
    }
    let _: ProtoReportResponse = try await link.call(
      "LockerService/Report", ProtoReportRequest.with { $0.reports = numbered })
  }
}
