import Domain

/// A work order with what says where it stands in the desk's list.
struct ListedWorkOrder {
  let workOrder: WorkOrder
  let keys: [Key]
  let isPinned: Bool

  init(_ workOrder: WorkOrder, today: LocalDate, in snapshot: any Snapshot) throws {
    self.workOrder = workOrder
    keys = try snapshot.keys(of: workOrder.id)
    isPinned = workOrder.isPinned(hasKeyInLocker: keys.contains(where: \.isInLocker), today: today)
  }

  var position: ListPosition {
    let rank: ListPosition.Rank =
      keys.contains(where: \.isInLocker) ? .keyInLocker : isPinned ? .pinned : .byTime
    return ListPosition(rank: rank, localTime: workOrder.localTime, number: workOrder.number)
  }
}

extension Snapshot {
  /// What stands in the list after a position, in order, at most `limit`.
  func page(
    of list: DeskList, today: LocalDate, after position: ListPosition?, limit: Int
  ) throws -> [ListedWorkOrder] {
    let onTop = try workOrdersOnTop(at: list.location).map { try ListedWorkOrder($0, today: today, in: self) }
    var page = onTop.filter { listed in
      list.holds(listed.workOrder, isPinned: listed.isPinned) && position.map { listed.position > $0 } ?? true
    }
    page.sort { $0.position < $1.position }
    if page.count >= limit { return Array(page.prefix(limit)) }
    // Below them stands what nothing but its time says a place for.
    let known = Set(onTop.map(\.workOrder.id))
    var last = position.flatMap { $0.rank == .byTime ? $0 : nil }
    var batch: [WorkOrder]
    repeat {
      batch = try workOrders(
        at: list.location, from: list.from, through: list.through, after: last, limit: limit)
      for workOrder in batch where !known.contains(workOrder.id) && list.holds(workOrder, isPinned: false) {
        page.append(try ListedWorkOrder(workOrder, today: today, in: self))
        if page.count == limit { return page }
      }
      last = batch.last.map {
        ListPosition(rank: .byTime, localTime: $0.localTime, number: $0.number)
      }
    } while batch.count == limit
    return page
  }
}

/// What events did to a list.
struct ListChanges {
  var rows: [ListedWorkOrder] = []
  /// Not in the list, or no more.
  var removed: [WorkOrder.ID] = []
  /// The last event that is told.
  var through: Int64
  /// What is shown of every row may have changed.
  var concernsAll = false
}

extension Snapshot {
  /// What the events after `number` did to a list: as many of them as concern at most `limit` work orders.
  func changes(
    to list: DeskList, today: LocalDate, after number: Int64, limit: Int
  ) throws -> ListChanges {
    var changes = ListChanges(through: number)
    var touched: [WorkOrder.ID] = []
    var known: Set<WorkOrder.ID> = []
    for event in try events(at: list.location, after: number, limit: 2 * limit) {
      if event.concernsWholeList { changes.concernsAll = true }
      if let id = event.workOrder, !known.contains(id) {
        if touched.count == limit { break }
        touched.append(id)
        known.insert(id)
      }
      changes.through = event.number
    }
    for id in touched {
      // An event may outlive its work order.
      guard let workOrder = try workOrder(id) else { continue }
      let listed = try ListedWorkOrder(workOrder, today: today, in: self)
      if list.holds(workOrder, isPinned: listed.isPinned) {
        changes.rows.append(listed)
      } else {
        changes.removed.append(id)
      }
    }
    return changes
  }
}

extension Event {
  /// Of a `STAFF_UPDATED`: there is another name.
  static let renamed = "RENAMED"

  /// Rows show the names of lockers and of staff.
  var concernsWholeList: Bool {
    kind == .lockerUpdated || (kind == .staffUpdated && reason == Self.renamed)
  }
}
