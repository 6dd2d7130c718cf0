/// One step of the schema. Once released it is never edited: a later change is a later migration.
struct Migration: Sendable {
  /// 1, 2, 3 …: what `PRAGMA user_version` says after it.
  let version: Int
  let name: String
  let sql: String

  /// All of them, oldest first.
  static let all: [Migration] = [
    places, people, appointments, custody, pins, log, callers, epochs, help, pinned, limits,
  ]

  /// The version that this program reads and writes.
  static let newest = all.count

  /// `PRAGMA application_id`: "LKEY" in ASCII, so that no other program's database is taken for ours.
  static let applicationID: Int64 = 0x4C4B_4559
}
