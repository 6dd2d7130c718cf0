/// What a desk wants to see: a location's appointments of a few days (W1).
public struct DeskList: Hashable, Sendable {
  public static let maximumDays = 7

  public var location: Location.ID
  public var from: LocalDate
  /// Included.
  public var through: LocalDate
  /// C10: also the pinned ones of all other dates.
  public var hasPinned: Bool
  /// `nil` for all.
  public var search: WorkOrderSearch?

  public init(
    location: Location.ID, from: LocalDate, through: LocalDate, hasPinned: Bool, search: WorkOrderSearch?
  ) {
    self.location = location
    self.from = from
    self.through = through
    self.hasPinned = hasPinned
    self.search = search
  }

  /// Whether a work order of the location is in it.
  public func holds(_ workOrder: WorkOrder, isPinned: Bool) -> Bool {
    let date = workOrder.localTime.date
    guard (from <= date && date <= through) || (hasPinned && isPinned) else { return false }
    return search?.finds(workOrder) ?? true
  }
}

/// What somebody types to find an appointment: part of its number, or of its plate.
public struct WorkOrderSearch: Hashable, Sendable {
  public static let maximumCharacters = 40

  private let number: String
  /// Letters and digits; empty where there are none.
  private let plate: String

  /// `nil` for a text that is empty, which finds everything.
  public init?(_ typed: String) {
    let typed = typed.trimmed
    guard !typed.isEmpty else { return nil }
    number = typed.lowercased()
    plate = String(typed.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) })
  }

  public func finds(_ workOrder: WorkOrder) -> Bool {
    workOrder.number.lowercased().contains(number)
      || (!plate.isEmpty && workOrder.plate.normalized.contains(plate))
  }
}
