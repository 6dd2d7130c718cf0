import API
import RPC
import SwiftProtobuf

/// Requests that are right in every field and come in the wrong state: of a visit, of a key, of a hand-over.
final class StateAttack {
  private(set) var cases = 0
  private(set) var refused = 0
  private(set) var faults: [String] = []
  private let place: Place

  init(_ place: Place) { self.place = place }

  func run() throws {
    try visits()
    try keys()
    try handovers()
  }

  // MARK: Visits

  private func visits() throws {
    for state in KioskState.allCases {
      for (name, request) in Self.touches {
        let visit = try place.prepare(state)
        try send("KioskService/\(name)", request(visit), "visit \(state)", place.screen)
      }
    }
  }

  private static let touches: [(String, @Sendable (PreparedVisit) -> any SwiftProtobuf.Message)] = [
    ("StartVisit", { _ in ProtoStartVisitRequest.with { ($0.requestID, $0.purpose) = (newID(), .dropOff) } }),
    (
      "EnterNumber",
      { visit in
        ProtoEnterNumberRequest.with {
          ($0.requestID, $0.visitID, $0.number) = (newID(), visit.id, "H\(visit.workOrder.number)")
        }
      }
    ),
    (
      "ChooseAppointment",
      { visit in
        ProtoChooseAppointmentRequest.with {
          ($0.requestID, $0.visitID, $0.workOrderID) = (newID(), visit.id, visit.workOrder.workOrderID)
        }
      }
    ),
    (
      "SaveContact",
      { visit in ProtoSaveContactRequest.with { ($0.requestID, $0.visitID) = (newID(), visit.id) } }
    ),
    (
      "ValidateAppointment",
      { visit in
        ProtoValidateAppointmentRequest.with {
          ($0.requestID, $0.visitID, $0.name) = (newID(), visit.id, "Driver")
        }
      }
    ),
    (
      "ConfirmDrop",
      { visit in ProtoConfirmDropRequest.with { ($0.requestID, $0.visitID) = (newID(), visit.id) } }
    ),
    (
      "ReopenCompartment",
      { visit in ProtoReopenCompartmentRequest.with { ($0.requestID, $0.visitID) = (newID(), visit.id) } }
    ),
    (
      "AbortVisit",
      { visit in ProtoAbortVisitRequest.with { ($0.requestID, $0.visitID) = (newID(), visit.id) } }
    ),
    (
      "ExtendVisit",
      { visit in ProtoExtendVisitRequest.with { ($0.requestID, $0.visitID) = (newID(), visit.id) } }
    ),
  ]

  // MARK: Keys

  private enum KeyState: CaseIterable {
    case withCustomer, inLocker, withStaff, atDesk, uncertain, cancelled
  }

  private func keys() throws {
    try place.endVisit()
    for state in KeyState.allCases {
      for (method, request) in requests() {
        place.endHandover()
        let workOrder = try prepare(state)
        try send(method, request(workOrder), "key \(state)", place.tablet)
      }
    }
  }

  private func prepare(_ state: KeyState) throws -> ProtoWorkOrder {
    let workOrder = try state == .inLocker ? place.bookInLocker() : place.book()
    let key = workOrder.keys[0].keyID
    switch state {
    case .withCustomer, .inLocker: break
    case .withStaff: try place.correct(key, to: .staff)
    case .atDesk: try place.correct(key, to: .desk)
    case .uncertain: try place.correct(key, to: .uncertain)
    case .cancelled:
      let _: ProtoCancelWorkOrderResponse = try place.op.call(
        "WorkOrderService/CancelWorkOrder",
        ProtoCancelWorkOrderRequest.with {
          ($0.requestID, $0.workOrderID, $0.reason) = (newID(), workOrder.workOrderID, .noShow)
        })
    }
    return workOrder
  }

  private typealias Request = (ProtoWorkOrder) -> any SwiftProtobuf.Message

  private func requests() -> [(String, Request)] {
    let pins: [(String, Request)] = [ProtoPinPurpose.dropOff, .pickUp].map { purpose in
      (
        "WorkOrderService/IssuePin",
        { workOrder in
          ProtoIssuePinRequest.with {
            ($0.requestID, $0.workOrderID, $0.purpose) = (newID(), workOrder.workOrderID, purpose)
          }
        }
      )
    }
    let handovers: [(String, Request)] = [ProtoHandoverDirection.takeOut, .putBack].map { direction in
      (
        "HandoverService/RequestHandover",
        { [locker = place.locker] workOrder in
          ProtoRequestHandoverRequest.with {
            ($0.requestID, $0.workOrderID) = (newID(), workOrder.workOrderID)
            ($0.direction, $0.lockerID) = (direction, locker)
          }
        }
      )
    }
    return pins + handovers + [
      (
        "WorkOrderService/UpsertWorkOrder",
        { [location = place.location] workOrder in
          ProtoUpsertWorkOrderRequest.with {
            $0.requestID = newID()
            $0.workOrder = Place.appointment(workOrder.number, plate: "X\(workOrder.number)", at: location)
          }
        }
      ),
      (
        "WorkOrderService/CancelWorkOrder",
        { workOrder in
          ProtoCancelWorkOrderRequest.with {
            ($0.requestID, $0.workOrderID, $0.reason) = (newID(), workOrder.workOrderID, .dealer)
          }
        }
      ),
      (
        "WorkOrderService/RestoreWorkOrder",
        { workOrder in
          ProtoRestoreWorkOrderRequest.with {
            ($0.requestID, $0.workOrderID) = (newID(), workOrder.workOrderID)
          }
        }
      ),
    ]
  }

  // MARK: Hand-overs

  private enum HandoverState: CaseIterable {
    case shown, redeemed, cancelled
  }

  private func handovers() throws {
    for state in HandoverState.allCases {
      for method in ["RedeemHandover", "CancelHandover", "RequestHandover"] {
        let handover = try place.requestHandover()
        let token = try place.view().upper.handoverToken
        switch state {
        case .shown: break
        case .redeemed: try place.redeem(handover.handoverID, token)
        case .cancelled: place.endHandover()
        }
        let request: any SwiftProtobuf.Message =
          switch method {
          case "RedeemHandover":
            ProtoRedeemHandoverRequest.with {
              ($0.requestID, $0.handoverID, $0.token) = (newID(), handover.handoverID, token)
            }
          case "CancelHandover": ProtoCancelHandoverRequest.with { $0.handoverID = handover.handoverID }
          default:
            ProtoRequestHandoverRequest.with {
              ($0.requestID, $0.workOrderID, $0.direction) = (newID(), handover.workOrderID, .takeOut)
            }
          }
        try send("HandoverService/\(method)", request, "hand-over \(state)", place.tablet)
      }
    }
    place.endHandover()
  }

  // MARK: Sending

  private func send(
    _ method: String, _ request: any SwiftProtobuf.Message, _ state: String, _ connection: RawConnection
  ) throws {
    cases += 1
    switch connection.call(MethodName(method), try request.serializedBytes()) {
    case .response, .stream: break
    case .failure(let failure):
      refused += 1
      if let fault = Verdict.unclear(failure) {
        faults.append("\(method), \(state): \(fault): \(failure)")
      } else if failure.code == .invalidArgument {
        faults.append("\(method), \(state): the request is right, and is called invalid: \(failure)")
      }
    case .lost: faults.append("\(method), \(state): the connection was lost")
    case .hung: faults.append("\(method), \(state): no answer")
    }
  }
}
