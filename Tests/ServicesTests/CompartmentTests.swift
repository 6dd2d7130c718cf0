import API
import Domain
import RPC
import TestSupport
import Testing

/// Boxes: which one is given out, to whom, and one door at a time (D7, S6).
@Suite struct CompartmentTests {
  @Test func `D7 a box that is reserved, taken or out of service is not given out`() async throws {
    let shop = try await Workshop.open(boxes: 3, pinToDrop: false)
    try await shop.service(1, false)
    let first = try await shop.book()
    #expect(try await shop.drop(first) == 2)
    let second = try await shop.book("4712", plate: "XX-999-X")
    #expect(try await shop.walk(second, to: .validate).lower.compartment == 3)
    #expect(try await shop.view().dropAvailable == false)
    #expect(try await shop.refusal { try await shop.service(3, false) }?.reason == "COMPARTMENT_IN_USE")
  }

  @Test func `D7 wear is spread: the box that was opened least is next`() async throws {
    let shop = try await Workshop.open(boxes: 3)
    var boxes: [Int32] = []
    for number in 1...3 {
      let workOrder = try await shop.book("\(number)", plate: "AA-10\(number)-A")
      boxes.append(try await shop.drop(workOrder))
      try await shop.identify(try await shop.pin(for: workOrder, .pickUp), for: .pickUp)
      try await shop.lock.openDoor()
      try await shop.lock.closeDoor(item: .unspecified)
    }
    #expect(boxes == [1, 2, 3])
    for box in boxes { #expect(try await shop.box(box)?.openings == 2) }
  }

  @Test func `D7 a box that is taken out of service before identification is no longer free`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let pin = try await shop.pin(for: try await shop.book())
    _ = try await shop.start()
    try await shop.service(1, false)
    let refusal = try await shop.refusal { try await shop.touch(.pin(pin)) }
    #expect(refusal?.reason == "NO_FREE_COMPARTMENT")
    #expect(try await shop.state(ofPin: pin) == .live)
    #expect(try await shop.view().lower.step == .authenticate)
    #expect(try await shop.view().unavailableReason == "NO_FREE_COMPARTMENT")
    try await shop.service(1, true)
    #expect(try await shop.touch(.pin(pin)).lower.step == .contact)
  }

  @Test func `D7 by number, too, a locker that has filled up says so`() async throws {
    let shop = try await Workshop.open(boxes: 1, pinToDrop: false)
    _ = try await shop.book()
    _ = try await shop.start()
    try await shop.service(1, false)
    #expect(
      try await shop.refusal { try await shop.touch(.number("AB-123-C")) }?.reason == "NO_FREE_COMPARTMENT")
  }

  @Test func `S6 D7 while another door stands open no door opens`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    _ = try await shop.walk(workOrder, to: .validate)
    try await shop.lock.happen(.forced, at: 4)
    #expect(try await shop.refusal { try await shop.touch(.validate()) }?.reason == "DOOR_LEFT_OPEN")
    #expect(try await shop.commandCount() == 0)
    #expect(try await shop.view().lower.step == .validate)
    #expect(try await shop.current(workOrder).interventions.map(\.agreed) == [false])
    try await shop.lock.happen(.doorClosed, at: 4)
    #expect(try await shop.touch(.validate()).lower.step == .opening)
  }

  @Test func `S6 H1 a tablet waits until the customer's door is closed and the visit over`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let inside = try await shop.book()
    try await shop.drop(inside)
    let workOrder = try await shop.book("4712", plate: "XX-999-X")
    _ = try await shop.walk(workOrder, to: .doorOpen)
    let handover = try await shop.request(inside)
    #expect(handover.state == .queued)
    #expect(try await shop.commandCount() == 2)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().upper.tabletName == "")
    try await shop.touch(.confirm)
    #expect(try await !shop.view().upper.handoverToken.isEmpty)
    #expect(try await shop.commandCount() == 2)
  }

  @Test func `S6 every command has one cause, and a door opens for nothing else`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let view = try await shop.walk(try await shop.book(), to: .done)
    let (visit, locker) = (Visit.ID(rawValue: view.lower.visitID), shop.lockerID)
    let command = try await shop.world.store.read { try $0.command(1, at: locker) }
    #expect(command?.cause == .visit(visit))
    #expect(command?.person == .customer)
    #expect(command?.outcome == .openedAndClosed)
    #expect(try await shop.lock.nextCommand() == nil)
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `D8 a key that is taken without a command is uncertain at once`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    let box = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder)).lower.compartment
    try await shop.lock.closeDoor(item: .present)
    try await shop.touch(.confirm)
    try await shop.lock.happen(.itemOut, at: box)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.log(.custodyUncertain).map(\.reason) == ["TAKEN_WITHOUT_COMMAND"])
  }

  @Test func `D8 an override ends a visit whose door sensor is broken; the desk has to look`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: .doorOpen).lower.compartment
    try await shop.override(box)
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "OUTCOME_UNKNOWN")
    #expect(try await shop.box(box)?.quarantine == .outcomeUnknown)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    // The command has its outcome: a late report changes nothing.
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test func `S6 a box whose key is out of sight is given to nobody until a person has looked`() async throws
  {
    let (shop, workOrder) = try await Workshop.withKey(boxes: 1)
    let box = try await shop.key(of: workOrder).compartment
    try await shop.lock.happen(.forced, at: box)
    try await shop.lock.happen(.doorClosed, at: box)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.box(box)?.quarantine == .keyMayBeInside)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "NO_FREE_COMPARTMENT")
    try await shop.correct(try await shop.key(of: workOrder), to: .desk)
    try await shop.service(box, true)
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test func `S6 a box that the sensor sees empty is given out again at once`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(boxes: 1, itemSensors: true)
    let box = try await shop.key(of: workOrder).compartment
    try await shop.lock.happen(.forced, at: box)
    try await shop.lock.report(
      .with {
        $0.compartment = box
        $0.event = .itemOut
        $0.item = .absent
      })
    try await shop.lock.happen(.doorClosed, at: box)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }

  @Test func `D7 a box whose board has failed is not given out until its door is read again`() async throws {
    let shop = try await Workshop.open(boxes: 2, pinToDrop: false)
    let workOrder = try await shop.book()
    try await shop.lock.happen(.boardError, at: 1)
    #expect(try await shop.box(1)?.door == .unread)
    #expect(try await shop.walk(workOrder, to: .opening).lower.compartment == 2)
    try await shop.refuseCommand()
    try await shop.lock.happen(.boardError, at: 2)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "NO_FREE_COMPARTMENT")
    try await shop.lock.happen(.foundClosed, at: 1)
    #expect(try await shop.walk(workOrder, to: .opening).lower.compartment == 1)
  }

  @Test func `S6 a key that is gone when the board comes back is missed`() async throws {
    let (shop, workOrder) = try await Workshop.withKey(itemSensors: true)
    let box = try await shop.key(of: workOrder).compartment
    try await shop.lock.happen(.itemIn, at: box)
    try await shop.lock.happen(.boardError, at: box)
    #expect(try await shop.box(box)?.item == .unknown)
    try await shop.lock.report(
      .with {
        $0.compartment = box
        $0.event = .itemOut
        $0.item = .absent
      })
    try await shop.lock.happen(.foundClosed, at: box)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }

  @Test func `D8 a door that is not open is not overridden for later`() async throws {
    let shop = try await Workshop.open()
    try await shop.lock.happen(.boardError, at: 1)
    try await shop.override(1)
    try await shop.lock.happen(.forced, at: 1)
    #expect(try await shop.refusal { try await shop.start() }?.reason == "DOOR_LEFT_OPEN")
  }
}
