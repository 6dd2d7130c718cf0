import Domain
import GRDB
import Services
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A decision costs the same however many rows there are: no statement reads a table from end to end.
@Suite struct QueryPlanTests {
  /// Reads every dealer or location there is: for operators, and there are few. Or one end of a table.
  private static let small = [
    "SELECT \(Location.columns) FROM locations ORDER BY id",
    "SELECT \(Epoch.columns) FROM epochs ORDER BY number DESC LIMIT 1",
    "SELECT created_at_ms FROM outbox ORDER BY id LIMIT 1",
  ]
  /// Run once, before a restored server serves anybody (S8).
  private static let once = [
    "DELETE FROM answers", "DELETE FROM outbox", "DELETE FROM sessions",
    "UPDATE enrollment_codes SET expires_at_ms = ?1 WHERE used_by_device_id IS NULL AND expires_at_ms > ?1",
  ]

  /// How many different statements the ports have. A new one has to be called in `callEverything`.
  private static let statementCount = 160

  /// The statements of the ports, with their plans.
  private func plans() async throws -> [String: [String]] {
    let temporary = try TemporaryStore()
    let seen = Statements()
    try await temporary.store.database.writeWithoutTransaction { db in
      db.trace(options: .statement) { event in
        guard case .statement(let statement) = event else { return }
        seen.add(statement.sql)
      }
    }
    try await temporary.store.decide { try Self.callEverything($0) }
    let statements = seen.all
    return try await temporary.store.database.writeWithoutTransaction { db in
      db.trace(options: [])
      return try Dictionary(uniqueKeysWithValues: statements.map { ($0, try Self.plan(of: $0, db)) })
    }
  }

  @Test func `no statement of the ports reads a whole table`() async throws {
    let plans = try await plans()
    for (sql, plan) in plans
    where !(Self.small + Self.once).contains(sql) && !sql.contains("sqlite_sequence") {
      #expect(!plan.contains { Self.readsAll($0) }, "\(sql)\n\(plan)")
    }
    #expect(plans.count == Self.statementCount)
  }

  /// By every column that it is asked for, so that it finds just what it looks for.
  @Test func `lookups of a decision use the whole of their index`() async throws {
    let lines = Set(try await plans().values.joined())
    for lookup in [
      "pins USING INDEX pins_by_digest (location_id=? AND digest=?)",
      "pins USING INDEX open_pins_by_work_order (work_order_id=? AND purpose=?)",
      "pins USING INDEX open_pins_by_expiry (expires_at_ms<?)",
      "visits USING INDEX one_visit_per_locker (locker_id=?)",
      "commands USING INDEX one_pending_command_per_locker (locker_id=?)",
      "commands USING INDEX sqlite_autoindex_commands_1 (locker_id=? AND sequence=?)",
      "handovers USING INDEX one_handover_per_locker (locker_id=?)",
      "handovers USING INDEX one_handover_per_key (key_id=?)",
      "handovers USING INDEX handovers_queued (locker_id=?)",
      "keys USING INDEX one_key_per_compartment (compartment_id=?)",
      "keys USING INDEX keys_in_custody (location_id=?)",
      "work_orders USING INDEX work_orders_by_plate (location_id=? AND plate=? AND local_date=?)",
      "work_orders USING INDEX sqlite_autoindex_work_orders_1 (location_id=? AND number=?)",
      "work_orders USING INDEX work_orders_by_time "
        + "(location_id=? AND (local_date,local_time,number)>(?,?,?) AND local_date<?)",
      "work_orders USING INDEX work_orders_pinned (location_id=?)",
      "events USING INDEX remarks_by_work_order (work_order_id=?)",
      "acceptances USING PRIMARY KEY (work_order_id=?)",
      "contacts USING INDEX drivers_by_private_mobile (location_id=? AND local_date=? AND private_mobile=?)",
      "contacts USING INDEX drivers_by_business_mobile (location_id=? AND local_date=? AND business_mobile=?)",
      "visits USING INDEX visits_to_wake (wake_at_ms<?)",
      "help_calls USING INDEX help_calls_to_wake (wake_at_ms<?)",
      "help_calls USING INDEX help_calls_to_answer (location_id=?)",
      "help_calls USING INDEX one_help_call_per_locker (locker_id=?)",
      "help_calls USING COVERING INDEX help_calls_by_revision (location_id=?)",
      "agreements USING INDEX current_agreements (location_id=?)",
      "api_keys USING INDEX api_keys_by_dealer (dealer_id=? AND rowid>?)",
      "enrollment_codes USING INDEX unused_enrollment_codes (location_id=? AND expires_at_ms>?)",
      "keys USING INDEX keys_in_custody (location_id=? AND rowid>?)",
      "handovers USING INDEX handovers_to_wake (wake_at_ms<?)",
      "commands USING INDEX commands_to_wake (wake_at_ms<?)",
      "answers USING INDEX sqlite_autoindex_answers_1 (caller=? AND procedure=? AND request_id=?)",
      "events USING INDEX events_by_work_order (work_order_id=?)",
      "events USING PRIMARY KEY (location_id=? AND number>?)",
    ] {
      #expect(lines.contains("SEARCH \(lookup)"))
    }
    #expect(lines.filter { $0.contains("USING COVERING INDEX") && $0.contains("_to_wake") }.count == 4)
  }

  @Test func `a plan that reads a whole table is seen as such`() async throws {
    let temporary = try TemporaryStore()
    try await temporary.store.database.read { db in
      for sql in [
        "SELECT * FROM pins WHERE key_id = 1", "SELECT count(*) FROM work_orders WHERE brand = 'x'",
      ] {
        let plan = try Self.plan(of: sql, db)
        #expect(plan.contains { Self.readsAll($0) }, "\(plan)")
      }
    }
  }

  /// The lookups inside triggers, which plans do not show.
  @Test(arguments: [
    "SELECT max(sequence) FROM commands WHERE locker_id = 1",
    "SELECT max(number) FROM events WHERE location_id = 1",
  ]) func `a trigger finds the newest number through an index`(sql: String) async throws {
    #expect(Migration.all.contains { $0.sql.contains(sql.dropLast(3)) })
    let temporary = try TemporaryStore()
    let plan = try await temporary.store.database.read { db in try Self.plan(of: sql, db) }
    #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH"), "\(plan)")
  }

  private static func plan(of sql: String, _ db: Database) throws -> [String] {
    let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
    // A plan does not depend on the arguments.
    statement.setUncheckedArguments([])
    return try Row.fetchAll(statement).map { $0["detail"] }
  }

  /// SCAN of a table or index; a subquery or a list of constants may be read from end to end.
  private static func readsAll(_ line: String) -> Bool {
    line.contains("SCAN ") && !line.contains("CONSTANT ROW") && !line.contains("SCAN (subquery")
  }

  private final class Statements: Sendable {
    private let content = Mutex<Set<String>>([])

    var all: Set<String> { content.withLock { $0 } }

    func add(_ sql: String) {
      guard ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(where: sql.hasPrefix) else { return }
      content.withLock { _ = $0.insert(sql) }
    }
  }

  /// Calls each method of the ports.
  private static func callEverything(_ tx: any Transaction) throws {
    let world = try World(in: tx)
    try Flow(tx: tx, world: world).run()
    try callReads(tx, world)
    try tx.update(world.location)
    try tx.update(world.locker.with(\.lastCommandSequence, 99).with(\.revision, 99))
    try tx.raiseRevision(of: world.locker.id)
    try callSettings(tx, world)
    try tx.accept(.init(rawValue: 1), for: world.workOrder.id, visit: .init(rawValue: 1), at: World.now)
    try tx.update(world.workOrder)
    try tx.replaceContacts(of: world.workOrder.id, with: [Contact(role: .driver), Contact(role: .owner)])
    for name in ["old", "new"] {
      try tx.replaceInterventions(of: world.workOrder.id, with: [Intervention(name: name)])
    }
    try tx.update(try #require(try tx.interventions(of: world.workOrder.id).first))
    try tx.update(world.staff)
    try tx.update(world.tablet)
    let code = try tx.insert(
      EnrollmentCode(
        digest: [1], kind: .tablet, name: "T", location: world.location.id, locker: nil, expiresAt: World.now)
    )
    try tx.update(code)
    let reach = APIKey.Reach(locations: [world.location.id], mayWrite: true, services: [])
    try tx.update(try tx.insert(APIKey(dealer: world.dealer.id, name: "K", digest: [2], reach: reach)))
    _ = try tx.apiKeys(of: world.dealer.id, after: .unassigned, limit: 5)
    _ = try tx.unrevokedAPIKeys(of: world.dealer.id)
    _ = try tx.enabledStaff(of: world.dealer.id)
    _ = try tx.unrevokedDevices(at: world.location.id)
    _ = try tx.openEnrollmentCodes(at: world.location.id, now: World.now)
    let session = try tx.insert(
      Session(
        staff: world.staff.id, digest: Array(repeating: 3, count: 32), isCookie: true, openedAt: World.now))
    try tx.update(session)
    _ = (
      try tx.session(session.id), try tx.session(digest: session.digest), try tx.sessions(of: world.staff.id)
    )
    try tx.delete(session.id)
    try tx.update(world.staff.with(\.locations, [world.location.id]))
    try tx.save(Guessing(wrongInARow: 1), for: .address("a"))
    try tx.save(Guessing(), for: .address("a"))
    try tx.insert(
      StoredAnswer(
        caller: "c", procedure: "p", requestID: "r", requestDigest: [1], outcome: .secretGiven,
        answeredAt: World.now))
    _ = try tx.purge(at: World.now, limit: 10)
    _ = try tx.insert(
      OutboxMessage(
        location: world.location.id, workOrder: world.workOrder.id, kind: "K", sealedBody: [1],
        createdAt: World.now, expiresAt: World.now))
    let head = try tx.head(of: world.location.id)
    try tx.insert(
      SignedHead(
        location: world.location.id, number: head.number, hash: head.hash, token: "t", signedAt: World.now))
    try tx.begin(Epoch(after: try tx.latestEpoch(), at: World.now, .restored, given: 0))
    try tx.forgetEpoch(at: World.now)
  }

  private static func callSettings(_ tx: any Transaction, _ world: World) throws {
    let here = world.location.id
    let agreement = try tx.insert(
      Agreement(location: here, title: "T", text: "T", isMandatory: false, publishedAt: World.now))
    try tx.end(agreement.id, at: World.now)
    try tx.update(try tx.insert(OptionalService(location: here, name: "S")))
    try tx.update(world.dealer)
    let interval = OpeningHours.Interval(from: 480, until: 1020)!
    try tx.replaceOpeningHours(
      of: here, with: OpeningHours(week: [1: [interval]], exceptions: [World.date: []]))
    let call = try tx.insert(world.helpCall())
    try tx.update(call)
    try tx.ignore(call.id, by: world.staff.id)
  }

  private static func callPages(_ tx: any Transaction, _ world: World) throws {
    let here = world.location.id
    _ = (try tx.dealers(after: .unassigned, limit: 5), try tx.locations(after: .unassigned, limit: 5))
    _ = try tx.lockers(at: here, after: .unassigned, limit: 5)
    _ = try tx.devices(at: here, after: .unassigned, limit: 5)
    _ = try tx.staff(of: world.dealer.id, after: .unassigned, limit: 5)
    _ = try tx.keysInCustody(at: here, after: .unassigned, limit: 5)
    _ = try tx.agreement(.init(rawValue: 1))
    _ = try tx.agreements(at: here, includingEnded: false, after: .unassigned, limit: 5)
    _ = try tx.optionalService(.init(rawValue: 1))
    _ = try tx.optionalServices(at: here, includingWithdrawn: false, after: .unassigned, limit: 5)
  }

  private static func callReads(_ tx: any Transaction, _ world: World) throws {
    let (here, locker, box, order) = (
      world.location.id, world.locker.id, world.boxes[0].id, world.workOrder.id
    )
    _ = (try tx.dealer(world.dealer.id), try tx.dealer(named: "D"), try tx.location(here))
    _ = (try tx.locations(of: world.dealer.id), try tx.locations(of: nil), try tx.locker(locker))
    _ = (try tx.lockers(at: here), try tx.compartment(box), try tx.compartment(1, of: locker))
    _ = (try tx.compartments(of: locker), try tx.agreements(at: here, shownIn: .kiosk))
    try callPages(tx, world)
    _ = (try tx.openingHours(of: here), try tx.helpCall(.init(rawValue: 1)), try tx.openHelpCall(at: locker))
    _ = (try tx.helpCalls(at: here, for: world.staff.id), try tx.helpRevision(at: here))
    _ = try tx.dueHelpCalls(at: World.now)
    _ = (try tx.workOrder(order), try tx.workOrder("WO-1", at: here))
    _ = try tx.workOrders(at: here, on: World.date, plate: world.workOrder.plate)
    _ = try tx.workOrders(at: here, on: World.date, driverMobile: Phone(stored: "+31611111111")!)
    _ = try tx.workOrders(at: here, from: World.date, through: World.date, after: nil, limit: 10)
    _ = (try tx.workOrdersOnTop(at: here), try tx.acceptances(of: order))
    _ = (try tx.contacts(of: order), try tx.interventions(of: order), try tx.remarks(on: order))
    _ = (try tx.key(world.key.id), try tx.keys(of: order), try tx.key(in: box), try tx.occupied(in: locker))
    _ = (try tx.keysInCustody(at: here), try tx.visit(.init(rawValue: 1)), try tx.activeVisit(at: locker))
    _ = try tx.activeVisit(of: .init(rawValue: 1), at: here)
    _ = (
      try tx.latestVisit(at: locker), try tx.handover(.init(rawValue: 1)), try tx.activeHandover(at: locker)
    )
    _ = (try tx.nextQueuedHandover(at: locker), try tx.activeHandover(of: world.key.id))
    _ = (try tx.pendingCommand(at: locker), try tx.command(1, at: locker), try tx.latestCommand(of: box))
    _ = (try tx.pendingCommands(at: locker, after: 0), try tx.dueVisits(at: World.now))
    _ = (try tx.dueHandovers(at: World.now), try tx.dueCommands(at: World.now), try tx.nextWakeUp())
    _ = (try tx.device(world.tablet.id), try tx.device(keyID: "k"), try tx.devices(at: here))
    _ = (try tx.enrollmentCode(digest: [1]), try tx.staff(world.staff.id), try tx.staff(of: world.dealer.id))
    _ = (
      try tx.staff(named: "n", of: world.dealer.id), try tx.apiKey(.init(rawValue: 1)),
      try tx.apiKey(digest: [1])
    )
    _ = (try tx.pin(.init(rawValue: 1)), try tx.pins(digest: [1], at: here))
    _ = (try tx.openPins(for: order, purpose: .pickUp), try tx.overduePins(at: World.now, limit: 5))
    _ = (try tx.guessing(.kiosk(locker)), try tx.answer(to: "r", of: "p", from: "c"))
    _ = (try tx.events(at: here, after: 0, limit: 5), try tx.timeline(of: order), try tx.head(of: here))
    _ = (try tx.outbox(at: here), try tx.oldestMessage())
  }
}
