extension Migration {
  /// Staff, devices, enrolment codes and API keys: who may call.
  static let people = Migration(
    version: 2, name: "people",
    sql: """
      CREATE TABLE staff (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dealer_id INTEGER NOT NULL REFERENCES dealers ON DELETE RESTRICT,
        user_name TEXT NOT NULL CHECK (user_name = lower(user_name)),
        display_name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('dealer_admin', 'receptionist', 'chief_mechanic', 'mechanic')),
        uses_key_locker INTEGER NOT NULL CHECK (uses_key_locker IN (0, 1)),
        is_disabled INTEGER NOT NULL CHECK (is_disabled IN (0, 1)),
        password_hash TEXT NOT NULL,
        UNIQUE (dealer_id, user_name)
      ) STRICT;

      CREATE TABLE devices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('controller', 'screen', 'tablet')),
        name TEXT NOT NULL,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        locker_id INTEGER REFERENCES lockers ON DELETE RESTRICT,
        public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
        key_id TEXT NOT NULL UNIQUE CHECK (key_id <> ''),
        enrolled_at_ms INTEGER NOT NULL,
        revoked_at_ms INTEGER,
        last_report INTEGER NOT NULL CHECK (last_report >= 0),
        signed_in_staff_id INTEGER REFERENCES staff ON DELETE RESTRICT,
        signed_in_until_ms INTEGER,
        CONSTRAINT only_tablets_have_no_locker CHECK ((kind = 'tablet') = (locker_id IS NULL)),
        CONSTRAINT only_tablets_have_staff CHECK (kind = 'tablet' OR signed_in_staff_id IS NULL),
        CONSTRAINT whole_sign_in CHECK ((signed_in_staff_id IS NULL) = (signed_in_until_ms IS NULL))
      ) STRICT;
      CREATE INDEX devices_by_location ON devices (location_id);
      -- Two controllers would both drive the same locks.
      CREATE UNIQUE INDEX one_controller_per_locker ON devices (locker_id)
        WHERE kind = 'controller' AND revoked_at_ms IS NULL;

      CREATE TRIGGER revoked_device_stays_revoked
      BEFORE UPDATE ON devices
      WHEN OLD.revoked_at_ms IS NOT NULL AND NEW.revoked_at_ms IS NOT OLD.revoked_at_ms
      BEGIN
        SELECT RAISE(ABORT, 'revoked_device_stays_revoked');
      END;

      CREATE TRIGGER device_is_one_machine
      BEFORE UPDATE ON devices
      WHEN (NEW.kind, NEW.location_id, NEW.locker_id, NEW.public_key, NEW.key_id)
        IS NOT (OLD.kind, OLD.location_id, OLD.locker_id, OLD.public_key, OLD.key_id)
        OR NEW.last_report < OLD.last_report
      BEGIN
        SELECT RAISE(ABORT, 'device_is_one_machine');
      END;

      CREATE TABLE enrollment_codes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        digest BLOB NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('controller', 'screen', 'tablet')),
        name TEXT NOT NULL,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        locker_id INTEGER REFERENCES lockers ON DELETE RESTRICT,
        expires_at_ms INTEGER NOT NULL,
        used_by_device_id INTEGER UNIQUE REFERENCES devices ON DELETE RESTRICT,
        CONSTRAINT only_tablets_have_no_locker CHECK ((kind = 'tablet') = (locker_id IS NULL))
      ) STRICT;

      CREATE TRIGGER enrollment_code_is_used_once
      BEFORE UPDATE ON enrollment_codes
      WHEN OLD.used_by_device_id IS NOT NULL AND NEW.used_by_device_id IS NOT OLD.used_by_device_id
      BEGIN
        SELECT RAISE(ABORT, 'enrollment_code_is_used_once');
      END;

      CREATE TABLE api_keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dealer_id INTEGER NOT NULL REFERENCES dealers ON DELETE RESTRICT,
        name TEXT NOT NULL,
        digest BLOB NOT NULL UNIQUE,
        revoked_at_ms INTEGER
      ) STRICT;

      CREATE TRIGGER revoked_api_key_stays_revoked
      BEFORE UPDATE ON api_keys
      WHEN OLD.revoked_at_ms IS NOT NULL AND NEW.revoked_at_ms IS NOT OLD.revoked_at_ms
      BEGIN
        SELECT RAISE(ABORT, 'revoked_api_key_stays_revoked');
      END;
      """)
}
