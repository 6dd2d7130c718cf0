extension Migration {
  /// Events, the texts that they commit to, signed heads, answers to repeats, and the outbox.
  static let log = Migration(
    version: 6, name: "log",
    sql: """
      -- Only the location is a foreign key: the log outlives the rows whose ids it holds.
      CREATE TABLE events (
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        number INTEGER NOT NULL CHECK (number >= 1),
        time_ms INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind <> '' AND kind NOT GLOB '*[^A-Z_]*'),
        work_order_id INTEGER,
        key_id INTEGER,
        locker_id INTEGER,
        compartment INTEGER,
        visit_id INTEGER,
        handover_id INTEGER,
        command_sequence INTEGER,
        staff_id INTEGER,
        device_id INTEGER,
        reason TEXT NOT NULL CHECK (reason NOT GLOB '*[^A-Z0-9_]*'),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        commitment BLOB NOT NULL CHECK (length(commitment) IN (0, 32)),
        PRIMARY KEY (location_id, number)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX events_by_work_order ON events (work_order_id, number) WHERE work_order_id IS NOT NULL;

      -- S6: no QR and no PIN moves custody twice. A visit, and a hand-over, moves a key once.
      CREATE UNIQUE INDEX one_move_per_visit ON events (visit_id)
        WHERE visit_id IS NOT NULL AND kind IN ('KEY_DROPPED', 'KEY_RETURNED', 'CUSTODY_UNCERTAIN');
      CREATE UNIQUE INDEX one_move_per_handover ON events (handover_id)
        WHERE handover_id IS NOT NULL AND kind IN ('KEY_COLLECTED', 'KEY_PUT_BACK', 'CUSTODY_UNCERTAIN');

      CREATE TRIGGER events_are_numbered
      BEFORE INSERT ON events
      WHEN NEW.number
        <> 1 + coalesce((SELECT max(number) FROM events WHERE location_id = NEW.location_id), 0)
      BEGIN
        SELECT RAISE(ABORT, 'events_are_numbered');
      END;
      CREATE TRIGGER events_are_append_only_update
      BEFORE UPDATE ON events
      BEGIN
        SELECT RAISE(ABORT, 'events_are_append_only');
      END;
      CREATE TRIGGER events_are_append_only_delete
      BEFORE DELETE ON events
      BEGIN
        SELECT RAISE(ABORT, 'events_are_append_only');
      END;

      -- S4: may be erased, but not changed.
      CREATE TABLE texts (
        location_id INTEGER NOT NULL,
        event_number INTEGER NOT NULL,
        salt BLOB NOT NULL CHECK (length(salt) = 16),
        text TEXT NOT NULL,
        PRIMARY KEY (location_id, event_number),
        FOREIGN KEY (location_id, event_number) REFERENCES events (location_id, number) ON DELETE RESTRICT
      ) STRICT, WITHOUT ROWID;

      CREATE TRIGGER texts_do_not_change
      BEFORE UPDATE ON texts
      BEGIN
        SELECT RAISE(ABORT, 'texts_do_not_change');
      END;

      CREATE TABLE signed_heads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL,
        token TEXT NOT NULL,
        signed_at_ms INTEGER NOT NULL,
        FOREIGN KEY (location_id, number) REFERENCES events (location_id, number) ON DELETE RESTRICT
      ) STRICT;
      CREATE INDEX signed_heads_by_event ON signed_heads (location_id, number);

      CREATE TRIGGER signed_heads_are_append_only_update
      BEFORE UPDATE ON signed_heads
      BEGIN
        SELECT RAISE(ABORT, 'signed_heads_are_append_only');
      END;
      CREATE TRIGGER signed_heads_are_append_only_delete
      BEFORE DELETE ON signed_heads
      BEGIN
        SELECT RAISE(ABORT, 'signed_heads_are_append_only');
      END;

      CREATE TABLE answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        caller TEXT NOT NULL,
        procedure TEXT NOT NULL,
        request_id TEXT NOT NULL,
        request_digest BLOB NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('response', 'secret_given', 'refusal')),
        body BLOB,
        answered_at_ms INTEGER NOT NULL,
        UNIQUE (caller, procedure, request_id),
        CONSTRAINT no_body_of_a_secret CHECK ((outcome = 'secret_given') = (body IS NULL))
      ) STRICT;
      CREATE INDEX answers_by_age ON answers (answered_at_ms);

      CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        work_order_id INTEGER NOT NULL REFERENCES work_orders ON DELETE RESTRICT,
        kind TEXT NOT NULL CHECK (kind <> '' AND kind NOT GLOB '*[^A-Z0-9_]*'),
        sealed_body BLOB NOT NULL,
        created_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX outbox_by_location ON outbox (location_id);
      CREATE INDEX outbox_by_expiry ON outbox (expires_at_ms);
      """)
}
