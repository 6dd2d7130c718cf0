extension Migration {
  /// Keys, visits, hand-overs and commands: S6 as constraints.
  static let custody = Migration(
    version: 4, name: "custody",
    sql: """
      -- A key is in one place, because it has one row with one holder.
      CREATE TABLE keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        work_order_id INTEGER REFERENCES work_orders ON DELETE RESTRICT,
        label TEXT NOT NULL,
        holder TEXT NOT NULL CHECK (holder IN ('customer', 'compartment', 'staff', 'desk', 'uncertain')),
        compartment_id INTEGER REFERENCES compartments ON DELETE RESTRICT,
        staff_id INTEGER REFERENCES staff ON DELETE RESTRICT,
        since_ms INTEGER NOT NULL,
        is_verified_by_sensor INTEGER NOT NULL CHECK (is_verified_by_sensor IN (0, 1)),
        CONSTRAINT compartment_iff_holder CHECK ((holder = 'compartment') = (compartment_id IS NOT NULL)),
        CONSTRAINT staff_iff_holder CHECK ((holder = 'staff') = (staff_id IS NOT NULL)),
        CONSTRAINT sensor_only_in_compartment CHECK (holder = 'compartment' OR is_verified_by_sensor = 0)
      ) STRICT;
      CREATE UNIQUE INDEX one_key_per_compartment ON keys (compartment_id) WHERE holder = 'compartment';
      CREATE INDEX keys_by_work_order ON keys (work_order_id);
      CREATE INDEX keys_in_custody ON keys (location_id) WHERE holder <> 'customer';

      CREATE TABLE visits (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        locker_id INTEGER NOT NULL REFERENCES lockers ON DELETE RESTRICT,
        purpose TEXT NOT NULL CHECK (purpose IN ('drop_off', 'pick_up', 'open_box')),
        state TEXT NOT NULL
          CHECK (state IN ('authenticating', 'choosing', 'contact', 'validating', 'opening', 'door_open',
            'door_closed', 'return_opening', 'return_open', 'done', 'aborted', 'timed_out', 'failed')),
        notice TEXT
          CHECK (notice IN ('KEY_NOT_DETECTED', 'KEY_STILL_INSIDE', 'KEY_LEFT_INSIDE', 'DOOR_JAMMED',
            'NO_FREE_COMPARTMENT', 'LOCKER_NOT_ANSWERING', 'OUTCOME_UNKNOWN', 'KEY_MAY_BE_INSIDE')),
        started_at_ms INTEGER NOT NULL,
        warning_ms INTEGER NOT NULL CHECK (warning_ms > 0),
        end_ms INTEGER NOT NULL CHECK (end_ms > 0),
        last_touch_ms INTEGER NOT NULL,
        ended_at_ms INTEGER,
        is_farewell_shown INTEGER NOT NULL CHECK (is_farewell_shown IN (0, 1)),
        is_pin_verified INTEGER NOT NULL CHECK (is_pin_verified IN (0, 1)),
        pin_id INTEGER REFERENCES pins ON DELETE RESTRICT,
        -- Ids of work orders, separated by commas.
        choices TEXT NOT NULL CHECK (choices NOT GLOB '*[^0-9,]*'),
        work_order_id INTEGER REFERENCES work_orders ON DELETE RESTRICT,
        key_id INTEGER REFERENCES keys ON DELETE RESTRICT,
        compartment_id INTEGER,
        key_may_be_inside INTEGER NOT NULL CHECK (key_may_be_inside IN (0, 1)),
        wake_at_ms INTEGER,
        FOREIGN KEY (locker_id, compartment_id) REFERENCES compartments (locker_id, id) ON DELETE RESTRICT,
        CONSTRAINT ended_iff_over
          CHECK ((state IN ('done', 'aborted', 'timed_out', 'failed')) = (ended_at_ms IS NOT NULL)),
        CONSTRAINT farewell_after_end CHECK (ended_at_ms IS NOT NULL OR is_farewell_shown = 0)
      ) STRICT;
      CREATE UNIQUE INDEX one_visit_per_locker ON visits (locker_id) WHERE ended_at_ms IS NULL;
      CREATE INDEX visits_by_locker ON visits (locker_id);
      CREATE INDEX visits_to_wake ON visits (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

      -- Only the farewell screen and the latest touch may still change.
      CREATE TRIGGER visit_over_is_over
      BEFORE UPDATE ON visits
      WHEN OLD.ended_at_ms IS NOT NULL
        AND ((NEW.locker_id, NEW.purpose, NEW.state, NEW.notice, NEW.started_at_ms, NEW.ended_at_ms,
            NEW.is_pin_verified, NEW.pin_id, NEW.choices, NEW.work_order_id, NEW.key_id, NEW.compartment_id,
            NEW.key_may_be_inside)
          IS NOT (OLD.locker_id, OLD.purpose, OLD.state, OLD.notice, OLD.started_at_ms, OLD.ended_at_ms,
            OLD.is_pin_verified, OLD.pin_id, OLD.choices, OLD.work_order_id, OLD.key_id, OLD.compartment_id,
            OLD.key_may_be_inside)
          OR NEW.is_farewell_shown > OLD.is_farewell_shown)
      BEGIN
        SELECT RAISE(ABORT, 'visit_over_is_over');
      END;

      CREATE TABLE handovers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        work_order_id INTEGER NOT NULL REFERENCES work_orders ON DELETE RESTRICT,
        key_id INTEGER NOT NULL REFERENCES keys ON DELETE RESTRICT,
        locker_id INTEGER NOT NULL REFERENCES lockers ON DELETE RESTRICT,
        compartment_id INTEGER NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('take_out', 'put_back')),
        state TEXT NOT NULL
          CHECK (state IN ('queued', 'shown', 'opening', 'open', 'completed', 'key_not_moved', 'expired',
            'cancelled', 'jammed', 'failed', 'unknown')),
        device_id INTEGER NOT NULL REFERENCES devices ON DELETE RESTRICT,
        staff_id INTEGER NOT NULL REFERENCES staff ON DELETE RESTRICT,
        requested_at_ms INTEGER NOT NULL,
        shown_at_ms INTEGER,
        expires_at_ms INTEGER,
        ended_at_ms INTEGER,
        revision INTEGER NOT NULL CHECK (revision >= 1),
        wake_at_ms INTEGER,
        FOREIGN KEY (locker_id, compartment_id) REFERENCES compartments (locker_id, id) ON DELETE RESTRICT,
        CONSTRAINT ended_iff_over
          CHECK ((state NOT IN ('queued', 'shown', 'opening', 'open')) = (ended_at_ms IS NOT NULL)),
        CONSTRAINT expires_iff_shown CHECK ((shown_at_ms IS NULL) = (expires_at_ms IS NULL)),
        CONSTRAINT only_shown_moves_on
          CHECK (shown_at_ms IS NOT NULL OR state IN ('queued', 'expired', 'cancelled'))
      ) STRICT;
      CREATE UNIQUE INDEX one_handover_per_locker ON handovers (locker_id)
        WHERE state IN ('shown', 'opening', 'open');
      CREATE UNIQUE INDEX one_handover_per_key ON handovers (key_id) WHERE ended_at_ms IS NULL;
      CREATE INDEX handovers_queued ON handovers (locker_id, requested_at_ms, id) WHERE state = 'queued';
      CREATE INDEX handovers_to_wake ON handovers (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

      -- queued, shown, opening, open, over: never back, so that no QR is redeemed twice.
      CREATE TRIGGER handover_only_goes_forward
      BEFORE UPDATE ON handovers
      WHEN OLD.ended_at_ms IS NOT NULL
        OR (NEW.state = 'queued' AND OLD.state <> 'queued')
        OR (NEW.state = 'shown' AND OLD.state NOT IN ('queued', 'shown'))
        OR (NEW.state = 'opening' AND OLD.state = 'open')
        OR (NEW.state IN ('opening', 'open', 'completed') AND OLD.state = 'queued')
        OR (NEW.state = 'completed' AND OLD.state = 'shown')
        OR NEW.revision < OLD.revision
      BEGIN
        SELECT RAISE(ABORT, 'handover_only_goes_forward');
      END;

      CREATE TRIGGER handover_is_for_one_box
      BEFORE UPDATE ON handovers
      WHEN (NEW.location_id, NEW.work_order_id, NEW.key_id, NEW.locker_id, NEW.compartment_id, NEW.direction,
          NEW.device_id, NEW.staff_id, NEW.requested_at_ms)
        IS NOT (OLD.location_id, OLD.work_order_id, OLD.key_id, OLD.locker_id, OLD.compartment_id,
          OLD.direction, OLD.device_id, OLD.staff_id, OLD.requested_at_ms)
      BEGIN
        SELECT RAISE(ABORT, 'handover_is_for_one_box');
      END;

      CREATE TABLE commands (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        locker_id INTEGER NOT NULL REFERENCES lockers ON DELETE RESTRICT,
        sequence INTEGER NOT NULL CHECK (sequence >= 1),
        compartment_id INTEGER NOT NULL,
        visit_id INTEGER REFERENCES visits ON DELETE RESTRICT,
        handover_id INTEGER REFERENCES handovers ON DELETE RESTRICT,
        person TEXT NOT NULL CHECK (person IN ('customer', 'staff', 'operator')),
        staff_id INTEGER REFERENCES staff ON DELETE RESTRICT,
        issued_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL,
        progress INTEGER NOT NULL CHECK (progress BETWEEN 0 AND 3),
        outcome TEXT
          CHECK (outcome IN ('opened_and_closed', 'jammed', 'refused', 'expired', 'unknown')),
        refusal TEXT CHECK (refusal IN ('busy', 'expired', 'quarantined', 'board')),
        ended_at_ms INTEGER,
        wake_at_ms INTEGER,
        UNIQUE (locker_id, sequence),
        FOREIGN KEY (locker_id, compartment_id) REFERENCES compartments (locker_id, id) ON DELETE RESTRICT,
        CONSTRAINT one_cause CHECK ((visit_id IS NULL) <> (handover_id IS NULL)),
        CONSTRAINT one_person CHECK ((person = 'staff') = (staff_id IS NOT NULL)),
        CONSTRAINT ended_iff_outcome CHECK ((outcome IS NULL) = (ended_at_ms IS NULL)),
        CONSTRAINT refusal_iff_refused CHECK (refusal IS NULL OR outcome = 'refused'),
        CONSTRAINT no_judgement_after_end CHECK (outcome IS NULL OR wake_at_ms IS NULL)
      ) STRICT;
      CREATE UNIQUE INDEX one_pending_command_per_locker ON commands (locker_id) WHERE outcome IS NULL;
      CREATE INDEX commands_by_compartment ON commands (compartment_id);
      CREATE INDEX commands_to_wake ON commands (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

      CREATE TRIGGER command_sequence_rises
      BEFORE INSERT ON commands
      WHEN NEW.sequence <= (SELECT max(sequence) FROM commands WHERE locker_id = NEW.locker_id)
      BEGIN
        SELECT RAISE(ABORT, 'command_sequence_rises');
      END;

      CREATE TRIGGER command_has_one_outcome
      BEFORE UPDATE ON commands
      WHEN OLD.outcome IS NOT NULL
        AND (NEW.outcome, NEW.refusal, NEW.ended_at_ms) IS NOT (OLD.outcome, OLD.refusal, OLD.ended_at_ms)
      BEGIN
        SELECT RAISE(ABORT, 'command_has_one_outcome');
      END;

      CREATE TRIGGER command_stays_itself
      BEFORE UPDATE ON commands
      WHEN (NEW.locker_id, NEW.sequence, NEW.compartment_id, NEW.visit_id, NEW.handover_id, NEW.person,
          NEW.staff_id, NEW.issued_at_ms, NEW.expires_at_ms)
        IS NOT (OLD.locker_id, OLD.sequence, OLD.compartment_id, OLD.visit_id, OLD.handover_id, OLD.person,
          OLD.staff_id, OLD.issued_at_ms, OLD.expires_at_ms)
        OR NEW.progress < OLD.progress
      BEGIN
        SELECT RAISE(ABORT, 'command_stays_itself');
      END;
      """)
}
