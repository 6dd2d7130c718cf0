import Domain
import GRDB

extension Staff {
  static let columns = """
    id, dealer_id, user_name, display_name, role, uses_key_locker, is_disabled, password_hash
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), dealer: row.next(), userName: row.next(), displayName: row.next(), role: row.next(),
      usesKeyLocker: row.next(), isDisabled: row.next(), passwordHash: row.next())
  }
}

extension APIKey {
  static let columns = "id, dealer_id, name, digest, revoked_at_ms"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), dealer: row.next(), name: row.next(), digest: row.next(), revokedAt: row.optional())
  }
}

extension SQLSnapshot {
  func staff(_ id: Staff.ID) throws -> Staff? {
    try first("SELECT \(Staff.columns) FROM staff WHERE id = ?", id.stored) { try Staff(&$0) }
  }

  func staff(named userName: String, of dealer: Dealer.ID) throws -> Staff? {
    try first(
      "SELECT \(Staff.columns) FROM staff WHERE dealer_id = ? AND user_name = ?", dealer.stored,
      userName.stored
    ) { try Staff(&$0) }
  }

  func staff(of dealer: Dealer.ID) throws -> [Staff] {
    try all("SELECT \(Staff.columns) FROM staff WHERE dealer_id = ? ORDER BY id", dealer.stored) {
      try Staff(&$0)
    }
  }

  func apiKey(_ id: APIKey.ID) throws -> APIKey? {
    try first("SELECT \(APIKey.columns) FROM api_keys WHERE id = ?", id.stored) { try APIKey(&$0) }
  }

  func apiKey(digest: [UInt8]) throws -> APIKey? {
    try first("SELECT \(APIKey.columns) FROM api_keys WHERE digest = ?", digest.stored) { try APIKey(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ staff: Staff) throws -> Staff {
    try run(
      """
      INSERT INTO staff (
        dealer_id, user_name, display_name, role, uses_key_locker, is_disabled, password_hash
      ) VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      staff.dealer.stored, staff.userName.stored, staff.displayName.stored, staff.role.stored,
      staff.usesKeyLocker.stored, staff.isDisabled.stored, staff.passwordHash.stored)
    var staff = staff
    staff.id = newID()
    return staff
  }

  func update(_ staff: Staff) throws {
    try run(
      """
      UPDATE staff SET
        user_name = ?, display_name = ?, role = ?, uses_key_locker = ?, is_disabled = ?, password_hash = ?
      WHERE id = ?
      """,
      staff.userName.stored, staff.displayName.stored, staff.role.stored, staff.usesKeyLocker.stored,
      staff.isDisabled.stored, staff.passwordHash.stored, staff.id.stored)
    expectOneRow("staff member")
  }

  func insert(_ apiKey: APIKey) throws -> APIKey {
    try run(
      "INSERT INTO api_keys (dealer_id, name, digest, revoked_at_ms) VALUES (?, ?, ?, ?)",
      apiKey.dealer.stored, apiKey.name.stored, apiKey.digest.stored, apiKey.revokedAt.stored)
    var apiKey = apiKey
    apiKey.id = newID()
    return apiKey
  }

  func update(_ apiKey: APIKey) throws {
    try run(
      "UPDATE api_keys SET name = ?, digest = ?, revoked_at_ms = ? WHERE id = ?",
      apiKey.name.stored, apiKey.digest.stored, apiKey.revokedAt.stored, apiKey.id.stored)
    expectOneRow("API key")
  }
}
