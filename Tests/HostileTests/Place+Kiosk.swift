import API
import Foundation
import RPC

/// Where a visit can stand when something hostile comes.
enum KioskState: CaseIterable {
  case noVisit
  case authenticating
  case choosing
  case contact
  case validating
  case doorClosed
}

/// What the tests know of a visit that was brought into a state.
struct PreparedVisit {
  var id: Int64 = 0
  var workOrder = ProtoWorkOrder()
  var step = ProtoKioskStep.welcome
}

extension Place {
  private static let stepPatience = 500

  /// What the screens show now.
  func view() throws -> ProtoKioskView {
    let stream = screen.openStream(MethodName("KioskService/WatchKiosk"))
    defer { screen.write(WireBytes.frame(3, stream, flags: 0x05, [])) }
    guard let message = screen.nextMessage(of: stream) else {
      throw Failure(.unavailable, reason: "NO_ANSWER", "the kiosk's watch says nothing")
    }
    return try ProtoWatchKioskResponse(serializedBytes: message).view
  }

  /// Brings the kiosk to its welcome screen.
  func endVisit() throws {
    for _ in 0..<Self.stepPatience {
      let view = try view()
      switch view.lower.step {
      case .welcome, .done, .aborted, .timedOut, .failed, .outOfService: return
      default:
        let _: ProtoAbortVisitResponse? = try? screen.call(
          "KioskService/AbortVisit",
          ProtoAbortVisitRequest.with {
            $0.requestID = newID()
            $0.visitID = view.lower.visitID
          })
        Thread.sleep(forTimeInterval: 0.005)
      }
    }
    throw Failure(.aborted, reason: "VISIT_STAYS", "the visit does not end: \(try view().lower.step)")
  }

  /// Starts anew and goes as far as asked.
  func prepare(_ state: KioskState) throws -> PreparedVisit {
    try endVisit()
    endHandover()
    if state == .noVisit { return PreparedVisit(id: 1) }
    let started: ProtoStartVisitResponse = try screen.call(
      "KioskService/StartVisit",
      ProtoStartVisitRequest.with {
        $0.requestID = newID()
        $0.purpose = .dropOff
      })
    var visit = PreparedVisit(id: started.view.lower.visitID, step: started.view.lower.step)
    switch state {
    case .noVisit, .authenticating: visit.workOrder = try book()
    case .choosing:
      visit.workOrder = try book()
      let plate = "H\(visit.workOrder.number)"
      _ = try book(plate: plate)
      visit.step = try enter(number: plate, visit.id).lower.step
    case .contact:
      visit.workOrder = try book()
      let pin = try pin(for: visit.workOrder.workOrderID)
      let entered: ProtoEnterPinResponse = try screen.call(
        "KioskService/EnterPin",
        ProtoEnterPinRequest.with {
          $0.requestID = newID()
          $0.visitID = visit.id
          $0.pin = pin
        })
      visit.step = entered.view.lower.step
    case .validating, .doorClosed:
      visit.workOrder = try book()
      visit.step = try enter(number: "H\(visit.workOrder.number)", visit.id).lower.step
      if state == .doorClosed { visit.step = try openAndClose(visit.id) }
    }
    return visit
  }

  private func enter(number: String, _ visit: Int64) throws -> ProtoKioskView {
    let entered: ProtoEnterNumberResponse = try screen.call(
      "KioskService/EnterNumber",
      ProtoEnterNumberRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
        $0.number = number
      })
    return entered.view
  }

  private func openAndClose(_ visit: Int64) throws -> ProtoKioskStep {
    let _: ProtoValidateAppointmentResponse = try screen.call(
      "KioskService/ValidateAppointment",
      ProtoValidateAppointmentRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
        $0.name = "Driver"
      })
    for _ in 0..<Self.stepPatience {
      let step = try view().lower.step
      if step == .doorClosed { return step }
      Thread.sleep(forTimeInterval: 0.005)
    }
    throw Failure(.aborted, reason: "NO_DOOR", "the box does not open and close: \(try view().lower.step)")
  }
}
