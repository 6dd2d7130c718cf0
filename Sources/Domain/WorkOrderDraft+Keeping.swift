extension WorkOrderDraft {
  /// What a file leaves of a stored work order: everything that its header does not name, contacts besides the
  /// driver, and of work that is named again its price and remark, which no file has.
  public func keeping(
    of stored: WorkOrder, contacts storedContacts: [Contact], interventions storedWork: [Intervention],
    besides columns: Set<WorkOrderCSV.Column>
  ) -> WorkOrderDraft {
    var draft = self
    if !columns.contains(.brand) { draft.brand = stored.brand }
    if !columns.contains(.model) { draft.model = stored.model }
    if columns.contains(.work) {
      draft.interventions = interventions.map { work in
        storedWork.first { $0.name == work.name } ?? work
      }
    } else {
      draft.interventions = storedWork
    }
    let drivers = contacts.map {
      $0.keeping(of: storedContacts.first { $0.role == .driver }, besides: columns)
    }
    // In the order in which they are stored, so that nothing has changed where nothing changed.
    draft.contacts = storedContacts.map { contact in
      contact.role == .driver ? drivers.first ?? contact : contact
    }
    if !draft.contacts.contains(where: { $0.role == .driver }) { draft.contacts += drivers }
    return draft
  }
}

extension Contact {
  fileprivate func keeping(of stored: Contact?, besides columns: Set<WorkOrderCSV.Column>) -> Contact {
    guard let stored else { return self }
    var contact = self
    if !columns.contains(.driverName) { contact.name = stored.name }
    if !columns.contains(.driverEmail) { contact.privateEmail = stored.privateEmail }
    if !columns.contains(.driverBusinessEmail) { contact.businessEmail = stored.businessEmail }
    if !columns.contains(.driverMobile) { contact.privateMobile = stored.privateMobile }
    if !columns.contains(.driverBusinessMobile) { contact.businessMobile = stored.businessMobile }
    if !columns.contains(.language) { contact.language = stored.language }
    contact.isBlocked = stored.isBlocked
    return contact
  }
}
