import API
import Domain
import RPC
import Services
import TestSupport
import Testing

/// The whole way of a key, and what must not happen on it.
@Suite struct HandoverJourneyTests {
  @Test func `D7 H3 P1 a key is dropped, collected, put back and returned`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    try await shop.handOver(workOrder)
    #expect(try await shop.key(of: workOrder).holder == .staff)
    try await shop.handOver(workOrder, .putBack)
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    _ = try await shop.enter(
      pin: try await shop.pin(for: workOrder, .pickUp), in: try await shop.start(.pickUp))
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    let timeline = try await shop.timeline(of: workOrder)
    for title in ["car in shop", "key dropped", "key collected", "key put back", "key returned"] {
      #expect(timeline.contains(title))
    }
  }
}
