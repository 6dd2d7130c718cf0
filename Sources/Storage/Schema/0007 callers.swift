extension Migration {
  /// Sessions of staff, what an API key may be used for, where staff work, and whose guesses else are counted.
  static let callers = Migration(
    version: 7, name: "callers",
    sql: """
      -- One that has ended is gone: the log keeps that it was.
      CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        staff_id INTEGER NOT NULL REFERENCES staff ON DELETE RESTRICT,
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
        is_cookie INTEGER NOT NULL CHECK (is_cookie IN (0, 1)),
        opened_at_ms INTEGER NOT NULL,
        used_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL CHECK (expires_at_ms > opened_at_ms)
      ) STRICT;
      CREATE INDEX sessions_by_staff ON sessions (staff_id);
      CREATE INDEX sessions_by_use ON sessions (used_at_ms);

      CREATE TRIGGER session_is_one_persons
      BEFORE UPDATE ON sessions
      WHEN (NEW.staff_id, NEW.digest, NEW.is_cookie, NEW.opened_at_ms, NEW.expires_at_ms)
        IS NOT (OLD.staff_id, OLD.digest, OLD.is_cookie, OLD.opened_at_ms, OLD.expires_at_ms)
      BEGIN
        SELECT RAISE(ABORT, 'session_is_one_persons');
      END;

      CREATE TABLE staff_locations (
        staff_id INTEGER NOT NULL REFERENCES staff ON DELETE RESTRICT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        PRIMARY KEY (staff_id, location_id)
      ) STRICT, WITHOUT ROWID;

      ALTER TABLE api_keys ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
      ALTER TABLE api_keys ADD COLUMN may_write INTEGER NOT NULL DEFAULT 1 CHECK (may_write IN (0, 1));
      -- Names with a space between them; empty means all.
      ALTER TABLE api_keys ADD COLUMN services TEXT NOT NULL DEFAULT '';
      ALTER TABLE api_keys ADD COLUMN created_at_ms INTEGER;
      ALTER TABLE api_keys ADD COLUMN used_at_ms INTEGER;
      ALTER TABLE api_keys ADD COLUMN expires_at_ms INTEGER;
      CREATE INDEX api_keys_by_dealer ON api_keys (dealer_id);

      CREATE TABLE api_key_locations (
        api_key_id INTEGER NOT NULL REFERENCES api_keys ON DELETE RESTRICT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        PRIMARY KEY (api_key_id, location_id)
      ) STRICT, WITHOUT ROWID;

      -- A key reaches what it was made for; another reach is another key.
      CREATE TRIGGER api_key_is_one_key
      BEFORE UPDATE ON api_keys
      WHEN (NEW.dealer_id, NEW.digest, NEW.prefix, NEW.may_write, NEW.services, NEW.created_at_ms, NEW.expires_at_ms)
        IS NOT
        (OLD.dealer_id, OLD.digest, OLD.prefix, OLD.may_write, OLD.services, OLD.created_at_ms, OLD.expires_at_ms)
      BEGIN
        SELECT RAISE(ABORT, 'api_key_is_one_key');
      END;

      -- Whose guesses: the id of a kiosk (PINs, or numbers), location or tablet, a remote address, a digest of an
      -- account's name, or nobody's in particular (enrolment codes).
      CREATE TABLE counted_guesses (
        scope TEXT NOT NULL
          CHECK (scope IN ('kiosk', 'number', 'location', 'address', 'tablet', 'account', 'enrollment')),
        subject TEXT NOT NULL,
        wrong_in_a_row INTEGER NOT NULL CHECK (wrong_in_a_row >= 0),
        blocked_until_ms INTEGER,
        PRIMARY KEY (scope, subject)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO counted_guesses SELECT scope, subject, wrong_in_a_row, blocked_until_ms FROM guesses;
      DROP TABLE guesses;
      ALTER TABLE counted_guesses RENAME TO guesses;
      """)
}
