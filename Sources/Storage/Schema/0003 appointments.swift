extension Migration {
  /// Work orders with contacts and interventions, and the agreements that customers tick.
  static let appointments = Migration(
    version: 3, name: "appointments",
    sql: """
      CREATE TABLE work_orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        number TEXT NOT NULL,
        local_date TEXT NOT NULL CHECK (local_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
        local_time TEXT NOT NULL CHECK (local_time GLOB '[0-2][0-9]:[0-5][0-9]'),
        status TEXT NOT NULL CHECK (status IN ('planned', 'in_shop', 'returned', 'cancelled')),
        cancel_reason TEXT CHECK (cancel_reason IN ('no_show', 'customer', 'dealer', 'other')),
        plate TEXT NOT NULL CHECK (plate <> '' AND plate NOT GLOB '*[^A-Z0-9]*'),
        brand TEXT NOT NULL,
        model TEXT NOT NULL,
        additional_phone TEXT CHECK (additional_phone GLOB '+[0-9]*'),
        UNIQUE (location_id, number),
        -- What the foreign key of contacts refers to.
        UNIQUE (id, location_id, local_date),
        CONSTRAINT reason_only_when_cancelled CHECK (status = 'cancelled' OR cancel_reason IS NULL)
      ) STRICT;
      CREATE INDEX work_orders_by_time ON work_orders (location_id, local_date, local_time, number);
      CREATE INDEX work_orders_by_plate ON work_orders (location_id, plate, local_date);

      -- Location and date repeat those of the work order, kept equal by the foreign key, so that "this
      -- mobile, here, today" is one look into an index however many appointments there are.
      CREATE TABLE contacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        work_order_id INTEGER NOT NULL,
        location_id INTEGER NOT NULL,
        local_date TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('driver', 'owner', 'contractor')),
        name TEXT NOT NULL,
        private_email TEXT NOT NULL,
        business_email TEXT NOT NULL,
        private_mobile TEXT CHECK (private_mobile GLOB '+[0-9]*'),
        business_mobile TEXT CHECK (business_mobile GLOB '+[0-9]*'),
        language TEXT NOT NULL,
        is_blocked INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),
        FOREIGN KEY (work_order_id, location_id, local_date)
          REFERENCES work_orders (id, location_id, local_date) ON UPDATE CASCADE ON DELETE RESTRICT
      ) STRICT;
      CREATE INDEX contacts_by_work_order ON contacts (work_order_id, location_id, local_date);
      CREATE INDEX drivers_by_private_mobile ON contacts (location_id, local_date, private_mobile)
        WHERE role = 'driver' AND private_mobile IS NOT NULL;
      CREATE INDEX drivers_by_business_mobile ON contacts (location_id, local_date, business_mobile)
        WHERE role = 'driver' AND business_mobile IS NOT NULL;

      CREATE TABLE interventions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        work_order_id INTEGER NOT NULL REFERENCES work_orders ON DELETE RESTRICT,
        name TEXT NOT NULL,
        remark TEXT NOT NULL,
        price_cents INTEGER NOT NULL,
        is_price_hidden INTEGER NOT NULL CHECK (is_price_hidden IN (0, 1)),
        is_agreed INTEGER NOT NULL CHECK (is_agreed IN (0, 1))
      ) STRICT;
      CREATE INDEX interventions_by_work_order ON interventions (work_order_id);

      CREATE TABLE agreements (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        location_id INTEGER NOT NULL REFERENCES locations ON DELETE RESTRICT,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        is_mandatory INTEGER NOT NULL CHECK (is_mandatory IN (0, 1))
      ) STRICT;
      CREATE INDEX agreements_by_location ON agreements (location_id);

      CREATE TRIGGER agreement_text_stays
      BEFORE UPDATE ON agreements
      BEGIN
        SELECT RAISE(ABORT, 'agreement_text_stays');
      END;

      -- D6, C7: which text was accepted stays for ever.
      CREATE TABLE acceptances (
        work_order_id INTEGER NOT NULL REFERENCES work_orders ON DELETE RESTRICT,
        agreement_id INTEGER NOT NULL REFERENCES agreements ON DELETE RESTRICT,
        visit_id INTEGER NOT NULL REFERENCES visits ON DELETE RESTRICT,
        accepted_at_ms INTEGER NOT NULL,
        PRIMARY KEY (work_order_id, agreement_id, visit_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TRIGGER acceptance_stays_update
      BEFORE UPDATE ON acceptances
      BEGIN
        SELECT RAISE(ABORT, 'acceptance_stays');
      END;
      CREATE TRIGGER acceptance_stays_delete
      BEFORE DELETE ON acceptances
      BEGIN
        SELECT RAISE(ABORT, 'acceptance_stays');
      END;
      """)
}
