import Domain
import GRDB

extension Dealer {
  static let columns = "id, name"

  init(_ row: inout Columns) throws {
    try self.init(id: row.next(), name: row.next())
  }
}

extension Location {
  static let columns = """
    id, dealer_id, name, zone, country, languages, currency, qr_ms, warning_ms, end_ms, days_ahead,
    send_from_minute, send_until_minute, emergency_phone
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), dealer: row.next(), name: row.next(), zone: row.next(), country: row.next(),
      languages: row.next(String.self).split(separator: ",").map(String.init),
      currency: row.next(), limits: Limits(qr: row.next(), warning: row.next(), end: row.next()),
      checkIn: CheckInSettings(daysAhead: row.next(), sendFrom: row.next(), sendUntil: row.next()),
      emergencyPhone: row.optional())
  }
}

extension Locker {
  static let columns = """
    id, location_id, name, is_active, asks_pin_to_drop, has_item_sensors, pulse_ms, cool_down_ms,
    open_window_ms, left_open_ms, debounce_ms, revision, last_command_sequence, controller_version
    """

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), name: row.next(), isActive: row.next(), asksPinToDrop: row.next(),
      hasItemSensors: row.next(),
      timing: LockTiming(
        pulse: row.next(), coolDown: row.next(), openWindow: row.next(), leftOpen: row.next(),
        debounce: row.next()),
      revision: row.next(), lastCommandSequence: row.next(), controllerVersion: row.next())
  }
}

extension SQLSnapshot {
  func dealer(_ id: Dealer.ID) throws -> Dealer? {
    try first("SELECT \(Dealer.columns) FROM dealers WHERE id = ?", id.stored) { try Dealer(&$0) }
  }

  func dealer(named name: String) throws -> Dealer? {
    try first("SELECT \(Dealer.columns) FROM dealers WHERE name = ?", name.stored) { try Dealer(&$0) }
  }

  func dealers(after id: Dealer.ID, limit: Int) throws -> [Dealer] {
    try all(
      "SELECT \(Dealer.columns) FROM dealers WHERE id > ? ORDER BY id LIMIT ?", id.stored, limit.stored
    ) { try Dealer(&$0) }
  }

  func location(_ id: Location.ID) throws -> Location? {
    try first("SELECT \(Location.columns) FROM locations WHERE id = ?", id.stored) { try Location(&$0) }
  }

  func locations(of dealer: Dealer.ID?) throws -> [Location] {
    guard let dealer else {
      return try all("SELECT \(Location.columns) FROM locations ORDER BY id") { try Location(&$0) }
    }
    return try all(
      "SELECT \(Location.columns) FROM locations WHERE dealer_id = ? ORDER BY id", dealer.stored
    ) { try Location(&$0) }
  }

  func locations(after id: Location.ID, limit: Int) throws -> [Location] {
    try all(
      "SELECT \(Location.columns) FROM locations WHERE id > ? ORDER BY id LIMIT ?", id.stored, limit.stored
    ) { try Location(&$0) }
  }

  func locker(_ id: Locker.ID) throws -> Locker? {
    try first("SELECT \(Locker.columns) FROM lockers WHERE id = ?", id.stored) { try Locker(&$0) }
  }

  func lockers(at location: Location.ID) throws -> [Locker] {
    try all("SELECT \(Locker.columns) FROM lockers WHERE location_id = ? ORDER BY id", location.stored) {
      try Locker(&$0)
    }
  }

  func lockers(at location: Location.ID, after id: Locker.ID, limit: Int) throws -> [Locker] {
    try all(
      "SELECT \(Locker.columns) FROM lockers WHERE location_id = ? AND id > ? ORDER BY id LIMIT ?",
      location.stored, id.stored, limit.stored
    ) { try Locker(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ dealer: Dealer) throws -> Dealer {
    try run("INSERT INTO dealers (name) VALUES (?)", dealer.name.stored)
    var dealer = dealer
    dealer.id = newID()
    return dealer
  }

  func update(_ dealer: Dealer) throws {
    try run("UPDATE dealers SET name = ? WHERE id = ?", dealer.name.stored, dealer.id.stored)
    expectOneRow("dealer")
  }

  func insert(_ location: Location) throws -> Location {
    try run(
      """
      INSERT INTO locations (
        dealer_id, name, zone, country, languages, currency, qr_ms, warning_ms, end_ms, days_ahead,
        send_from_minute, send_until_minute, emergency_phone
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      location.dealer.stored, location.name.stored, location.zone.stored, location.country.stored,
      location.languages.joined(separator: ",").stored, location.currency.stored, location.limits.qr.stored,
      location.limits.warning.stored, location.limits.end.stored, location.checkIn.daysAhead.stored,
      location.checkIn.sendFrom.stored, location.checkIn.sendUntil.stored, location.emergencyPhone.stored)
    var location = location
    location.id = newID()
    return location
  }

  func update(_ location: Location) throws {
    try run(
      """
      UPDATE locations SET
        name = ?, zone = ?, country = ?, languages = ?, currency = ?, qr_ms = ?, warning_ms = ?, end_ms = ?,
        days_ahead = ?, send_from_minute = ?, send_until_minute = ?, emergency_phone = ?
      WHERE id = ?
      """,
      location.name.stored, location.zone.stored, location.country.stored,
      location.languages.joined(separator: ",").stored, location.currency.stored, location.limits.qr.stored,
      location.limits.warning.stored, location.limits.end.stored, location.checkIn.daysAhead.stored,
      location.checkIn.sendFrom.stored, location.checkIn.sendUntil.stored, location.emergencyPhone.stored,
      location.id.stored)
    expectOneRow("location")
  }

  func insert(_ locker: Locker) throws -> Locker {
    try run(
      """
      INSERT INTO lockers (
        location_id, name, is_active, asks_pin_to_drop, has_item_sensors, pulse_ms, cool_down_ms,
        open_window_ms, left_open_ms, debounce_ms, revision, last_command_sequence, controller_version
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      locker.location.stored, locker.name.stored, locker.isActive.stored, locker.asksPinToDrop.stored,
      locker.hasItemSensors.stored, locker.timing.pulse.stored, locker.timing.coolDown.stored,
      locker.timing.openWindow.stored, locker.timing.leftOpen.stored, locker.timing.debounce.stored,
      locker.revision.stored, locker.lastCommandSequence.stored, locker.controllerVersion.stored)
    var locker = locker
    locker.id = newID()
    return locker
  }

  func update(_ locker: Locker) throws {
    try run(
      """
      UPDATE lockers SET
        name = ?, is_active = ?, asks_pin_to_drop = ?, has_item_sensors = ?, pulse_ms = ?, cool_down_ms = ?,
        open_window_ms = ?, left_open_ms = ?, debounce_ms = ?, revision = ?, last_command_sequence = ?,
        controller_version = ?
      WHERE id = ?
      """,
      locker.name.stored, locker.isActive.stored, locker.asksPinToDrop.stored, locker.hasItemSensors.stored,
      locker.timing.pulse.stored, locker.timing.coolDown.stored, locker.timing.openWindow.stored,
      locker.timing.leftOpen.stored, locker.timing.debounce.stored, locker.revision.stored,
      locker.lastCommandSequence.stored, locker.controllerVersion.stored, locker.id.stored)
    expectOneRow("locker")
  }

  func raiseRevision(of locker: Locker.ID) throws {
    try run("UPDATE lockers SET revision = revision + 1 WHERE id = ?", locker.stored)
    expectOneRow("locker")
  }
}
