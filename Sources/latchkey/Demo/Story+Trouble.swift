import API
import RPC

extension Demo.Story {
  /// A free box, far from those in use.
  static let forcedBox: Int32 = 12

  /// D8, L2: a door that opens without a command is an alarm, and no visit begins until it is closed.
  func force() async throws {
    let box = Self.forcedBox
    let cursor = try await office.newestEvent()
    try await report.step("somebody", "forces door \(box)") { note in
      try await board.say("force \(box)")
      let event = try await office.event("DOOR_FORCED", after: cursor, at: box)
      try Demo.expect("command behind it", event.commandSequence, is: 0)
      note.text = "event \(event.kind), box \(event.compartment)"
    }
    try await report.step("kiosk", "the next customer comes") { note in
      try await Demo.expectRefusal("DOOR_LEFT_OPEN") { try await kiosk.start(.dropOff) }
      note.refused("DOOR_LEFT_OPEN")
    }
    report.show(try await office.locker())
    try await report.step("desk", "closes the door: the kiosk serves again") { note in
      try await board.say("close \(box)")
      _ = try await kiosk.view("the kiosk to take keys", where: \.dropAvailable)
      note.text = "box \(box) is closed"
    }
  }

  /// D7: the latch of the reserved box is stuck; another box opens by itself.
  func jam(_ workOrder: ProtoWorkOrder) async throws {
    let pin = try await givePin(.dropOff, for: workOrder)
    let visit = try await report.step("kiosk", "'drop off my key'") { note in
      note.text = workOrder.number
      return try await kiosk.start(.dropOff)
    }
    let validating = try await identify(with: pin, in: visit)
    let stuck = validating.lower.compartment
    let open = try await report.step("kiosk", "box \(stuck) jams, retries; another opens") { note in
      try await board.say("jam \(stuck) on")
      _ = try await kiosk.agree(in: validating, as: Demo.Appointments.driver(1))
      let open = try await kiosk.shows(.doorOpen)
      let box = open.lower.compartment
      guard box != stuck else { throw Demo.Unexpected("another box than \(stuck)", came: "box \(box)") }
      try Demo.expect("pulses at box \(stuck)", try await board.door(stuck).pulses, is: 2)
      try Demo.expect("door \(stuck) is open", try await board.door(stuck).isOpen, is: false)
      try Demo.expect("door \(box) is open", try await board.door(box).isOpen, is: true)
      note.text = "box \(box) is open instead"
      return open
    }
    try await report.step("office", "sees box \(stuck) out of service") { note in
      let broken = try await office.compartment(stuck)
      try Demo.expect("in service", broken.inService, is: false)
      try Demo.expect("reason", broken.outOfServiceReason, is: "JAMMED")
      note.text = broken.outOfServiceReason
    }
    try await layIn(workOrder, open)
  }
}
