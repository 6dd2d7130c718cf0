import API
import Client
import Core

extension Demo {
  /// The lower screen: what a customer touches, and what follows from it.
  struct Kiosk: Sendable {
    let link: ServerLink

    func start(_ purpose: ProtoVisitPurpose) async throws -> ProtoKioskView {
      let response: ProtoStartVisitResponse = try await link.call(
        "KioskService/StartVisit",
        ProtoStartVisitRequest.with {
          $0.requestID = newRequestID
          $0.purpose = purpose
        })
      return response.view
    }

    func enter(pin: String, in view: ProtoKioskView) async throws -> ProtoKioskView {
      let response: ProtoEnterPinResponse = try await link.call(
        "KioskService/EnterPin",
        ProtoEnterPinRequest.with {
          $0.requestID = newRequestID
          $0.visitID = view.lower.visitID
          $0.pin = pin
        })
      return response.view
    }

    /// Leaves the contact as it is.
    func confirmContact(in view: ProtoKioskView) async throws -> ProtoKioskView {
      let response: ProtoSaveContactResponse = try await link.call(
        "KioskService/SaveContact",
        ProtoSaveContactRequest.with {
          $0.requestID = newRequestID
          $0.visitID = view.lower.visitID
        })
      return response.view
    }

    /// Agrees with everything on the screen.
    func agree(in view: ProtoKioskView, as name: String) async throws -> ProtoKioskView {
      let response: ProtoValidateAppointmentResponse = try await link.call(
        "KioskService/ValidateAppointment",
        ProtoValidateAppointmentRequest.with {
          $0.requestID = newRequestID
          $0.visitID = view.lower.visitID
          $0.agreedInterventionIds = view.lower.appointment.interventions.map(\.interventionID)
          $0.acceptedAgreementIds = view.lower.appointment.agreements.map(\.agreementID)
          $0.name = name
        })
      return response.view
    }

    func confirmDrop(in view: ProtoKioskView) async throws -> ProtoKioskView {
      let response: ProtoConfirmDropResponse = try await link.call(
        "KioskService/ConfirmDrop",
        ProtoConfirmDropRequest.with {
          $0.requestID = newRequestID
          $0.visitID = view.lower.visitID
        })
      return response.view
    }

    /// Waits until the lower screen shows a step.
    func shows(_ step: ProtoKioskStep) async throws -> ProtoKioskView {
      try await view("the kiosk to show \(step)") { view in
        if view.lower.step == step { return true }
        if view.lower.step == .failed || view.lower.step == .timedOut {
          throw Unexpected("the kiosk to show \(step)", came: describe(view))
        }
        return false
      }
    }

    /// Waits for a view that fits.
    func view(
      _ expected: String, where fits: @escaping @Sendable (ProtoKioskView) throws -> Bool
    ) async throws -> ProtoKioskView {
      let stream = try link.stream(
        "KioskService/WatchKiosk", ProtoWatchKioskRequest(), as: ProtoWatchKioskResponse.self)
      return try await first(
        expected, in: stream, described: { describe($0.view) }, where: { try fits($0.view) }
      ).view
    }

    private func describe(_ view: ProtoKioskView) -> String {
      let reason = view.lower.notice.isEmpty ? view.unavailableReason : view.lower.notice
      return "\(view.lower.step)" + (reason.isEmpty ? "" : " (\(reason))")
    }
  }
}
