extension Migration {
  /// Epochs (S8): one for each time that a backup was restored.
  static let epochs = Migration(
    version: 8, name: "epochs",
    sql: """
      CREATE TABLE epochs (
        number INTEGER PRIMARY KEY CHECK (number >= 2),
        started_at_ms INTEGER NOT NULL,
        reason TEXT NOT NULL CHECK (reason IN ('restored')),
        last_command_sequence INTEGER NOT NULL CHECK (last_command_sequence >= 0)
      ) STRICT;

      CREATE TRIGGER epochs_stay_update
      BEFORE UPDATE ON epochs
      BEGIN
        SELECT RAISE(ABORT, 'epochs_stay');
      END;
      CREATE TRIGGER epochs_stay_delete
      BEFORE DELETE ON epochs
      BEGIN
        SELECT RAISE(ABORT, 'epochs_stay');
      END;
      """)
}
