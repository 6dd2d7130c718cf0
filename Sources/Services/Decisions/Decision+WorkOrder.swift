import API
import Core
import Domain
import RPC

/// Work orders: stored by the dealer's number (A3), and PINs for them.
extension Decision {
  enum Change {
    case created
    case updated
    case none
  }

  func proto(_ workOrder: WorkOrder, at location: Location) throws -> ProtoWorkOrder {
    try ProtoWorkOrder(workOrder, at: location, today: LocalDate(now, in: location.zone), in: tx)
  }

  /// Stores lines of a file. What its header does not name stays as it is.
  func store(
    _ lines: ArraySlice<WorkOrderCSV.Line>, of file: WorkOrderCSV, at location: Location
  ) throws -> (changes: [Change], refused: [ImportProblem]) {
    var changes: [Change] = []
    var refused: [ImportProblem] = []
    for line in lines {
      var draft = line.draft
      if let stored = try tx.workOrder(draft.number, at: location.id) {
        draft = draft.keeping(
          of: stored, contacts: try tx.contacts(of: stored.id),
          interventions: try tx.interventions(of: stored.id).map(\.intervention), besides: file.columns)
      }
      do {
        changes.append(try store(draft, at: location).change)
      } catch let failure as Failure where failure.reason == .workOrderCancelled {
        refused.append(ImportProblem(line: line.number, field: "number", description: failure.message))
      }
    }
    return (changes, refused)
  }

  /// Creates or updates the work order with the draft's number. Storing the same again changes nothing.
  func store(_ draft: WorkOrderDraft, at location: Location) throws -> (workOrder: WorkOrder, change: Change)
  {
    guard let before = try tx.workOrder(draft.number, at: location.id) else {
      return (try create(draft, at: location), .created)
    }
    guard before.status != .cancelled else {
      throw Failure.precondition(
        .workOrderCancelled, "Work order '\(draft.number)' is cancelled; restore it before changing it.")
    }
    var workOrder = before
    workOrder.localTime = draft.localTime
    workOrder.plate = draft.plate
    workOrder.brand = draft.brand
    workOrder.model = draft.model
    let planned = try tx.interventions(of: before.id).map(\.intervention)
    // What the customer agreed with stays agreed when the dealer sends the same work again, at the same price;
    // of several pieces of one name, the first stands for the first.
    var known = planned
    let interventions = draft.interventions.map { draft in
      guard
        let index = known.firstIndex(where: { $0.name == draft.name && $0.priceCents == draft.priceCents })
      else { return draft }
      var draft = draft
      draft.isAgreed = known.remove(at: index).isAgreed || draft.isAgreed
      return draft
    }
    let hasNewContacts = try tx.contacts(of: before.id) != draft.contacts
    guard workOrder != before || interventions != planned || hasNewContacts else { return (before, .none) }
    try tx.update(workOrder)
    if hasNewContacts { try tx.replaceContacts(of: workOrder.id, with: draft.contacts) }
    if interventions != planned { try tx.replaceInterventions(of: workOrder.id, with: interventions) }
    if workOrder.localTime.date != before.localTime.date { try redatePins(of: workOrder, at: location) }
    try record(Event(.workOrderUpdated, at: now, location: location.id, workOrder: workOrder.id))
    return (workOrder, .updated)
  }

  private func create(_ draft: WorkOrderDraft, at location: Location) throws -> WorkOrder {
    let workOrder = try tx.insert(
      WorkOrder(
        location: location.id, number: draft.number, localTime: draft.localTime, plate: draft.plate,
        brand: draft.brand, model: draft.model))
    try tx.replaceContacts(of: workOrder.id, with: draft.contacts)
    try tx.replaceInterventions(of: workOrder.id, with: draft.interventions)
    _ = try tx.insert(
      Key(
        location: location.id, workOrder: workOrder.id, label: draft.number,
        custody: Custody(holder: .customer, since: now)))
    try record(Event(.workOrderCreated, at: now, location: location.id, workOrder: workOrder.id))
    return workOrder
  }

  /// S1: a drop-off PIN lives to the end of the appointment's day, also when that moves.
  private func redatePins(of workOrder: WorkOrder, at location: Location) throws {
    for var pin in try tx.openPins(for: workOrder.id, purpose: .dropOff) {
      pin.expiresAt = workOrder.localTime.date.endOfDay(in: location.zone)
      try tx.update(pin)
    }
  }

  func requireNoKeyInLocker(_ workOrder: WorkOrder) throws {
    guard try tx.keys(of: workOrder.id).contains(where: \.isInLocker) else { return }
    throw Failure.precondition(.keyInLocker, "A key of this work order is in the locker; take it out first.")
  }

  func issueDropPin(for workOrder: WorkOrder, at location: Location) throws -> (PIN, IssuedPin) {
    let expiresAt = workOrder.localTime.date.endOfDay(in: location.zone)
    guard now < expiresAt else {
      throw Failure.precondition(
        .appointmentOver, "The appointment was on \(workOrder.localTime.date); move it to issue a PIN.")
    }
    guard let key = try keyToDrop(of: workOrder.id) else {
      throw Failure.precondition(.keyInLocker, "Every key of this work order was handed in already.")
    }
    try supersedePins(for: workOrder.id, purpose: .dropOff)
    return try draw(at: location.id) { digest in
      IssuedPin(
        location: location.id, digest: digest, purpose: .dropOff, workOrder: workOrder.id, key: key,
        issuedAt: now, expiresAt: expiresAt)
    }
  }

  func issuePickUpPin(for workOrder: WorkOrder, at location: Location) throws -> (PIN, IssuedPin) {
    guard let key = try tx.keys(of: workOrder.id).first(where: \.isInLocker) else {
      throw Failure.precondition(.noKeyInLocker, "No key of this work order is in a locker.")
    }
    try supersedePins(for: workOrder.id, purpose: .pickUp)
    return try draw(at: location.id) { digest in
      IssuedPin(
        location: location.id, digest: digest, purpose: .pickUp, workOrder: workOrder.id, key: key.id,
        issuedAt: now, expiresAt: now + IssuedPin.pickUpLifetime)
    }
  }
}

extension WorkOrderDraft.Input {
  init(_ proto: ProtoWorkOrder) {
    self.init(
      number: proto.number, localTime: proto.localTime, plate: proto.vehicle.plate,
      brand: proto.vehicle.brand,
      model: proto.vehicle.model,
      contacts: proto.contacts.map { contact in
        WorkOrderDraft.ContactInput(
          role: ContactRole(contact.role), name: contact.name, privateEmail: contact.privateEmail,
          businessEmail: contact.businessEmail, privateMobile: contact.privateMobile,
          businessMobile: contact.businessMobile, language: contact.language, isBlocked: contact.blocked)
      },
      interventions: proto.interventions.map { work in
        Intervention(
          name: work.name, remark: work.remark, priceCents: work.priceCents, isPriceHidden: work.priceHidden,
          isAgreed: work.agreed)
      })
  }
}
