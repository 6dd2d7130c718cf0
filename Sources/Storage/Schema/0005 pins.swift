extension Migration {
  /// PINs as digests (S1), and wrong guesses (S2).
  static let pins = Migration(
    version: 5, name: "pins",
    sql: """
      CREATE TABLE pins (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        purpose TEXT NOT NULL CHECK (purpose IN ('drop_off', 'pick_up', 'box')),
        state TEXT NOT NULL CHECK (state IN ('live', 'claimed', 'used', 'superseded', 'expired', 'revoked')),
        work_order_id INTEGER REFERENCES work_orders ON DELETE RESTRICT,
        key_id INTEGER REFERENCES keys ON DELETE RESTRICT,
        compartment_id INTEGER REFERENCES compartments ON DELETE RESTRICT,
        staff_id INTEGER REFERENCES staff ON DELETE RESTRICT,
        issued_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL,
        CONSTRAINT opens_one_thing CHECK (
          CASE purpose
            WHEN 'drop_off' THEN work_order_id IS NOT NULL AND compartment_id IS NULL
            WHEN 'pick_up' THEN key_id IS NOT NULL AND compartment_id IS NULL
            ELSE compartment_id IS NOT NULL
          END)
      ) STRICT;
      CREATE UNIQUE INDEX one_open_pin_per_digest ON pins (location_id, digest)
        WHERE state IN ('live', 'claimed');
      CREATE INDEX pins_by_digest ON pins (location_id, digest);
      CREATE INDEX open_pins_by_work_order ON pins (work_order_id, purpose)
        WHERE state IN ('live', 'claimed');
      CREATE INDEX open_pins_by_expiry ON pins (expires_at_ms) WHERE state IN ('live', 'claimed');

      CREATE TRIGGER pin_over_is_over
      BEFORE UPDATE OF state ON pins
      WHEN OLD.state NOT IN ('live', 'claimed') AND NEW.state <> OLD.state
      BEGIN
        SELECT RAISE(ABORT, 'pin_over_is_over');
      END;

      CREATE TRIGGER pin_stays_itself
      BEFORE UPDATE ON pins
      WHEN (NEW.location_id, NEW.digest, NEW.purpose, NEW.work_order_id, NEW.key_id, NEW.compartment_id,
          NEW.staff_id)
        IS NOT (OLD.location_id, OLD.digest, OLD.purpose, OLD.work_order_id, OLD.key_id, OLD.compartment_id,
          OLD.staff_id)
      BEGIN
        SELECT RAISE(ABORT, 'pin_stays_itself');
      END;

      -- Whose guesses: the id of a kiosk (PINs, or numbers), location or tablet, or a remote address.
      CREATE TABLE guesses (
        scope TEXT NOT NULL CHECK (scope IN ('kiosk', 'number', 'location', 'address', 'tablet')),
        subject TEXT NOT NULL,
        wrong_in_a_row INTEGER NOT NULL CHECK (wrong_in_a_row >= 0),
        blocked_until_ms INTEGER,
        PRIMARY KEY (scope, subject)
      ) STRICT, WITHOUT ROWID;
      """)
}
