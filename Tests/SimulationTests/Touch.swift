import API
import Services

/// One touch of a kiosk's screen.
enum Touch {
  case pin(String, String)
  case number(String)
  case choose(Int64)
  case contact(String)
  case validate(ProtoKioskAppointment)
  case confirm
  case reopen
  case abort
  case extend
}

extension Screen {
  /// Sends a touch; the view that answers it is shown.
  func send(_ touch: Touch, _ visit: Int64, _ site: Site, _ then: @escaping () -> Void) {
    let id = site.requestID
    let done: (Peer.Ending) -> Void = { [unowned self] ending in
      // Every answer to a touch is a view in field 1.
      if case .answer(let bytes) = ending, let answer = try? ProtoConfirmDropResponse(wireBytes: bytes) {
        show(answer.view)
      }
      then()
    }
    switch touch {
    case .pin(let pin, let plate):
      peer.mutate(
        "KioskService/EnterPin",
        ProtoEnterPinRequest.with { ($0.requestID, $0.visitID, $0.pin, $0.plate) = (id, visit, pin, plate) },
        tries: 2, done)
    case .number(let number):
      peer.mutate(
        "KioskService/EnterNumber",
        ProtoEnterNumberRequest.with { ($0.requestID, $0.visitID, $0.number) = (id, visit, number) },
        tries: 2, done)
    case .choose(let workOrder):
      peer.mutate(
        "KioskService/ChooseAppointment",
        ProtoChooseAppointmentRequest.with {
          ($0.requestID, $0.visitID, $0.workOrderID) = (id, visit, workOrder)
        }, tries: 2, done)
    case .contact(let phone):
      peer.mutate(
        "KioskService/SaveContact",
        ProtoSaveContactRequest.with { ($0.requestID, $0.visitID, $0.additionalPhone) = (id, visit, phone) },
        tries: 2, done)
    case .validate(let appointment):
      let request = ProtoValidateAppointmentRequest.with {
        ($0.requestID, $0.visitID, $0.name) = (id, visit, "Driver")
        $0.agreedInterventionIds = appointment.interventions.map(\.interventionID)
        $0.acceptedAgreementIds = appointment.agreements.map(\.agreementID)
      }
      peer.mutate("KioskService/ValidateAppointment", request, tries: 2, done)
    case .confirm:
      peer.mutate(
        "KioskService/ConfirmDrop",
        ProtoConfirmDropRequest.with { ($0.requestID, $0.visitID) = (id, visit) }, tries: 2, done)
    case .reopen:
      peer.mutate(
        "KioskService/ReopenCompartment",
        ProtoReopenCompartmentRequest.with { ($0.requestID, $0.visitID) = (id, visit) }, tries: 2, done)
    case .abort:
      peer.mutate(
        "KioskService/AbortVisit",
        ProtoAbortVisitRequest.with { ($0.requestID, $0.visitID) = (id, visit) }, tries: 2, done)
    case .extend:
      peer.mutate(
        "KioskService/ExtendVisit",
        ProtoExtendVisitRequest.with { ($0.requestID, $0.visitID) = (id, visit) }, tries: 2, done)
    }
  }
}
