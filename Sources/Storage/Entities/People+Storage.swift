import Domain
import GRDB

/// Ids of locations, read from the numbers that `group_concat` puts commas between; NULL where there are none.
private func locationSet(_ row: inout Columns) throws -> Set<Location.ID> {
  let numbers: String = try row.optional() ?? ""
  return Set(numbers.split(separator: ",").compactMap { Int64($0).map(Location.ID.init(rawValue:)) })
}

extension Staff {
  static let columns = """
    id, dealer_id, (SELECT group_concat(location_id) FROM staff_locations WHERE staff_id = staff.id),
    user_name, display_name, role, uses_key_locker, is_disabled, password_hash
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), dealer: row.next(), locations: locationSet(&row), userName: row.next(),
      displayName: row.next(), role: row.next(), usesKeyLocker: row.next(), isDisabled: row.next(),
      passwordHash: row.next())
  }
}

extension Session {
  static let columns = "id, staff_id, digest, is_cookie, opened_at_ms, used_at_ms, expires_at_ms"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), staff: row.next(), digest: row.next(), isCookie: row.next(), openedAt: row.next(),
      usedAt: row.next(), expiresAt: row.next())
  }
}

extension APIKey {
  static let columns = """
    id, dealer_id, name, digest, prefix,
    (SELECT group_concat(location_id) FROM api_key_locations WHERE api_key_id = api_keys.id),
    may_write, services, created_at_ms, used_at_ms, expires_at_ms, revoked_at_ms
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), dealer: row.next(), name: row.next(), digest: row.next(), prefix: row.next(),
      reach: Reach(&row), createdAt: row.optional(), usedAt: row.optional(), expiresAt: row.optional(),
      revokedAt: row.optional())
  }
}

extension APIKey.Reach {
  fileprivate init(_ row: inout Columns) throws {
    try self.init(
      locations: locationSet(&row), mayWrite: row.next(),
      services: Set(row.next(String.self).split(separator: " ").map(String.init)))
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

  func enabledStaff(of dealer: Dealer.ID) throws -> Int {
    try first("SELECT count(*) FROM staff WHERE dealer_id = ? AND is_disabled = 0", dealer.stored) {
      try $0.next()
    } ?? 0
  }

  func session(_ id: Session.ID) throws -> Session? {
    try first("SELECT \(Session.columns) FROM sessions WHERE id = ?", id.stored) { try Session(&$0) }
  }

  func session(digest: [UInt8]) throws -> Session? {
    try first("SELECT \(Session.columns) FROM sessions WHERE digest = ?", digest.stored) { try Session(&$0) }
  }

  func sessions(of staff: Staff.ID) throws -> [Session] {
    try all("SELECT \(Session.columns) FROM sessions WHERE staff_id = ? ORDER BY id", staff.stored) {
      try Session(&$0)
    }
  }

  func apiKeys(of dealer: Dealer.ID, after id: APIKey.ID, limit: Int) throws -> [APIKey] {
    try all(
      "SELECT \(APIKey.columns) FROM api_keys WHERE dealer_id = ? AND id > ? ORDER BY id LIMIT ?",
      dealer.stored, id.stored, limit.stored
    ) { try APIKey(&$0) }
  }

  func unrevokedAPIKeys(of dealer: Dealer.ID) throws -> Int {
    try first(
      "SELECT count(*) FROM api_keys WHERE dealer_id = ? AND revoked_at_ms IS NULL", dealer.stored
    ) { try $0.next() } ?? 0
  }

  func staff(of dealer: Dealer.ID, after id: Staff.ID, limit: Int) throws -> [Staff] {
    try all(
      "SELECT \(Staff.columns) FROM staff WHERE dealer_id = ? AND id > ? ORDER BY id LIMIT ?", dealer.stored,
      id.stored, limit.stored
    ) { try Staff(&$0) }
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
    try insertLocations(of: staff)
    return staff
  }

  private func insertLocations(of staff: Staff) throws {
    for location in staff.locations.sorted(by: { $0.rawValue < $1.rawValue }) {
      try run(
        "INSERT INTO staff_locations (staff_id, location_id) VALUES (?, ?)", staff.id.stored, location.stored)
    }
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
    try run("DELETE FROM staff_locations WHERE staff_id = ?", staff.id.stored)
    try insertLocations(of: staff)
  }

  func insert(_ session: Session) throws -> Session {
    try run(
      """
      INSERT INTO sessions (staff_id, digest, is_cookie, opened_at_ms, used_at_ms, expires_at_ms)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      session.staff.stored, session.digest.stored, session.isCookie.stored, session.openedAt.stored,
      session.usedAt.stored, session.expiresAt.stored)
    var session = session
    session.id = newID()
    return session
  }

  func update(_ session: Session) throws {
    try run("UPDATE sessions SET used_at_ms = ? WHERE id = ?", session.usedAt.stored, session.id.stored)
    expectOneRow("session")
  }

  func delete(_ session: Session.ID) throws {
    try run("DELETE FROM sessions WHERE id = ?", session.stored)
  }

  func insert(_ apiKey: APIKey) throws -> APIKey {
    try run(
      """
      INSERT INTO api_keys (
        dealer_id, name, digest, prefix, may_write, services, created_at_ms, used_at_ms, expires_at_ms,
        revoked_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      apiKey.dealer.stored, apiKey.name.stored, apiKey.digest.stored, apiKey.prefix.stored,
      apiKey.reach.mayWrite.stored, apiKey.reach.services.sorted().joined(separator: " ").stored,
      apiKey.createdAt.stored, apiKey.usedAt.stored, apiKey.expiresAt.stored, apiKey.revokedAt.stored)
    var apiKey = apiKey
    apiKey.id = newID()
    for location in apiKey.reach.locations.sorted(by: { $0.rawValue < $1.rawValue }) {
      try run(
        "INSERT INTO api_key_locations (api_key_id, location_id) VALUES (?, ?)", apiKey.id.stored,
        location.stored)
    }
    return apiKey
  }

  func update(_ apiKey: APIKey) throws {
    try run(
      "UPDATE api_keys SET name = ?, used_at_ms = ?, revoked_at_ms = ? WHERE id = ?", apiKey.name.stored,
      apiKey.usedAt.stored, apiKey.revokedAt.stored, apiKey.id.stored)
    expectOneRow("API key")
  }
}
