import Domain
import Testing

/// W4: who acts next.
@Suite struct TurnTests {
  private func box(_ change: (inout Compartment) -> Void = { _ in }) -> Compartment {
    var box = Compartment(locker: Locker.ID(rawValue: 1), number: 1, door: .closed)
    change(&box)
    return box
  }

  private func turn(
    _ box: Compartment, _ content: Turn.Content = .nothing, _ use: Turn.Use? = nil
  ) -> Turn {
    Turn(at: box, use: use, content: content)
  }

  @Test func `W4 nobody has to do anything about an empty compartment`() {
    #expect(turn(box()) == .nobody)
    #expect(turn(box { $0.door = .unread }) == .nobody)
  }

  @Test
  func `W4 staff fetch what was dropped off, customers what they have a PIN for, else the desk gives one`() {
    #expect(turn(box(), .droppedOff) == .staff)
    #expect(turn(box(), .forCustomer(hasPin: true)) == .customer)
    #expect(turn(box(), .forCustomer(hasPin: false)) == .desk)
  }

  @Test func `W4 whoever uses it acts, whatever else is the case`() {
    let open = box { $0.door = .open }
    #expect(turn(open, .nothing, .visit(.dropOff)) == .customer)
    #expect(turn(open, .droppedOff, .visit(.pickUp)) == .customer)
    #expect(turn(open, .droppedOff, .visit(.openBox)) == .desk)
    #expect(turn(open, .forCustomer(hasPin: true), .handover) == .staff)
  }

  @Test func `W4 the desk looks at what is out of service, and at a door that nobody has in hand`() {
    for reason in Quarantine.allCases {
      #expect(turn(box { $0.quarantine = reason }, .droppedOff) == .desk)
    }
    #expect(turn(box { $0.door = .open }) == .desk)
    #expect(
      turn(
        box {
          $0.door = .open
          $0.isDoorOverridden = true
        }) == .nobody)
  }

  @Test func `W4 a locker waits for the customer, the staff or the desk, and for nobody at rest`() {
    func turn(
      isActive: Bool = true, _ boxes: [Compartment] = [], isConnected: Bool = true, use: Turn.Use? = nil
    ) -> Turn {
      let locker = Locker(
        location: Location.ID(rawValue: 1), name: "L", isActive: isActive, asksPinToDrop: true,
        hasItemSensors: false, timing: LockTiming())
      return Turn(at: locker, boxes, isConnected: isConnected, use: use)
    }
    #expect(turn() == .nobody)
    #expect(turn(use: .visit(.dropOff)) == .customer)
    #expect(turn(use: .visit(.pickUp)) == .customer)
    #expect(turn(use: .visit(.openBox)) == .desk)
    #expect(turn(use: .handover) == .staff)
    #expect(turn([box { $0.door = .open }]) == .desk)
    #expect(turn([box { $0.quarantine = .jammed }]) == .nobody, "others can still be given out")
    #expect(turn(isConnected: false, use: .visit(.dropOff)) == .desk)
    #expect(turn(isActive: false, isConnected: false) == .nobody)
  }
}
