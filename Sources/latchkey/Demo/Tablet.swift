import API
import Client

extension Demo {
  /// A tablet with a staff member signed in.
  struct Tablet: Sendable {
    let name: String
    let link: ServerLink
    let staffID: Int64

    func requestHandover(
      _ direction: ProtoHandoverDirection, of workOrder: ProtoWorkOrder, at lockerID: Int64
    ) async throws -> ProtoHandover {
      let response: ProtoRequestHandoverResponse = try await link.call(
        "HandoverService/RequestHandover",
        ProtoRequestHandoverRequest.with {
          $0.requestID = newRequestID
          $0.workOrderID = workOrder.workOrderID
          $0.direction = direction
          $0.lockerID = lockerID
        })
      return response.handover
    }

    /// A redemption of its own: with a new request id.
    func redeem(_ token: String, for handover: ProtoHandover) async throws -> ProtoHandover {
      let response: ProtoRedeemHandoverResponse = try await link.call(
        "HandoverService/RedeemHandover",
        ProtoRedeemHandoverRequest.with {
          $0.requestID = newRequestID
          $0.handoverID = handover.handoverID
          $0.token = token
        })
      return response.handover
    }

    /// Waits until a hand-over comes to a state.
    func sees(_ state: ProtoHandoverState, of handover: ProtoHandover) async throws -> ProtoHandover {
      let stream = try link.stream(
        "HandoverService/WatchHandover",
        ProtoWatchHandoverRequest.with { $0.handoverID = handover.handoverID },
        as: ProtoWatchHandoverResponse.self)
      return try await first(
        "hand-over \(state)", in: stream, described: { "\($0.handover.state)" },
        where: { $0.handover.state == state }
      ).handover
    }

    /// D2, P1: what the desk may do.
    func issuePin(_ purpose: ProtoPinPurpose, for workOrder: ProtoWorkOrder) async throws -> String {
      let response: ProtoIssuePinResponse = try await link.call(
        "WorkOrderService/IssuePin",
        ProtoIssuePinRequest.with {
          $0.requestID = newRequestID
          $0.workOrderID = workOrder.workOrderID
          $0.purpose = purpose
        })
      return response.pin
    }
  }
}
