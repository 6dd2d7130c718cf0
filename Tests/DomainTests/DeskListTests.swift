import Domain
import Testing

/// W1: where rows stand, and which of them a desk asked for.
@Suite struct DeskListTests {
  private func workOrder(
    _ number: String = "WO-1", plate: String = "AB123C", at localTime: String = "2027-03-01T10:00",
    isPinned: Bool = false
  ) throws -> WorkOrder {
    WorkOrder(
      location: Location.ID(rawValue: 1), number: number,
      localTime: try #require(LocalDateTime(parsing: localTime)), plate: try #require(Plate(parsing: plate)),
      isPinnedByHand: isPinned)
  }

  private func position(
    _ rank: ListPosition.Rank, _ localTime: String, _ number: String
  ) throws -> ListPosition {
    ListPosition(
      rank: rank, localTime: try #require(LocalDateTime(parsing: localTime)), number: number)
  }

  @Test func `W1 positions sort by rank, time and number, and their texts sort as they do`() throws {
    let sorted = try [
      position(.keyInLocker, "2027-03-02T10:00", "1"), position(.pinned, "2026-12-31T23:59", "9"),
      position(.pinned, "2027-03-01T09:00", "1"), position(.byTime, "2027-03-01T08:00", "10"),
      position(.byTime, "2027-03-01T08:00", "2"), position(.byTime, "2027-03-01T08:00", "a b"),
      position(.byTime, "2027-03-01T08:00", "é"), position(.byTime, "2027-03-01T08:30", ""),
    ]
    #expect(sorted.reversed().sorted() == sorted)
    let texts = sorted.map(\.description)
    #expect(texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } == texts)
    for position in sorted { #expect(ListPosition(parsing: position.description) == position) }
  }

  @Test(arguments: [
    "", "2", "2 2027-03-01T10:00", "3 2027-03-01T10:00 1", "-1 2027-03-01T10:00 1", "2 2027-03-01 1",
    "02 2027-03-01T10:00 1", "2 2027-03-01T10:00 " + String(repeating: "x", count: 300),
  ]) func `W1 what is no position is none`(text: String) {
    #expect(ListPosition(parsing: text) == nil)
  }

  @Test func `C10 a work order is pinned by hand, or by a key in a locker on another day`() throws {
    let today = try #require(LocalDate(parsing: "2027-03-01"))
    #expect(try !workOrder().isPinned(hasKeyInLocker: true, today: today))
    #expect(try workOrder().isPinned(hasKeyInLocker: true, today: today.adding(days: 1)))
    #expect(try workOrder().isPinned(hasKeyInLocker: true, today: today.adding(days: -1)))
    #expect(try !workOrder().isPinned(hasKeyInLocker: false, today: today.adding(days: 1)))
    #expect(try workOrder(isPinned: true).isPinned(hasKeyInLocker: false, today: today))
  }

  @Test func `W1 C10 a list holds its days, both included, and what is pinned where that is asked for`()
    throws
  {
    var list = DeskList(
      location: Location.ID(rawValue: 1), from: try #require(LocalDate(parsing: "2027-03-01")),
      through: try #require(LocalDate(parsing: "2027-03-02")), hasPinned: true, search: nil)
    for (time, isInside) in [
      ("2027-02-28T23:59", false), ("2027-03-01T00:00", true), ("2027-03-02T23:59", true),
      ("2027-03-03T00:00", false),
    ] {
      #expect(list.holds(try workOrder(at: time), isPinned: false) == isInside, "\(time)")
      #expect(list.holds(try workOrder(at: time), isPinned: true), "\(time)")
    }
    list.hasPinned = false
    #expect(try !list.holds(workOrder(at: "2027-03-03T00:00"), isPinned: true))
    list.search = WorkOrderSearch("x")
    #expect(try !list.holds(workOrder(), isPinned: false))
  }

  @Test func `W1 D11 a search looks into number and plate, in any case and notation`() throws {
    #expect(WorkOrderSearch("") == nil)
    #expect(WorkOrderSearch("  ") == nil)
    for (typed, isFound) in [
      ("wo-1", true), ("O-1", true), ("ab-123-c", true), ("B12", true), ("wo-2", false), ("-", true),
      ("--", false), ("*", false),
    ] {
      #expect(try WorkOrderSearch(typed)?.finds(workOrder()) == isFound, "\(typed)")
    }
  }
}
