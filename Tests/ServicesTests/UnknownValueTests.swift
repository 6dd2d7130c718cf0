import API
import Domain
import RPC
import TestSupport
import Testing

/// A5: what a caller sets is taken or refused, never left out in silence; and a refusal names its field.
@Suite(.timeLimit(.minutes(10))) struct UnknownValueTests {
  private let unknown = 99

  @Test func `A5 a role that is none is refused, and changes nothing else either`() async throws {
    let shop = try await Workshop.open()
    let staff = try await shop.hire("somebody", .mechanic, usesKeyLocker: false)
    var request = ProtoUpdateStaffRequest.with {
      $0.requestID = shop.world.requestID
      $0.staffID = staff.staffID
      $0.role = .UNRECOGNIZED(unknown)
      $0.useKeyLocker = true
    }
    let refused = request
    let refusal = try await failure {
      _ = try await shop.world.admin.updateStaff(refused, shop.world.operatorContext)
    }
    #expect(refusal?.code == .invalidArgument && refusal?.violations.map(\.field) == ["role"])
    request.requestID = shop.world.requestID
    request.role = .unspecified
    let updated = try await shop.world.admin.updateStaff(request, shop.world.operatorContext).staff
    #expect(updated.role == .mechanic && updated.useKeyLocker)
  }

  @Test func `L2 a report with an event and an outcome is refused, known or not`() async throws {
    let shop = try await Workshop.open()
    for (event, outcome, field) in [
      (ProtoLockEvent.foundClosed, ProtoCommandOutcome.UNRECOGNIZED(unknown), "event"),
      (.UNRECOGNIZED(unknown), .jammed, "event"), (.foundClosed, .jammed, "event"),
      (.unspecified, .unspecified, "event"), (.UNRECOGNIZED(unknown), .unspecified, "event"),
      (.unspecified, .UNRECOGNIZED(unknown), "outcome"),
    ] {
      let refusal = try await failure {
        try await report(shop, version: "1") {
          $0.event = event
          $0.outcome = outcome
          $0.commandSequence = 1
        }
      }
      #expect(refusal?.violations.map(\.field) == ["reports[0].\(field)"], "\(event), \(outcome)")
    }
    try await report(shop, version: "1") { $0.event = .foundClosed }
  }

  @Test(arguments: [
    String(repeating: "1", count: 41), "1.0\u{1B}[2J", "1\0", "e" + String(repeating: "\u{301}", count: 40),
  ])
  func `L1 a controller's version is short and prints as it is`(version: String) async throws {
    let shop = try await Workshop.open()
    let refusal = try await failure { try await report(shop, version: version) { $0.event = .foundClosed } }
    #expect(refusal?.violations.map(\.field) == ["controller_version"])
    try await report(shop, version: String(repeating: "1", count: 40)) { $0.event = .foundClosed }
  }

  @Test func `A3 a file that is none names its field`() async throws {
    let shop = try await Workshop.open()
    let refusal = try await failure {
      _ = try await shop.world.workOrders.importWorkOrders(
        .with {
          $0.requestID = shop.world.requestID
          $0.locationID = shop.location.locationID
          $0.csv = .init([0xFF, 0xFE])
        }, shop.world.operatorContext)
    }
    #expect(refusal?.reason == "INVALID_CSV" && refusal?.violations.map(\.field) == ["csv"])
  }

  /// Box 1, under the number that is due: the workshop has reported each of its four doors closed.
  private func report(
    _ shop: Workshop, version: String, _ fill: (inout ProtoLockReport) -> Void
  ) async throws {
    var line = ProtoLockReport.with {
      $0.number = 5
      $0.compartment = 1
    }
    fill(&line)
    let lines = [line]
    _ = try await shop.world.lockers.report(
      .with {
        $0.reports = lines
        $0.controllerVersion = version
      }, shop.controller.context)
  }
}
