import API
import RPC

/// The person who comes when a journey did not go through: looks, closes doors, puts the books right.
extension Cabinet {
  private static let glance: Duration = .milliseconds(100)
  private static let mostGlances = 1500
  /// An open door is closed after this many looks: the controller has seen it by then.
  private static let looksAtOpenDoor = 8

  /// Brings the locker to rest: nobody there, every door closed and in service, every box empty.
  ///
  /// - Parameter workOrder: whose key goes back to its customer.
  func tidy(_ workOrder: ProtoWorkOrder?) async throws {
    var looks: [Int32: Int] = [:]
    var last = ""
    for _ in 0..<Self.mostGlances {
      do {
        last = try await look(workOrder, &looks)
        if last.isEmpty { return }
      } catch let failure as Failure {
        // Something is still under way.
        last = "\(failure)"
      }
      try await Task.sleep(for: Self.glance)
    }
    let said = "\(last); its controller: \(machine.log.suffix(1500))"
    ledger.fault("locker \(locker) does not come to rest: \(said)")
    throw Trouble("locker \(locker) does not come to rest: \(said)")
  }

  /// Does the next thing that has to be done, and says which; empty when there is none.
  private func look(_ workOrder: ProtoWorkOrder?, _ looks: inout [Int32: Int]) async throws -> String {
    let doors = try await machine.doors()
    for (box, door) in doors {
      looks[box] = door.isOpen ? looks[box, default: 0] + 1 : 0
      if looks[box, default: 0] >= Self.looksAtOpenDoor { try await takeKey(from: box) }
    }
    let lower = try await view("anything") { _ in true }.lower
    if !Self.isFree(lower.step) {
      if lower.visitID != 0 { try await abort(lower.visitID) }
      return "the screen shows \(lower.step)"
    }
    if let workOrder {
      let key = try await desk.workOrder(workOrder.workOrderID).keys[0]
      if key.holder != .customer {
        try await desk.giveToCustomer(key.keyID)
        return "key \(key.keyID) is elsewhere"
      }
    }
    let now = try await desk.locker(locker, at: location)
    guard now.connected else { return "no controller is connected" }
    for box in now.compartments {
      if box.keyID != 0 { try await desk.giveToCustomer(box.keyID) }
      if !box.inService { try await desk.restore(box: box.number, of: locker) }
      if doors[box.number]?.hasKey == true { try await takeKey(from: box.number) }
      let isAtRest =
        box.keyID == 0 && box.inService && box.door == .closed && !box.reserved && box.item == .absent
      if !isAtRest { return "box \(box)" }
    }
    return ""
  }

  private func abort(_ visit: Int64) async throws {
    let _: ProtoAbortVisitResponse = try await screen.ask(
      "KioskService/AbortVisit",
      ProtoAbortVisitRequest.with {
        $0.requestID = newID()
        $0.visitID = visit
      })
  }
}
