extension Migration {
  /// Dealers, locations, lockers and compartments.
  ///
  /// Conventions of all tables: ids are never used again (AUTOINCREMENT), moments are milliseconds since
  /// 1970 in UTC, and nothing that others refer to can be deleted.
  static let places = Migration(
    version: 1, name: "places",
    sql: """
      CREATE TABLE dealers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE
      ) STRICT;

      CREATE TABLE locations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dealer_id INTEGER NOT NULL REFERENCES dealers ON DELETE RESTRICT,
        name TEXT NOT NULL,
        zone TEXT NOT NULL,
        country TEXT NOT NULL CHECK (country GLOB '[A-Z][A-Z]'),
        languages TEXT NOT NULL CHECK (languages <> ''),
        qr_ms INTEGER NOT NULL CHECK (qr_ms > 0),
        warning_ms INTEGER NOT NULL CHECK (warning_ms > 0),
        end_ms INTEGER NOT NULL CHECK (end_ms > 0),
        UNIQUE (dealer_id, name)
      ) STRICT;

      CREATE TABLE lockers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        name TEXT NOT NULL,
        is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
        asks_pin_to_drop INTEGER NOT NULL CHECK (asks_pin_to_drop IN (0, 1)),
        has_item_sensors INTEGER NOT NULL CHECK (has_item_sensors IN (0, 1)),
        pulse_ms INTEGER NOT NULL CHECK (pulse_ms > 0),
        cool_down_ms INTEGER NOT NULL CHECK (cool_down_ms > 0),
        open_window_ms INTEGER NOT NULL CHECK (open_window_ms > pulse_ms),
        left_open_ms INTEGER NOT NULL CHECK (left_open_ms > 0),
        debounce_ms INTEGER NOT NULL CHECK (debounce_ms >= 0),
        revision INTEGER NOT NULL CHECK (revision >= 1),
        last_command_sequence INTEGER NOT NULL CHECK (last_command_sequence >= 0),
        controller_version TEXT NOT NULL,
        UNIQUE (location_id, name)
      ) STRICT;

      CREATE TRIGGER locker_counters_only_rise
      BEFORE UPDATE OF revision, last_command_sequence ON lockers
      WHEN NEW.revision < OLD.revision OR NEW.last_command_sequence < OLD.last_command_sequence
      BEGIN
        SELECT RAISE(ABORT, 'locker_counters_only_rise');
      END;

      CREATE TABLE compartments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        locker_id INTEGER NOT NULL REFERENCES lockers ON DELETE RESTRICT,
        number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 64),
        quarantine TEXT
          CHECK (quarantine IN ('jammed', 'outcome_unknown', 'key_may_be_inside', 'by_hand')),
        visit_id INTEGER REFERENCES visits ON DELETE RESTRICT,
        handover_id INTEGER REFERENCES handovers ON DELETE RESTRICT,
        door TEXT NOT NULL CHECK (door IN ('unread', 'closed', 'open')),
        is_door_overridden INTEGER NOT NULL CHECK (is_door_overridden IN (0, 1)),
        item TEXT NOT NULL CHECK (item IN ('unknown', 'absent', 'present')),
        openings INTEGER NOT NULL CHECK (openings >= 0),
        mirror BLOB NOT NULL,
        UNIQUE (locker_id, number),
        -- What the foreign keys of visits, handovers and commands refer to: a box belongs to its locker.
        UNIQUE (locker_id, id),
        CONSTRAINT one_reservation CHECK (visit_id IS NULL OR handover_id IS NULL)
      ) STRICT;
      CREATE INDEX compartments_by_visit ON compartments (visit_id) WHERE visit_id IS NOT NULL;
      CREATE INDEX compartments_by_handover ON compartments (handover_id) WHERE handover_id IS NOT NULL;
      """)
}
