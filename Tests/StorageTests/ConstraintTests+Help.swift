import Domain
import Services

@testable import Storage

extension ConstraintTests {
  private static let agreement: Attack.SetUp = { tx, world in
    _ = try tx.insert(
      Agreement(
        location: world.location.id, title: "Terms", text: "Text", isMandatory: true, publishedAt: World.now))
  }

  private static let call: Attack.SetUp = { tx, world in _ = try tx.insert(world.helpCall()) }

  /// Versions of agreements, services that were withdrawn, and calls for help.
  static let helpAttacks = [
    Attack(
      testDescription: "C7 an agreement's text stays while it is shown", constraint: "agreement_text_stays",
      sql: "UPDATE agreements SET text = 'other'", setUp: agreement),
    Attack(
      testDescription: "C7 an agreement that is no longer shown does not come back",
      constraint: "agreement_text_stays", sql: "UPDATE agreements SET ended_at_ms = NULL",
      setUp: { tx, world in
        try agreement(tx, world)
        try tx.end(.init(rawValue: 1), at: World.now)
      }),
    Attack(
      testDescription: "C7 one version of an agreement is shown", constraint: "one_current_version",
      sql: """
        INSERT INTO agreements (location_id, title, text, is_mandatory, first_id, version)
        VALUES (1, 'Terms', 'New', 1, 1, 2)
        """, setUp: agreement),
    Attack(
      testDescription: "C7 a version has one text", constraint: "one_agreement_per_version",
      sql: """
        INSERT INTO agreements (location_id, title, text, is_mandatory, first_id, version, ended_at_ms)
        VALUES (1, 'Terms', 'New', 1, 1, 2, 1), (1, 'Terms', 'Newer', 1, 1, 2, 1)
        """, setUp: agreement),
    Attack(
      testDescription: "C7 an agreement is shown somewhere", constraint: "CHECK",
      sql: """
        INSERT INTO agreements (location_id, title, text, is_mandatory, in_check_in, in_kiosk)
        VALUES (1, 'Terms', 'Text', 1, 0, 0)
        """),
    Attack(
      testDescription: "C4 a service that was withdrawn is not offered again",
      constraint: "withdrawn_service_stays", sql: "UPDATE optional_services SET is_withdrawn = 0",
      setUp: { tx, world in
        _ = try tx.insert(OptionalService(location: world.location.id, name: "Wash", isWithdrawn: true))
      }),
    Attack(
      testDescription: "E1 a kiosk has one call for help at a time", constraint: "help_calls.locker_id",
      sql: """
        INSERT INTO help_calls (
          location_id, locker_id, state, screen, called_at_ms, revision, wake_at_ms)
        VALUES (1, 1, 'calling', 'welcome', 1, 2, 1)
        """, setUp: call),
    Attack(
      testDescription: "E2 whoever comes is somebody", constraint: "somebody_comes",
      sql: "UPDATE help_calls SET state = 'coming'", setUp: call),
    Attack(
      testDescription: "E2 a call that is over stays over", constraint: "help_call_over_is_over",
      sql: "UPDATE help_calls SET state = 'calling', ended_at_ms = NULL, wake_at_ms = 1",
      setUp: { tx, world in
        var over = try tx.insert(world.helpCall())
        try over.apply(.visitEnded, at: World.now)
        try tx.update(over)
      }),
    Attack(
      testDescription: "E1 two changes at a location have two revisions", constraint: "help_calls.revision",
      sql: """
        INSERT INTO help_calls (
          location_id, locker_id, state, screen, called_at_ms, ended_at_ms, revision)
        VALUES (1, 1, 'over', 'welcome', 1, 1, 1)
        """, setUp: call),
    Attack(
      testDescription: "E1 hours are a day long at most", constraint: "CHECK",
      sql:
        "INSERT INTO opening_intervals (location_id, weekday, from_minute, until_minute) VALUES (1, 1, 0, 1441)"
    ),
    Attack(
      testDescription: "C1 invitations stop after they began", constraint: "CHECK",
      sql: "UPDATE locations SET send_until_minute = send_from_minute"),
  ]
}
