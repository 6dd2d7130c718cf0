import API
import RPC

/// A customer's two visits.
extension Cabinet {
  /// D1–D9. Returns when the server has said that it has the key.
  func dropOff(_ workOrder: ProtoWorkOrder) async throws {
    let visit = try await askToDropOff(workOrder)
    for _ in 0..<Self.tries {
      let closed = try await walk(visit) { try await layKey(into: $0) }
      guard closed.lower.step == .doorClosed else { break }
      if closed.lower.notice.isEmpty { return try await confirm(visit) }
      let _: ProtoReopenCompartmentResponse = try await screen.mutate(
        "KioskService/ReopenCompartment",
        ProtoReopenCompartmentRequest.with {
          $0.requestID = newID()
          $0.visitID = visit
        })
    }
    throw Trouble("visit \(visit): the key does not go in")
  }

  /// Up to the command to open a compartment. Returns the visit.
  func askToDropOff(_ workOrder: ProtoWorkOrder) async throws -> Int64 {
    let pin = try await desk.pin(.dropOff, for: workOrder.workOrderID)
    let visit = try await start(.dropOff)
    try await enter(pin, in: visit)
    let saved: ProtoSaveContactResponse = try await screen.mutate(
      "KioskService/SaveContact",
      ProtoSaveContactRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
      })
    let _: ProtoValidateAppointmentResponse = try await screen.mutate(
      "KioskService/ValidateAppointment",
      ProtoValidateAppointmentRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
        $0.agreedInterventionIds = saved.view.lower.appointment.interventions.map(\.interventionID)
        $0.name = "Driver"
      })
    return visit
  }

  private func confirm(_ visit: Int64) async throws {
    let confirmed: ProtoConfirmDropResponse = try await screen.mutate(
      "KioskService/ConfirmDrop",
      ProtoConfirmDropRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
      })
    guard confirmed.view.lower.step == .done else {
      throw Trouble("visit \(visit): confirmed, and \(confirmed.view.lower.step)")
    }
    ledger.moved(.dropped(visit: visit))
  }

  /// P1. Returns when the server has said that the customer has the key.
  func pickUp(_ workOrder: ProtoWorkOrder) async throws {
    let pin = try await desk.pin(.pickUp, for: workOrder.workOrderID)
    let visit = try await start(.pickUp)
    try await enter(pin, in: visit)
    for _ in 0..<Self.tries {
      let end = try await walk(visit) { try await takeKey(from: $0) }
      if end.lower.step == .done { return ledger.moved(.returned(visit: visit)) }
      guard end.lower.step == .doorClosed else { break }
      let _: ProtoReopenCompartmentResponse = try await screen.mutate(
        "KioskService/ReopenCompartment",
        ProtoReopenCompartmentRequest.with {
          $0.requestID = newID()
          $0.visitID = visit
        })
    }
    throw Trouble("visit \(visit): the key does not come out")
  }

  func start(_ purpose: ProtoVisitPurpose) async throws -> Int64 {
    _ = try await view("a welcome") { Self.isFree($0.lower.step) }
    let started: ProtoStartVisitResponse = try await screen.mutate(
      "KioskService/StartVisit",
      ProtoStartVisitRequest.with {
        $0.requestID = newID()
        $0.purpose = purpose
      })
    return started.view.lower.visitID
  }

  func enter(_ pin: String, in visit: Int64) async throws {
    let _: ProtoEnterPinResponse = try await screen.mutate(
      "KioskService/EnterPin",
      ProtoEnterPinRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
        $0.pin = pin
      })
  }

  /// Waits for the door, acts when it is open, and waits for what the screen shows next.
  private func walk(_ visit: Int64, act: (Int32) async throws -> Void) async throws -> ProtoKioskView {
    let seen = try await view("an open door") { $0.lower.visitID != visit || $0.lower.step != .opening }
    guard seen.lower.visitID == visit else { throw Trouble("visit \(visit) is gone") }
    guard seen.lower.step == .doorOpen else { return seen }
    try await act(seen.lower.compartment)
    let closed = try await view("a closed door") { $0.lower.visitID != visit || $0.lower.step != .doorOpen }
    guard closed.lower.visitID == visit else { throw Trouble("visit \(visit) is gone") }
    return closed
  }

  /// Nobody stands at the kiosk, and somebody may begin.
  static func isFree(_ step: ProtoKioskStep) -> Bool {
    switch step {
    case .welcome, .done, .aborted, .timedOut, .failed: true
    case .authenticate, .chooseAppointment, .contact, .validate, .opening, .doorOpen, .doorClosed,
      .givingBack,
      .closeDoor, .outOfService, .unspecified, .UNRECOGNIZED:
      false
    }
  }
}
