import API
import Domain
import Foundation
import GRDB
import TestSupport

@testable import Storage

/// A workshop in which everything that can be under way is, as a backup may find it.
struct RestoredShop {
  let workshop: Workshop
  /// The one that a customer is picking up.
  let movingKey: Int64
  /// Keys that are not with their customers, when the new epoch has begun.
  let keysInCustody = 3
  private let path: String

  var world: TestSupport.World { workshop.world }

  static func open() async throws -> RestoredShop {
    let path = try TemporaryStore.directory("epoch") + "/latchkey.db"
    let shop = try await Workshop.open(boxes: 4, place: .file(path: path))
    // Two keys in the locker, one of them put back: its pick-up PIN waits for delivery.
    let first = try await shop.book("1", plate: "AA-111-A")
    try await shop.drop(first)
    try await shop.handOver(first)
    try await shop.handOver(first, .putBack)
    let second = try await shop.book("2", plate: "BB-222-B")
    try await shop.drop(second)
    _ = try await shop.pin(for: second, .pickUp)
    // At another locker a door is being opened to a customer.
    let busy = try await shop.addLocker("Back door")
    let third = try await busy.book("3", plate: "CC-333-C")
    try await busy.drop(third)
    _ = try await busy.enter(pin: try await busy.pin(for: third, .pickUp), in: try await busy.start(.pickUp))
    try await busy.lock.fire()
    // Here a customer has identified, and two tablets wait for their turn.
    let fourth = try await shop.book("4", plate: "DD-444-D")
    _ = try await shop.enter(pin: try await shop.pin(for: fourth), in: try await shop.start())
    _ = try await shop.request(first)
    let other = try await shop.tablet(of: "second")
    _ = try await shop.request(second, on: other)
    try await shop.callForHelp()
    // A mechanic in a session.
    _ = try await shop.world.auth.startSession(
      .with {
        $0.userName = "mechanic"
        $0.password = Workshop.password
      }, TestSupport.World.context(shop.world.stranger()))
    // A live PIN, a code that nobody has used, and a signed head.
    _ = try await shop.pin(for: try await shop.book("5", plate: "EE-555-E"))
    _ = try await shop.world.admin.createEnrollmentCode(
      .with {
        $0.requestID = shop.world.requestID
        $0.kind = .tablet
        $0.name = "Spare"
        $0.locationID = shop.location.locationID
      }, shop.world.operatorContext)
    try await shop.world.timers.signHeads()
    shop.world.clock.advance(.seconds(5))
    return RestoredShop(workshop: shop, movingKey: try await busy.key(of: third).keyID, path: path)
  }

  /// All rows of all tables.
  func contents() async throws -> [String: [String]] {
    try await world.store.database.read { db in
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      return try Dictionary(
        uniqueKeysWithValues: tables.map { table in
          (table, try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map(\.debugDescription))
        })
    }
  }

  func findings() async throws -> [Verification.Finding] {
    try Verification.run(path: path, hash: .blake2b) { _ in true }
  }
}
