import API
import Foundation
import Synchronization

/// The dealer's own program: books appointments, many at once.
struct Office: Sendable {
  /// Bookings that go out together, so that commits are shared.
  private static let burst = 6
  private static let pause: Duration = .milliseconds(60)

  let caller: Caller
  let location: Int64

  init(_ caller: Caller, location: Int64) {
    self.caller = caller
    self.location = location
  }

  /// An appointment of today, whose key is with the customer.
  func book() async throws -> ProtoWorkOrder {
    let number = String(lastNumber.wrappingAdd(1, ordering: .relaxed).newValue)
    let made: ProtoUpsertWorkOrderResponse = try await caller.mutate(
      "WorkOrderService/UpsertWorkOrder",
      ProtoUpsertWorkOrderRequest.with {
        $0.requestID = newID()
        $0.workOrder = Self.appointment(number, at: location)
      })
    return made.workOrder
  }

  /// Books one burst after another.
  func bookAway(_ life: Life) async throws {
    while !life.isOver {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<Self.burst { group.addTask { _ = try await book() } }
        try await group.waitForAll()
      }
      try await Task.sleep(for: Self.pause)
    }
  }

  private static func appointment(_ number: String, at location: Int64) -> ProtoWorkOrder {
    .with {
      $0.locationID = location
      $0.number = number
      $0.localTime = "\(today)T23:59"
      $0.vehicle.plate = "C\(number)"
      $0.vehicle.brand = "Brand"
      $0.vehicle.model = "Model"
      $0.contacts = [
        .with {
          $0.role = .driver
          $0.name = "Driver"
          $0.privateEmail = "driver@example.org"
          $0.privateMobile = "0612345678"
          $0.language = "nl"
        }
      ]
    }
  }

  /// The date at the location now.
  private static var today: String {
    Date.now.formatted(
      Date.ISO8601FormatStyle(timeZone: TimeZone(identifier: "Europe/Amsterdam") ?? .gmt).year().month().day()
    )
  }
}

/// Rises within one run of the tests: numbers and plates are each used once.
private let lastNumber = Atomic<UInt64>(0)
