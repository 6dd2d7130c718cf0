import Domain
import Services

/// A key's whole way, written as the services write it: dropped with a PIN, taken out and put back by staff,
/// picked up with another PIN.
struct Flow {
  let tx: any Transaction
  let world: World

  func run() throws {
    try visit(.dropOff, pin: 1, moving: .keyDropped, to: .compartment(world.boxes[0].id))
    try handover(.takeOut, moving: .keyCollected, to: .staff(world.staff.id))
    try handover(.putBack, moving: .keyPutBack, to: .compartment(world.boxes[0].id))
    _ = try tx.append(
      world.event(.remarkAdded), text: "The lights flicker.", salt: Array(repeating: 9, count: 16))
    try visit(.pickUp, pin: 2, moving: .keyReturned, to: .customer)
  }

  private func visit(
    _ purpose: Visit.Purpose, pin digest: UInt8, moving kind: Event.Kind, to holder: Custody.Holder
  ) throws {
    var pin = world.pin(digest)
    pin.purpose = purpose == .dropOff ? .dropOff : .pickUp
    pin.key = purpose == .dropOff ? nil : world.key.id
    pin = try tx.insert(pin)
    var visit = world.visit()
    visit.purpose = purpose
    visit.pin = pin.id
    visit = try tx.insert(visit)
    pin.state = .claimed
    try tx.update(pin)
    visit.workOrder = world.workOrder.id
    visit.key = world.key.id
    visit.compartment = world.boxes[0].id
    visit.state = .opening
    try tx.update(visit)
    try reserve(.visit(visit.id))
    try open(.visit(visit.id), .customer)
    try move(kind, to: holder) { $0.visit = visit.id }
    pin.state = .used
    try tx.update(pin)
    visit.state = .done
    visit.endedAt = World.now
    try tx.update(visit)
    try reserve(nil)
  }

  private func handover(_ direction: Handover.Direction, moving kind: Event.Kind, to holder: Custody.Holder)
    throws
  {
    var handover = world.handover(.shown)
    handover.direction = direction
    handover = try tx.insert(handover)
    try reserve(.handover(handover.id))
    handover.state = .opening
    try tx.update(handover)
    try open(.handover(handover.id), .staff(world.staff.id))
    try move(kind, to: holder) {
      $0.handover = handover.id
      $0.staff = world.staff.id
    }
    handover.state = .completed
    handover.endedAt = World.now
    try tx.update(handover)
    try reserve(nil)
  }

  private func reserve(_ reservation: Compartment.Reservation?) throws {
    guard var box = try tx.compartment(world.boxes[0].id) else { return }
    box.reservation = reservation
    try tx.update(box)
  }

  private func open(_ cause: Command.Cause, _ person: Command.Person) throws {
    guard var locker = try tx.locker(world.locker.id), var box = try tx.compartment(world.boxes[0].id) else {
      return
    }
    locker.lastCommandSequence += 1
    try tx.update(locker)
    var command = try tx.insert(world.command(locker.lastCommandSequence, cause: cause, person: person))
    var event = world.event(.commandIssued)
    event.locker = locker.id
    event.compartment = box.number
    event.commandSequence = command.sequence
    _ = try tx.append(event, text: nil, salt: [])
    command.progress = .opened
    command.outcome = .openedAndClosed
    command.endedAt = World.now
    command.judgeAt = nil
    try tx.update(command)
    box.openings += 1
    try tx.update(box)
  }

  private func move(_ kind: Event.Kind, to holder: Custody.Holder, _ cause: (inout Event) -> Void) throws {
    guard var key = try tx.key(world.key.id) else { return }
    key.custody = Custody(holder: holder, since: World.now)
    try tx.update(key)
    var event = world.event(kind)
    event.key = key.id
    event.locker = world.locker.id
    event.compartment = world.boxes[0].number
    cause(&event)
    _ = try tx.append(event, text: nil, salt: [])
  }
}
