import Domain
import GRDB

extension OptionalService {
  static let columns = "id, location_id, name, description, price_cents, url, brands, is_withdrawn"

  init(_ row: inout Columns) throws {
    try self.init(
      id: row.next(), location: row.next(), name: row.next(), description: row.next(), priceCents: row.next(),
      url: row.next(), brands: row.next(String.self).split(separator: "\n").map(String.init),
      isWithdrawn: row.next())
  }

  fileprivate var storedBrands: SQLValue { brands.joined(separator: "\n").stored }
}

extension SQLSnapshot {
  func optionalService(_ id: OptionalService.ID) throws -> OptionalService? {
    try first("SELECT \(OptionalService.columns) FROM optional_services WHERE id = ?", id.stored) {
      try OptionalService(&$0)
    }
  }

  func optionalServices(
    at location: Location.ID, includingWithdrawn: Bool, after id: OptionalService.ID, limit: Int
  ) throws -> [OptionalService] {
    try all(
      """
      SELECT \(OptionalService.columns) FROM optional_services
      WHERE location_id = ? AND id > ? AND (? OR is_withdrawn = 0) ORDER BY id LIMIT ?
      """, location.stored, id.stored, includingWithdrawn.stored, limit.stored
    ) { try OptionalService(&$0) }
  }
}

extension SQLTransaction {
  func insert(_ service: OptionalService) throws -> OptionalService {
    try run(
      """
      INSERT INTO optional_services (location_id, name, description, price_cents, url, brands, is_withdrawn)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      service.location.stored, service.name.stored, service.description.stored, service.priceCents.stored,
      service.url.stored, service.storedBrands, service.isWithdrawn.stored)
    var service = service
    service.id = newID()
    return service
  }

  func update(_ service: OptionalService) throws {
    try run(
      """
      UPDATE optional_services SET
        name = ?, description = ?, price_cents = ?, url = ?, brands = ?, is_withdrawn = ?
      WHERE id = ?
      """,
      service.name.stored, service.description.stored, service.priceCents.stored, service.url.stored,
      service.storedBrands, service.isWithdrawn.stored, service.id.stored)
    expectOneRow("optional service")
  }
}
