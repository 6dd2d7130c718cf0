extension Migration {
  /// What is counted before there is one more of it.
  static let limits = Migration(
    version: 11, name: "limits",
    sql: """
      CREATE INDEX unused_enrollment_codes ON enrollment_codes (location_id, expires_at_ms)
        WHERE used_by_device_id IS NULL;
      """)
}
