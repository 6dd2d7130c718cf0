import API
import RPC

extension Demo.Story {
  /// Life of the QR that is let expire: long enough to be read first.
  private static let shortLifeSeconds: Int32 = 5

  /// H1–H4: the mechanic takes the key out; nobody else can, and not twice.
  func takeOut(_ workOrder: ProtoWorkOrder) async throws {
    let (handover, token) = try await scan(.takeOut, of: workOrder, isDrawn: true)
    try await report.step(second.name.lowercased(), "shows the very same QR") { note in
      try await Demo.expectRefusal("QR_OTHER_TABLET") { try await second.redeem(token, for: handover) }
      note.refused("QR_OTHER_TABLET")
    }
    try await redeem(token, handover)
    try await report.step("mechanic", "takes the key, closes the door") { note in
      try await board.takeKey(from: handover.compartment)
      _ = try await first.sees(.completed, of: handover)
      let key = try await expectKey(of: workOrder, with: .staff)
      try Demo.expect("staff member with the key", key.staffID, is: first.staffID)
      note.text = "key with Mechanic 1"
    }
    try await report.step(first.name.lowercased(), "redeems it a second time") { note in
      try await Demo.expectRefusal("QR_ALREADY_REDEEMED") { try await first.redeem(token, for: handover) }
      note.refused("QR_ALREADY_REDEEMED")
    }
  }

  /// H2: a QR that is scanned too late.
  func letExpire(_ workOrder: ProtoWorkOrder) async throws {
    try await limitQR(to: Self.shortLifeSeconds, "shortens the life of a QR")
    let (handover, token) = try await scan(.putBack, of: workOrder)
    try await report.step(first.name.lowercased(), "lets its time pass") { note in
      _ = try await first.sees(.expired, of: handover)
      note.text = "QR taken off the screen"
      try await qr.isBlank()
    }
    try await report.step(first.name.lowercased(), "redeems it all the same") { note in
      try await Demo.expectRefusal("QR_EXPIRED") { try await first.redeem(token, for: handover) }
      note.refused("QR_EXPIRED")
    }
    try await limitQR(to: 0, "gives the usual time again")
  }

  /// H5: the key goes back into the locker.
  func putBack(_ workOrder: ProtoWorkOrder) async throws {
    let (handover, token) = try await scan(.putBack, of: workOrder)
    try await redeem(token, handover)
    try await report.step("mechanic", "lays the key in, closes the door") { note in
      try await board.layKey(into: handover.compartment)
      _ = try await first.sees(.completed, of: handover)
      let key = try await expectKey(of: workOrder, with: .compartment, box: handover.compartment)
      try Demo.expect("seen by the item sensor", key.sensorVerified, is: true)
      note.text = "key in box \(handover.compartment)"
    }
  }

  private func redeem(_ token: String, _ handover: ProtoHandover) async throws {
    let box = handover.compartment
    try await report.step(first.name.lowercased(), "redeems it; that door springs open") { note in
      _ = try await first.redeem(token, for: handover)
      _ = try await first.sees(.open, of: handover)
      try Demo.expect("door \(box) is open", try await board.door(box).isOpen, is: true)
      note.text = "box \(box) is open"
    }
  }

  private func limitQR(to seconds: Int32, _ what: String) async throws {
    try await report.step("operator", what) { note in
      let life = try await setup.limitQR(to: seconds, at: office.locationID)
      if seconds != 0 { try Demo.expect("life of a QR", life, is: seconds) }
      note.text = "\(life) s"
    }
  }
}
