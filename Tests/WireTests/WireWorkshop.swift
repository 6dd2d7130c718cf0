import API
import Client
import Core
import Domain
import Foundation
import RPC
import TTRPC
import TestSupport

/// A workshop with a locker and its controller, set up by the operator.
struct WireWorkshop {
  let server: ServerProcess
  let op: ServerLink
  let location: Int64
  let locker: Int64
  let controller: ServerLink
  let controllerDevice: EnrolledDevice

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
    return WireWorkshop(
      server: server, op: op, location: place.0, locker: place.1, controller: controller,
      controllerDevice: controllerDevice)
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
}
