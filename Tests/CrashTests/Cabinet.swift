import API
import RPC

@testable import latchkey

/// One locker, with the people who come to it one after another: a customer drops a key off, a mechanic takes it
/// out, lays it back, and the customer collects it. They do what the screens say, and nothing else.
struct Cabinet: Sendable {
  /// A step that did not go on; a person looks after it.
  struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  /// How long people look at a screen that does not change.
  static let patience: Duration = .seconds(45)
  /// How often somebody tries again what the screen says did not work.
  static let tries = 4

  let location: Int64
  let locker: Int64
  let machine: LockerMachine
  let screen: Caller
  let tablet: Caller
  let office: Office
  let desk: Desk
  let ledger: Ledger

  /// Refused only when what was acknowledged before is gone.
  private static let impossible: Set<Failure.Reason> = [
    "WRONG_PIN", "NO_MATCH", "NOT_FOUND", "INVALID_FIELD", "REQUEST_ID_REUSED", "NOT_SIGNED_IN",
    "CALLER_NOT_ADMITTED", "CREDENTIAL_REFUSED", "DEVICE_REVOKED", "INTERNAL_ERROR", "QR_NOT_VALID",
    "QR_OTHER_TABLET", "UNSPECIFIED", "MALFORMED_REQUEST", "MALFORMED_RESPONSE",
  ]
  /// The same, unless the key was lost sight of meanwhile.
  private static let aboutCustody: Set<Failure.Reason> = [
    "NO_KEY_IN_LOCKER", "NO_KEY_WITH_STAFF", "KEY_ELSEWHERE", "KEY_ALREADY_DROPPED",
  ]

  /// One journey after another. Ends with the locker at rest, its keys with their customers.
  func receiveCustomers(_ life: Life) async throws {
    try await tidy(nil)
    while !life.isOver {
      let workOrder = try await office.book()
      do {
        try await dropOff(workOrder)
        try await handOver(.takeOut, workOrder)
        try await handOver(.putBack, workOrder)
        try await pickUp(workOrder)
      } catch let failure as Failure {
        try await judge(failure, workOrder)
      } catch is Trouble {
        // Tidied up below.
      }
      try await tidy(workOrder)
    }
  }

  private func judge(_ failure: Failure, _ workOrder: ProtoWorkOrder) async throws {
    if Self.impossible.contains(failure.reason) {
      ledger.fault("locker \(locker), work order \(workOrder.workOrderID): \(failure)")
    }
    guard Self.aboutCustody.contains(failure.reason) else { return }
    let kinds = Set(try await desk.timeline(of: workOrder.workOrderID).map(\.kind))
    if !kinds.contains("CUSTODY_UNCERTAIN") {
      ledger.fault("work order \(workOrder.workOrderID), never out of sight: \(failure)")
    }
  }

  // MARK: What people see and do

  func view(
    _ what: String, where fits: @escaping @Sendable (ProtoKioskView) -> Bool
  ) async throws -> ProtoKioskView {
    do {
      return try await within(Self.patience) { [screen] in
        let found: ProtoWatchKioskResponse = try await screen.first(
          "KioskService/WatchKiosk", ProtoWatchKioskRequest()
        ) { fits($0.view) }
        return found.view
      }
    } catch let failure as Failure where failure.reason == .deadlineExceeded {
      throw Trouble("locker \(locker): the screen does not show \(what)")
    }
  }

  func layKey(into box: Int32) async throws { try await machine.board.layKey(into: box) }
  func takeKey(from box: Int32) async throws { try await machine.board.takeKey(from: box) }
}
