import API
import RPC

extension Demo {
  /// What happens, in its order. Each scene is in a file of its own kind.
  struct Story {
    let folder: Folder
    /// The server's.
    let data: DataDirectory
    let processes: Processes
    let report: Report
    let setup: Setup
    let kiosk: Kiosk
    /// The tablet that asks, and the one that has no business with its QR.
    let first: Tablet
    let second: Tablet
    let desk: Tablet
    let office: Office
    let board: BoardControl
    let qr: QRPicture

    func tell() async throws {
      report.show(try await office.locker())
      let workOrder = try await office.workOrder(Appointments.number(0))

      report.chapter(
        "Drop-off", "\(workOrder.number), \(workOrder.vehicle.plate): a PIN, a door, a key inside")
      try await drop(workOrder)
      report.show(try await office.locker())
      report.chapter("Hand-over", "\(first.name) asks; the locker's screen shows a QR, made for this once")
      try await takeOut(workOrder)
      report.chapter("Return", "the work is done; the key goes back, after a QR that nobody scanned in time")
      try await letExpire(workOrder)
      try await putBack(workOrder)
      report.show(try await office.locker())
      report.chapter("Pick-up", "the customer comes for the car")
      try await pickUp(workOrder)
      report.chapter("Trouble", "a crowbar, and a latch that does not move")
      try await force()
      try await jam(try await office.workOrder(Appointments.number(1)))
      report.show(try await office.locker())
      report.chapter("What is left", "everything happened once, and is on disk")
      try await review(workOrder)
      try await end()
      report.closing()
    }

    /// H1, H2: asks for a hand-over and reads its QR off the locker's screen.
    func scan(
      _ direction: ProtoHandoverDirection, of workOrder: ProtoWorkOrder, isDrawn: Bool = false
    ) async throws -> (ProtoHandover, token: String) {
      let tablet = first.name.lowercased()
      let what = direction == .takeOut ? "asks for the key" : "asks to put the key back"
      try await qr.isBlank()
      let handover = try await report.step(tablet, what) { note in
        let asked = try await first.requestHandover(direction, of: workOrder, at: office.lockerID)
        let shown = try await first.sees(.shown, of: asked)
        note.text = "box \(shown.compartment), QR on screen"
        return shown
      }
      let reading = try await report.step(tablet, "reads the QR off the picture (zxing-cpp)") { note in
        let reading = try await qr.read()
        try expect("start of the token", String(reading.token.prefix(10)), is: "v4.public.")
        note.text = "PASETO v4.public, \(reading.token.count) bytes"
        return reading
      }
      if isDrawn {
        report.show(qr: reading.drawing, caption: "for \(first.name), once, within the minute")
      }
      return (handover, reading.token)
    }

    /// Custody has to be what it should be, on the server's own word.
    func expectKey(of workOrder: ProtoWorkOrder, with holder: ProtoHolder, box: Int32 = 0) async throws
      -> ProtoKey
    {
      let key = try await office.key(of: workOrder)
      try expect("holder of the key", key.holder, is: holder)
      try expect("box of the key", key.compartment, is: box)
      return key
    }
  }
}
