import API
import RPC

/// A mechanic with a tablet.
extension Cabinet {
  private static let pause: Duration = .milliseconds(100)

  /// H1–H5. Returns when the server has said that custody has moved.
  func handOver(_ direction: ProtoHandoverDirection, _ workOrder: ProtoWorkOrder) async throws {
    for _ in 0..<Self.tries {
      let handover = try await request(direction, workOrder)
      let end: ProtoHandover
      do {
        end = try await walk(handover)
      } catch {
        // Whatever went wrong: nobody waits for it any more.
        let _: ProtoCancelHandoverResponse? = try? await tablet.ask(
          "HandoverService/CancelHandover",
          ProtoCancelHandoverRequest.with { $0.handoverID = handover.handoverID })
        throw error
      }
      switch end.state {
      case .completed:
        return ledger.moved(
          direction == .takeOut
            ? .collected(handover: handover.handoverID) : .putBack(handover: handover.handoverID))
      case .keyNotMoved, .expired: continue
      case .queued, .shown, .opening, .open, .cancelled, .jammed, .failed, .unknown, .unspecified,
        .UNRECOGNIZED:
        throw Trouble("hand-over \(handover.handoverID) ends \(end.state)")
      }
    }
    throw Trouble("work order \(workOrder.workOrderID): no hand-over goes through")
  }

  func request(
    _ direction: ProtoHandoverDirection, _ workOrder: ProtoWorkOrder
  ) async throws -> ProtoHandover {
    let made: ProtoRequestHandoverResponse = try await tablet.mutate(
      "HandoverService/RequestHandover",
      ProtoRequestHandoverRequest.with {
        $0.requestID = newID()
        $0.workOrderID = workOrder.workOrderID
        $0.direction = direction
        $0.lockerID = locker
      })
    return made.handover
  }

  /// From the QR to the closed door.
  private func walk(_ handover: ProtoHandover) async throws -> ProtoHandover {
    _ = try await state(of: handover, "shown") { $0 != .queued }
    let shown = try await view("a QR") { !$0.upper.handoverToken.isEmpty || $0.upper.tabletName.isEmpty }
    if !shown.upper.handoverToken.isEmpty { try await redeem(shown.upper.handoverToken, handover) }
    let opened = try await state(of: handover, "open") { $0 != .shown && $0 != .opening }
    guard opened.state == .open else { return opened }
    switch handover.direction {
    case .takeOut: try await takeKey(from: opened.compartment)
    case .putBack: try await layKey(into: opened.compartment)
    case .unspecified, .UNRECOGNIZED: throw Trouble("a hand-over without direction")
    }
    return try await state(of: handover, "over") { $0 != .open }
  }

  private func redeem(_ token: String, _ handover: ProtoHandover) async throws {
    for _ in 0..<Self.tries {
      do {
        let _: ProtoRedeemHandoverResponse = try await tablet.mutate(
          "HandoverService/RedeemHandover",
          ProtoRedeemHandoverRequest.with {
            $0.requestID = newID()
            $0.handoverID = handover.handoverID
            $0.token = token
          })
        return
      } catch let failure as Failure where ["LOCKER_BUSY", "LOCKER_OFFLINE"].contains(failure.reason) {
        // The QR stays good.
        try await Task.sleep(for: Self.pause)
      }
    }
    throw Trouble("hand-over \(handover.handoverID): the locker stays busy")
  }

  private func state(
    of handover: ProtoHandover, _ what: String, where fits: @escaping @Sendable (ProtoHandoverState) -> Bool
  ) async throws -> ProtoHandover {
    do {
      return try await within(Self.patience) { [tablet] in
        let found: ProtoWatchHandoverResponse = try await tablet.first(
          "HandoverService/WatchHandover",
          ProtoWatchHandoverRequest.with { $0.handoverID = handover.handoverID }
        ) { fits($0.handover.state) }
        return found.handover
      }
    } catch let failure as Failure where failure.reason == .deadlineExceeded {
      throw Trouble("hand-over \(handover.handoverID) is not \(what)")
    }
  }
}
