extension Migration {
  /// C10: what the desk has pinned by hand; everything else that pins is derived.
  static let pinned = Migration(
    version: 10, name: "pinned",
    sql: """
      ALTER TABLE work_orders ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0 CHECK (is_pinned IN (0, 1));
      CREATE INDEX work_orders_pinned ON work_orders (location_id) WHERE is_pinned = 1;
      -- A row of the desk's list shows whether there are any: not by looking at all that happened to it.
      CREATE INDEX remarks_by_work_order ON events (work_order_id, number) WHERE kind = 'REMARK_ADDED';
      """)
}
