import Domain
import GRDB

extension Device {
  static let columns = """
    id, kind, name, location_id, locker_id, public_key, key_id, enrolled_at_ms, revoked_at_ms, last_report,
    signed_in_staff_id, signed_in_until_ms
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), kind: row.next(), name: row.next(), location: row.next(), locker: row.optional(),
      publicKey: row.next(), keyID: row.next(), enrolledAt: row.next(), revokedAt: row.optional(),
      lastReport: row.next(), signedIn: SignIn(staff: row.optional(), until: row.optional()))
  }
}

extension Device.SignIn {
  init?(staff: Staff.ID?, until: Instant?) {
    guard let staff, let until else { return nil }
    self.init(staff: staff, expiresAt: until)
  }
}

extension EnrollmentCode {
  static let columns = "id, digest, kind, name, location_id, locker_id, expires_at_ms, used_by_device_id"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), digest: row.next(), kind: row.next(), name: row.next(), location: row.next(),
      locker: row.optional(), expiresAt: row.next(), usedBy: row.optional())
  }
}

extension SQLSnapshot {
  func device(_ id: Device.ID) throws -> Device? {
    try first("SELECT \(Device.columns) FROM devices WHERE id = ?", id.stored) { try Device(&$0) }
  }

  func device(keyID: String) throws -> Device? {
    try first("SELECT \(Device.columns) FROM devices WHERE key_id = ?", keyID.stored) { try Device(&$0) }
  }

  func devices(at location: Location.ID) throws -> [Device] {
    try all("SELECT \(Device.columns) FROM devices WHERE location_id = ? ORDER BY id", location.stored) {
      try Device(&$0)
    }
  }

  func devices(at location: Location.ID, after id: Device.ID, limit: Int) throws -> [Device] {
    try all(
      "SELECT \(Device.columns) FROM devices WHERE location_id = ? AND id > ? ORDER BY id LIMIT ?",
      location.stored, id.stored, limit.stored
    ) { try Device(&$0) }
  }

  func unrevokedDevices(at location: Location.ID) throws -> Int {
    try first(
      "SELECT count(*) FROM devices WHERE location_id = ? AND revoked_at_ms IS NULL", location.stored
    ) { try $0.next() } ?? 0
  }

  func enrollmentCode(digest: [UInt8]) throws -> EnrollmentCode? {
    try first("SELECT \(EnrollmentCode.columns) FROM enrollment_codes WHERE digest = ?", digest.stored) {
      try EnrollmentCode(&$0)
    }
  }

  func openEnrollmentCodes(at location: Location.ID, now: Instant) throws -> Int {
    try first(
      """
      SELECT count(*) FROM enrollment_codes INDEXED BY unused_enrollment_codes
      WHERE location_id = ? AND used_by_device_id IS NULL AND expires_at_ms > ?
      """, location.stored, now.stored
    ) { try $0.next() } ?? 0
  }
}

extension SQLTransaction {
  func insert(_ device: Device) throws -> Device {
    try run(
      """
      INSERT INTO devices (
        kind, name, location_id, locker_id, public_key, key_id, enrolled_at_ms, revoked_at_ms, last_report,
        signed_in_staff_id, signed_in_until_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      device.kind.stored, device.name.stored, device.location.stored, device.locker.stored,
      device.publicKey.stored, device.keyID.stored, device.enrolledAt.stored, device.revokedAt.stored,
      device.lastReport.stored, (device.signedIn?.staff).stored, (device.signedIn?.expiresAt).stored)
    var device = device
    device.id = newID()
    return device
  }

  func update(_ device: Device) throws {
    try run(
      """
      UPDATE devices SET
        name = ?, revoked_at_ms = ?, last_report = ?, signed_in_staff_id = ?, signed_in_until_ms = ?
      WHERE id = ?
      """,
      device.name.stored, device.revokedAt.stored, device.lastReport.stored, (device.signedIn?.staff).stored,
      (device.signedIn?.expiresAt).stored, device.id.stored)
    expectOneRow("device")
  }

  func insert(_ code: EnrollmentCode) throws -> EnrollmentCode {
    try run(
      """
      INSERT INTO enrollment_codes (
        digest, kind, name, location_id, locker_id, expires_at_ms, used_by_device_id
      ) VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      code.digest.stored, code.kind.stored, code.name.stored, code.location.stored, code.locker.stored,
      code.expiresAt.stored, code.usedBy.stored)
    var code = code
    code.id = newID()
    return code
  }

  func update(_ code: EnrollmentCode) throws {
    try run(
      "UPDATE enrollment_codes SET expires_at_ms = ?, used_by_device_id = ? WHERE id = ?",
      code.expiresAt.stored, code.usedBy.stored, code.id.stored)
    expectOneRow("enrolment code")
  }
}
