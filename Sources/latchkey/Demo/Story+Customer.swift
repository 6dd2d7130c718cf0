import API
import RPC

extension Demo.Story {
  /// D2, D5–D9: a key is dropped off.
  func drop(_ workOrder: ProtoWorkOrder) async throws {
    let pin = try await givePin(.dropOff, for: workOrder)
    let visit = try await report.step("kiosk", "'drop off my key'") { note in
      let view = try await kiosk.start(.dropOff)
      try Demo.expect("step", view.lower.step, is: .authenticate)
      note.text = "asks a PIN"
      return view
    }
    try await report.step("kiosk", "a wrong PIN") { note in
      try await Demo.expectRefusal("WRONG_PIN") {
        try await kiosk.enter(pin: Self.other(than: pin), in: visit)
      }
      note.refused("WRONG_PIN")
    }
    let validating = try await identify(with: pin, in: visit)
    let box = validating.lower.compartment
    let open = try await report.step("kiosk", "agrees; the door springs open") { note in
      _ = try await kiosk.agree(in: validating, as: Demo.Appointments.driver(0))
      let open = try await kiosk.shows(.doorOpen)
      try Demo.expect("box", open.lower.compartment, is: box)
      try Demo.expect("door \(box) is open", try await board.door(box).isOpen, is: true)
      note.text = "box \(box) is open"
      return open
    }
    try await layIn(workOrder, open)
  }

  /// The right PIN, and the contact as it is.
  func identify(with pin: String, in visit: ProtoKioskView) async throws -> ProtoKioskView {
    try await report.step("kiosk", "the right PIN; the contact is right") { note in
      let contact = try await kiosk.enter(pin: pin, in: visit)
      try Demo.expect("step", contact.lower.step, is: .contact)
      let validating = try await kiosk.confirmContact(in: contact)
      try Demo.expect("step", validating.lower.step, is: .validate)
      note.text = "box \(validating.lower.compartment) is reserved"
      return validating
    }
  }

  /// The key goes into the open box of a visit.
  func layIn(_ workOrder: ProtoWorkOrder, _ open: ProtoKioskView) async throws {
    let box = open.lower.compartment
    try await report.step("customer", "lays the key in, closes the door") { note in
      try await board.layKey(into: box)
      let closed = try await kiosk.shows(.doorClosed)
      try Demo.expect("notice", closed.lower.notice, is: "")
      note.text = "is the key in?"
    }
    try await report.step("kiosk", "'yes': custody moves, on disk") { note in
      let done = try await kiosk.confirmDrop(in: open)
      try Demo.expect("step", done.lower.step, is: .done)
      let key = try await expectKey(of: workOrder, with: .compartment, box: box)
      try Demo.expect("seen by the item sensor", key.sensorVerified, is: true)
      note.text = "key in box \(box), seen by sensor"
    }
  }

  /// P1: the key goes back to its customer.
  func pickUp(_ workOrder: ProtoWorkOrder) async throws {
    let box = try await office.key(of: workOrder).compartment
    let pin = try await givePin(.pickUp, for: workOrder)
    try await report.step("kiosk", "'pick up my key', the PIN; the door opens") { note in
      let visit = try await kiosk.start(.pickUp)
      _ = try await kiosk.enter(pin: pin, in: visit)
      let open = try await kiosk.shows(.doorOpen)
      try Demo.expect("box", open.lower.compartment, is: box)
      note.text = "box \(box) is open"
    }
    try await report.step("customer", "takes the key, closes the door") { note in
      try await board.takeKey(from: box)
      _ = try await kiosk.shows(.done)
      _ = try await expectKey(of: workOrder, with: .customer)
      note.text = "key with the customer"
    }
  }

  func givePin(_ purpose: ProtoPinPurpose, for workOrder: ProtoWorkOrder) async throws -> String {
    try await report.step("desk", purpose == .dropOff ? "gives a drop-off PIN" : "gives a pick-up PIN") {
      note in
      let pin = try await desk.issuePin(purpose, for: workOrder)
      note.text = "\(pin.count) digits, shown once"
      return pin
    }
  }

  /// A PIN that nobody was given: the only one there is, with another last digit.
  private static func other(than pin: String) -> String {
    let last = pin.last?.wholeNumberValue ?? 0
    return String(pin.dropLast()) + "\((last + 1) % 10)"
  }
}
