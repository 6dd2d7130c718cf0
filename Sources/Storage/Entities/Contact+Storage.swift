import Domain
import GRDB

extension Contact {
  static let columns = """
    role, name, private_email, business_email, private_mobile, business_mobile, language, is_blocked
    """

  init(_ row: inout Columns) throws {
    try self.init(
      role: row.next(), name: row.next(), privateEmail: row.next(), businessEmail: row.next(),
      privateMobile: row.optional(), businessMobile: row.optional(), language: row.next(),
      isBlocked: row.next())
  }
}

extension SQLSnapshot {
  func contacts(of workOrder: WorkOrder.ID) throws -> [Contact] {
    try all("SELECT \(Contact.columns) FROM contacts WHERE work_order_id = ? ORDER BY id", workOrder.stored) {
      try Contact(&$0)
    }
  }
}

extension SQLTransaction {
  func replaceContacts(of workOrder: WorkOrder.ID, with contacts: [Contact]) throws {
    try run("DELETE FROM contacts WHERE work_order_id = ?", workOrder.stored)
    for contact in contacts {
      try run(
        """
        INSERT INTO contacts (work_order_id, location_id, local_date, \(Contact.columns))
        SELECT id, location_id, local_date, ?, ?, ?, ?, ?, ?, ?, ? FROM work_orders WHERE id = ?
        """,
        contact.role.stored, contact.name.stored, contact.privateEmail.stored, contact.businessEmail.stored,
        contact.privateMobile.stored, contact.businessMobile.stored, contact.language.stored,
        contact.isBlocked.stored, workOrder.stored)
      expectOneRow("work order")
    }
  }
}
