import API
import Domain
import RPC
import TestSupport
import Testing

/// ✕ at every step of a drop-off (D8): a key that may lie inside is given back first.
@Suite struct DropAbortTests {
  @Test(arguments: [DropStage.authenticate, .choose, .contact, .validate])
  func `D8 before a box opens the visit just ends`(stage: DropStage) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    if stage == .choose { _ = try await shop.book("4712", at: "2027-03-01T15:00") }
    _ = try await shop.walk(workOrder, to: stage)
    #expect(try await shop.touch(.abort).lower.step == .aborted)
    #expect(try await shop.commandCount() == 0)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    for box in 1...4 as ClosedRange<Int32> { #expect(try await shop.box(box)?.reservation == nil) }
    #expect(try await shop.start().lower.step == .authenticate)
  }

  @Test func `S1 D8 an aborted visit gives its PIN back`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    try await shop.identify(pin)
    #expect(try await shop.state(ofPin: pin) == .claimed)
    try await shop.touch(.abort)
    #expect(try await shop.state(ofPin: pin) == .live)
    #expect(try await shop.identify(pin).lower.step == .contact)
  }

  @Test func `D8 a door on its way to open is waited for, and closes`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    #expect(try await shop.walk(workOrder, to: .opening).lower.step == .opening)
    #expect(try await shop.touch(.abort).lower.step == .givingBack)
    #expect(try await shop.commandCount() == 1)
    try await shop.lock.openDoor()
    #expect(try await shop.view().lower.step == .givingBack)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.step == .aborted)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `D8 at the open door the key is taken back before the visit ends`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    _ = try await shop.walk(workOrder, to: .doorOpen)
    #expect(try await shop.touch(.abort).lower.step == .givingBack)
    #expect(try await shop.touch(.abort).lower.step == .givingBack)
    #expect(try await shop.commandCount() == 1)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.step == .aborted)
    #expect(try await shop.key(of: workOrder).holder == .customer)
  }

  @Test func `D8 behind the closed door the box opens once more to give the key back`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: .doorClosed).lower.compartment
    #expect(try await shop.touch(.abort).lower.step == .givingBack)
    #expect(try await shop.commandCount() == 2)
    #expect(try await shop.box(box)?.reservation != nil)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.view().lower.step == .aborted)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.box(box)?.quarantine == nil)
    #expect(try await shop.box(box)?.reservation == nil)
    #expect(try await shop.log(.keyDropped).isEmpty)
  }

  @Test func `D8 no door opens for a key that the sensor has not seen`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    _ = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder))
    try await shop.lock.closeDoor(item: .absent)
    #expect(try await shop.touch(.abort).lower.step == .aborted)
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `D8 a key that is left inside while it should be given back is uncertain and locked in`()
    async throws
  {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    let box = try await shop.walkToOpenBox(pin: try await shop.pin(for: workOrder)).lower.compartment
    try await shop.lock.closeDoor(item: .present)
    try await shop.touch(.abort)
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .present)
    let view = try await shop.view()
    #expect(view.lower.step == .aborted)
    #expect(view.lower.notice == "KEY_LEFT_INSIDE")
    #expect(try await shop.box(box)?.quarantine == .keyMayBeInside)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
  }

  @Test func `D8 a box that jams while the key should be given back keeps it: the desk has to help`()
    async throws
  {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: .doorClosed).lower.compartment
    try await shop.touch(.abort)
    try await shop.lock.jam()
    let view = try await shop.view()
    #expect(view.lower.step == .failed)
    #expect(view.lower.notice == "DOOR_JAMMED")
    #expect(try await shop.box(box)?.quarantine == .jammed)
    #expect(try await shop.key(of: workOrder).holder == .uncertain)
    #expect(try await shop.commandCount() == 2)
  }

  @Test func `D8 a first door that jams after ✕ is quarantined, and the customer still has the key`()
    async throws
  {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let box = try await shop.walk(workOrder, to: .givingBack).lower.compartment
    try await shop.lock.jam()
    #expect(try await shop.view().lower.step == .aborted)
    #expect(try await shop.box(box)?.quarantine == .jammed)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    #expect(try await shop.commandCount() == 1)
  }

  @Test func `D8 after the drop there is nothing left to abort`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    let done = try await shop.walk(workOrder, to: .done)
    #expect(
      try await shop.refusal { try await shop.touch(.abort, done.lower.visitID) }?.reason == "VISIT_OVER")
    #expect(try await shop.key(of: workOrder).holder == .compartment)
  }
}
