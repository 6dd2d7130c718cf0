import Domain
import Testing

@Suite struct CompartmentTests {
  private func box(_ number: Int, openings: Int64 = 0, change: (inout Compartment) -> Void = { _ in })
    -> Compartment
  {
    var box = Compartment(
      id: .init(rawValue: 100 + Int64(number)), locker: .init(rawValue: 1), number: number, door: .closed,
      item: .absent, openings: openings)
    change(&box)
    return box
  }

  private func choose(_ boxes: [Compartment], occupied: Set<Int64> = []) -> Int? {
    Compartment.choose(from: boxes, occupied: Set(occupied.map { Compartment.ID(rawValue: $0) }))?.number
  }

  @Test func `S6 the box that was opened least is given out, so that wear is spread`() {
    #expect(choose([box(1, openings: 3), box(2, openings: 1), box(3, openings: 2)]) == 2)
  }

  @Test func `S6 of boxes opened equally often the lowest number is given out, whatever their order`() {
    let boxes = [box(3, openings: 7), box(1, openings: 8), box(2, openings: 7), box(4, openings: 7)]
    #expect(choose(boxes) == 2)
    #expect(choose(boxes.reversed()) == 2)
  }

  @Test func `S6 the count of openings goes before the number, at its ends too`() {
    #expect(choose([box(1, openings: .max), box(64, openings: 0)]) == 64)
    #expect(choose([box(2, openings: .max), box(1, openings: .max)]) == 1)
  }

  @Test func `D7 of no box, or none that is free, none is given out`() {
    #expect(choose([]) == nil)
    #expect(choose([box(1), box(2)], occupied: [101, 102]) == nil)
  }

  @Test func `S6 a box that holds a key is not given out`() {
    #expect(choose([box(1), box(2, openings: 9)], occupied: [101]) == 2)
    // What is occupied elsewhere does not matter here.
    #expect(choose([box(1)], occupied: [1, 2, 102]) == 1)
  }

  @Test func `S6 a box in which the sensor sees something is not given out`() {
    #expect(choose([box(1) { $0.item = .present }, box(2, openings: 9)]) == 2)
    #expect(choose([box(1) { $0.item = .present }]) == nil)
    #expect(choose([box(1) { $0.item = .unknown }]) == 1)
  }

  @Test(arguments: Quarantine.allCases)
  func `D7 a quarantined box is not given out`(reason: Quarantine) {
    #expect(choose([box(1) { $0.quarantine = reason }, box(2, openings: 9)]) == 2)
    #expect(choose([box(1) { $0.quarantine = reason }]) == nil)
  }

  @Test(arguments: [
    Compartment.Reservation.visit(.init(rawValue: 1)), .handover(.init(rawValue: 1)),
  ])
  func `S6 a reserved box is not given out`(reservation: Compartment.Reservation) {
    #expect(choose([box(1) { $0.reservation = reservation }, box(2, openings: 9)]) == 2)
    #expect(choose([box(1) { $0.reservation = reservation }]) == nil)
  }

  @Test(arguments: [true, false])
  func `D8 a box that stands open is not given out, overridden or not`(isOverridden: Bool) {
    let open = box(1) {
      $0.door = .open
      $0.isDoorOverridden = isOverridden
    }
    #expect(choose([open, box(2, openings: 9)]) == 2)
    #expect(choose([open]) == nil)
  }

  @Test func `D7 a box whose door was not read yet is not given out`() {
    #expect(choose([box(1) { $0.door = .unread }]) == nil)
  }

  @Test func `D7 of a whole locker each box is given out once, then all again`() {
    var boxes = Locker.compartmentCounts.map { box($0) }
    for round in 1...3 {
      var given: [Int] = []
      for _ in boxes {
        guard let number = choose(boxes) else { break }
        given.append(number)
        boxes[number - 1].openings += 1
      }
      #expect(given == Array(Locker.compartmentCounts), "round \(round)")
    }
  }

  @Test(arguments: Compartment.Door.allCases)
  func `D8 an open door holds up the locker until it is closed or overridden`(door: Compartment.Door) {
    #expect(box(1) { $0.door = door }.blocksLocker == (door == .open))
    let overridden = box(1) {
      $0.door = door
      $0.isDoorOverridden = true
    }
    #expect(!overridden.blocksLocker)
  }
}
