import Domain
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

/// Each invariant of S6 is attacked by SQL, past all of the program, and holds.
@Suite struct ConstraintTests {
  /// An attack: what has to be there first, what is tried, and the constraint that has to refuse it.
  struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let constraint: String
    let sql: String
    var setUp: SetUp = { _, _ in }

    typealias SetUp = @Sendable (any Transaction, World) throws -> Void
  }

  @Test(
    arguments: custodyAttacks + commandAttacks + flowAttacks + pinAttacks + logAttacks + rightsAttacks
      + helpAttacks)
  func refuses(_ attack: Attack) async throws {
    let shared = try await Shared.world()
    try await shared.store.decide { tx in try attack.setUp(tx, shared.world) }
    await #expect {
      try await shared.store.decide { tx in
        let transaction = try #require(tx as? SQLTransaction)
        do {
          try transaction.db.execute(sql: attack.sql)
        } catch let error as DatabaseError {
          throw StoreFailure(error)
        }
      }
    } throws: { error in
      guard case StoreFailure.invariantBroken(let message) = error else { return false }
      return message.contains(attack.constraint)
    }
  }

  private static func key(in box: Int, _ world: World) -> Key {
    World.key(of: world.workOrder)
      .with(\.custody, Custody(holder: .compartment(world.boxes[box].id), since: World.now))
  }

  static let custodyAttacks = [
    Attack(
      testDescription: "S6 a compartment holds at most one key", constraint: "keys.compartment_id",
      sql: """
        INSERT INTO keys (location_id, label, holder, compartment_id, since_ms, is_verified_by_sensor)
        SELECT location_id, label, holder, compartment_id, since_ms, 0 FROM keys WHERE holder = 'compartment'
        """,
      setUp: { tx, world in _ = try tx.insert(key(in: 0, world)) }),
    Attack(
      testDescription: "S6 a key is not moved into a compartment that holds one",
      constraint: "keys.compartment_id",
      sql: "UPDATE keys SET holder = 'compartment', compartment_id = 1",
      setUp: { tx, world in _ = try tx.insert(key(in: 0, world)) }),
    Attack(
      testDescription: "S6 a key in a compartment names it", constraint: "compartment_iff_holder",
      sql: "UPDATE keys SET holder = 'compartment'"),
    Attack(
      testDescription: "S6 a key with the customer is in no compartment",
      constraint: "compartment_iff_holder",
      sql: "UPDATE keys SET compartment_id = 1"),
    Attack(
      testDescription: "S6 a key is not with staff and in a compartment", constraint: "staff_iff_holder",
      sql: "UPDATE keys SET holder = 'compartment', compartment_id = 1, staff_id = 1"),
    Attack(
      testDescription: "S6 a key with staff names the person", constraint: "staff_iff_holder",
      sql: "UPDATE keys SET holder = 'staff'"),
    Attack(
      testDescription: "S6 a key is nowhere else than the five places", constraint: "CHECK",
      sql: "UPDATE keys SET holder = 'lost'"),
    Attack(
      testDescription: "D10 a sensor sees only what is in a compartment",
      constraint: "sensor_only_in_compartment", sql: "UPDATE keys SET is_verified_by_sensor = 1"),
    Attack(
      testDescription: "a compartment that a key is in is not deleted", constraint: "FOREIGN KEY",
      sql: "DELETE FROM compartments WHERE id = 1",
      setUp: { tx, world in _ = try tx.insert(key(in: 0, world)) }),
    Attack(
      testDescription: "a compartment is reserved once", constraint: "one_reservation",
      sql: "UPDATE compartments SET visit_id = 1, handover_id = 1"),
  ]

  private static func commandOfVisit(_ tx: any Transaction, _ world: World) throws {
    let visit = try tx.insert(world.visit())
    _ = try tx.insert(world.command(5, cause: .visit(visit.id)))
  }

  private static func commandEnded(_ tx: any Transaction, _ world: World) throws {
    let visit = try tx.insert(world.visit())
    var command = try tx.insert(world.command(5, cause: .visit(visit.id)))
    command.progress = .fired
    command.outcome = .jammed
    command.endedAt = World.now
    command.judgeAt = nil
    try tx.update(command)
  }

  private static let newCommand = """
    INSERT INTO commands (locker_id, sequence, compartment_id, visit_id, handover_id, person, staff_id,
      issued_at_ms, expires_at_ms, progress)
    """

  static let commandAttacks = [
    Attack(
      testDescription: "S6 one door per locker: no second command while one is pending",
      constraint: "commands.locker_id",
      sql: "\(newCommand) VALUES (1, 6, 2, 1, NULL, 'customer', NULL, 0, 1, 0)",
      setUp: commandOfVisit),
    Attack(
      testDescription: "S6 a command has a cause", constraint: "one_cause",
      sql: "\(newCommand) VALUES (1, 6, 2, NULL, NULL, 'customer', NULL, 0, 1, 0)"),
    Attack(
      testDescription: "S6 a command has one cause", constraint: "one_cause",
      sql: "\(newCommand) VALUES (1, 6, 2, 1, 1, 'customer', NULL, 0, 1, 0)",
      setUp: { tx, world in
        _ = try tx.insert(world.visit(.done))
        _ = try tx.insert(world.handover(.expired))
      }),
    Attack(
      testDescription: "S6 a command by staff names one person", constraint: "one_person",
      sql: "\(newCommand) VALUES (1, 6, 2, 1, NULL, 'staff', NULL, 0, 1, 0)",
      setUp: { tx, world in _ = try tx.insert(world.visit()) }),
    Attack(
      testDescription: "S6 a command by a customer names no staff", constraint: "one_person",
      sql: "\(newCommand) VALUES (1, 6, 2, 1, NULL, 'customer', 1, 0, 1, 0)",
      setUp: { tx, world in _ = try tx.insert(world.visit()) }),
    Attack(
      testDescription: "S6 a command opens a compartment of its own locker", constraint: "FOREIGN KEY",
      sql: "\(newCommand) VALUES (2, 6, 1, 1, NULL, 'customer', NULL, 0, 1, 0)",
      setUp: { tx, world in
        _ = try tx.insert(world.visit())
        _ = try tx.insert(
          Locker(
            location: world.location.id, name: "Other", asksPinToDrop: true, hasItemSensors: false,
            timing: LockTiming()))
      }),
    Attack(
      testDescription: "L1 a command number is not given twice", constraint: "command_sequence_rises",
      sql: "\(newCommand) VALUES (1, 5, 2, 1, NULL, 'customer', NULL, 0, 1, 0)", setUp: commandEnded),
    Attack(
      testDescription: "L1 command numbers rise", constraint: "command_sequence_rises",
      sql: "\(newCommand) VALUES (1, 4, 2, 1, NULL, 'customer', NULL, 0, 1, 0)", setUp: commandEnded),
    Attack(
      testDescription: "L1 a command keeps its number", constraint: "command_stays_itself",
      sql: "UPDATE commands SET sequence = 9", setUp: commandOfVisit),
    Attack(
      testDescription: "S6 a command stays with its compartment", constraint: "command_stays_itself",
      sql: "UPDATE commands SET compartment_id = 2", setUp: commandOfVisit),
    Attack(
      testDescription: "L2 a command's progress does not go back", constraint: "command_stays_itself",
      sql: "UPDATE commands SET progress = 1", setUp: commandEnded),
    Attack(
      testDescription: "L2 an outcome is final", constraint: "command_has_one_outcome",
      sql: "UPDATE commands SET outcome = 'opened_and_closed'", setUp: commandEnded),
    Attack(
      testDescription: "L2 an outcome is not taken back", constraint: "command_has_one_outcome",
      sql: "UPDATE commands SET outcome = NULL, ended_at_ms = NULL", setUp: commandEnded),
    Attack(
      testDescription: "L2 an outcome has an end", constraint: "ended_iff_outcome",
      sql: "UPDATE commands SET outcome = 'jammed', wake_at_ms = NULL", setUp: commandOfVisit),
    Attack(
      testDescription: "L2 only what is refused has a reason", constraint: "refusal_iff_refused",
      sql: """
        UPDATE commands SET outcome = 'jammed', refusal = 'busy', ended_at_ms = 1, wake_at_ms = NULL
        """, setUp: commandOfVisit),
    Attack(
      testDescription: "L3 what has ended is not judged again", constraint: "no_judgement_after_end",
      sql: "UPDATE commands SET outcome = 'jammed', ended_at_ms = 1, wake_at_ms = 5", setUp: commandOfVisit),
    Attack(
      testDescription: "L1 a locker's last command number does not go back",
      constraint: "locker_counters_only_rise", sql: "UPDATE lockers SET last_command_sequence = 2",
      setUp: { tx, world in try tx.update(world.locker.with(\.lastCommandSequence, 3)) }),
  ]
}
