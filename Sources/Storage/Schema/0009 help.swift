extension Migration {
  /// A location's settings, versions of agreements, optional services, and calls for help.
  static let help = Migration(
    version: 9, name: "help",
    sql: """
      ALTER TABLE locations ADD COLUMN currency TEXT NOT NULL DEFAULT 'EUR'
        CHECK (currency GLOB '[A-Z][A-Z][A-Z]');
      ALTER TABLE locations ADD COLUMN days_ahead INTEGER NOT NULL DEFAULT 3
        CHECK (days_ahead BETWEEN 1 AND 30);
      ALTER TABLE locations ADD COLUMN send_from_minute INTEGER NOT NULL DEFAULT 1140
        CHECK (send_from_minute BETWEEN 0 AND 1439);
      ALTER TABLE locations ADD COLUMN send_until_minute INTEGER NOT NULL DEFAULT 1260
        CHECK (send_until_minute <= 1439 AND send_until_minute > send_from_minute);
      ALTER TABLE locations ADD COLUMN emergency_phone TEXT CHECK (emergency_phone GLOB '+[0-9]*');

      -- Local times in minutes since midnight. An end beyond 1440 is on the day after.
      CREATE TABLE opening_intervals (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        -- ISO 8601: 1 is Monday.
        weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
        from_minute INTEGER NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
        until_minute INTEGER NOT NULL CHECK (until_minute - from_minute BETWEEN 1 AND 1440)
      ) STRICT;
      CREATE INDEX opening_intervals_by_location ON opening_intervals (location_id);

      -- A date that is closed has one row without times.
      CREATE TABLE opening_exceptions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        local_date TEXT NOT NULL CHECK (local_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
        from_minute INTEGER CHECK (from_minute BETWEEN 0 AND 1439),
        until_minute INTEGER CHECK (until_minute - from_minute BETWEEN 1 AND 1440),
        CONSTRAINT whole_interval CHECK ((from_minute IS NULL) = (until_minute IS NULL))
      ) STRICT;
      CREATE INDEX opening_exceptions_by_location ON opening_exceptions (location_id);

      -- C7: a row is a version. What was there before is version 1, shown everywhere, of unknown age.
      ALTER TABLE agreements ADD COLUMN first_id INTEGER REFERENCES agreements ON DELETE RESTRICT;
      ALTER TABLE agreements ADD COLUMN version INTEGER NOT NULL DEFAULT 1
        CHECK (version >= 1 AND (version = 1) = (first_id IS NULL));
      ALTER TABLE agreements ADD COLUMN in_check_in INTEGER NOT NULL DEFAULT 1 CHECK (in_check_in IN (0, 1));
      ALTER TABLE agreements ADD COLUMN in_kiosk INTEGER NOT NULL DEFAULT 1
        CHECK (in_kiosk IN (0, 1) AND in_kiosk + in_check_in > 0);
      ALTER TABLE agreements ADD COLUMN published_at_ms INTEGER;
      ALTER TABLE agreements ADD COLUMN ended_at_ms INTEGER;
      CREATE UNIQUE INDEX one_agreement_per_version ON agreements (coalesce(first_id, id), version);
      CREATE UNIQUE INDEX one_current_version ON agreements (coalesce(first_id, id)) WHERE ended_at_ms IS NULL;
      CREATE INDEX current_agreements ON agreements (location_id) WHERE ended_at_ms IS NULL;

      DROP TRIGGER agreement_text_stays;
      CREATE TRIGGER agreement_text_stays
      BEFORE UPDATE ON agreements
      WHEN OLD.ended_at_ms IS NOT NULL
        OR (NEW.id, NEW.location_id, NEW.title, NEW.text, NEW.is_mandatory, NEW.first_id, NEW.version,
          NEW.in_check_in, NEW.in_kiosk, NEW.published_at_ms)
        IS NOT (OLD.id, OLD.location_id, OLD.title, OLD.text, OLD.is_mandatory, OLD.first_id, OLD.version,
          OLD.in_check_in, OLD.in_kiosk, OLD.published_at_ms)
      BEGIN
        SELECT RAISE(ABORT, 'agreement_text_stays');
      END;

      CREATE TABLE optional_services (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
        url TEXT NOT NULL,
        -- A line each.
        brands TEXT NOT NULL,
        is_withdrawn INTEGER NOT NULL CHECK (is_withdrawn IN (0, 1))
      ) STRICT;
      CREATE INDEX optional_services_by_location ON optional_services (location_id);

      CREATE TRIGGER withdrawn_service_stays
      BEFORE UPDATE ON optional_services
      WHEN OLD.is_withdrawn = 1 OR NEW.location_id <> OLD.location_id
      BEGIN
        SELECT RAISE(ABORT, 'withdrawn_service_stays');
      END;

      CREATE TABLE help_calls (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        locker_id INTEGER NOT NULL REFERENCES lockers ON DELETE RESTRICT,
        state TEXT NOT NULL CHECK (state IN ('calling', 'coming', 'outside_hours', 'over')),
        -- Of the lower screen: the state of a visit, or what it shows without one.
        screen TEXT NOT NULL CHECK (screen <> '' AND screen NOT GLOB '*[^a-z_]*'),
        compartment INTEGER CHECK (compartment BETWEEN 1 AND 64),
        called_at_ms INTEGER NOT NULL,
        staff_id INTEGER REFERENCES staff ON DELETE RESTRICT,
        handled_at_ms INTEGER,
        ended_at_ms INTEGER,
        revision INTEGER NOT NULL CHECK (revision >= 1),
        wake_at_ms INTEGER,
        CONSTRAINT ended_iff_over CHECK ((state = 'over') = (ended_at_ms IS NOT NULL)),
        CONSTRAINT whole_handling CHECK ((staff_id IS NULL) = (handled_at_ms IS NULL)),
        CONSTRAINT somebody_comes CHECK (state <> 'coming' OR staff_id IS NOT NULL),
        CONSTRAINT wakes_until_over CHECK ((state = 'over') = (wake_at_ms IS NULL))
      ) STRICT;
      CREATE UNIQUE INDEX one_help_call_per_locker ON help_calls (locker_id) WHERE ended_at_ms IS NULL;
      CREATE UNIQUE INDEX help_calls_by_revision ON help_calls (location_id, revision);
      CREATE INDEX help_calls_to_answer ON help_calls (location_id) WHERE state = 'calling';
      CREATE INDEX help_calls_to_wake ON help_calls (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

      CREATE TRIGGER help_call_over_is_over
      BEFORE UPDATE ON help_calls
      WHEN OLD.ended_at_ms IS NOT NULL OR NEW.revision < OLD.revision
        OR (NEW.location_id, NEW.locker_id) IS NOT (OLD.location_id, OLD.locker_id)
      BEGIN
        SELECT RAISE(ABORT, 'help_call_over_is_over');
      END;

      -- E2: for whom a call is closed though nobody handles it.
      CREATE TABLE help_ignores (
        help_call_id INTEGER NOT NULL REFERENCES help_calls ON DELETE RESTRICT,
        staff_id INTEGER NOT NULL REFERENCES staff ON DELETE RESTRICT,
        PRIMARY KEY (help_call_id, staff_id)
      ) STRICT, WITHOUT ROWID;
      """)
}
