import API
import Core
import Domain
import Foundation
import TestSupport
import Testing

/// What of a PIN is kept (S1), and what of a person stands in the log (S4).
@Suite struct PinSecrecyTests {
  /// A workshop whose database is a file in a directory of its own.
  private func open() async throws -> (shop: Workshop, directory: String) {
    let directory = try TemporaryStore.directory("kiosk")
    return (
      try await Workshop.open(itemSensors: true, place: .file(path: directory + "/latchkey.db")), directory
    )
  }

  /// All bytes of the database, its WAL and whatever else SQLite keeps beside it.
  private func bytes(in directory: String) throws -> Data {
    var all = Data()
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      all += try Data(contentsOf: URL(filePath: directory + "/" + name))
    }
    return all
  }

  /// The ways in which digits could lie in a file: as text, as UTF-16, and as the integer that SQLite or a
  /// protocol buffer makes of them.
  private func spellings(of pin: String) throws -> [(name: String, bytes: Data)] {
    let number = try #require(Int32(pin))
    let bytes = withUnsafeBytes(of: number.bigEndian) { Data($0) }
    var varint = Data()
    var rest = UInt32(number)
    while rest > 0x7F {
      varint.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    varint.append(UInt8(rest))
    return [
      ("text", Data(pin.utf8)), ("UTF-16", try #require(pin.data(using: .utf16LittleEndian))),
      ("big-endian integer", bytes), ("little-endian integer", Data(bytes.reversed())),
      ("field", [0x08] + varint),
    ]
  }

  /// Every way of a PIN: wrong, right, repeated, released, superseded, used, of a box, sealed, to pick up.
  /// Returns the digits of all of them.
  private func useAllKinds(of workOrder: ProtoWorkOrder, at shop: Workshop) async throws -> [String] {
    let released = try await shop.pin(for: workOrder)
    let visit = try await shop.start().lower.visitID
    let wrong = "846201"
    for _ in 1...2 {
      let refusal = try await shop.refusal { try await shop.touch(.pin(wrong), visit, requestID: "wrong") }
      #expect(refusal?.reason == "WRONG_PIN")
    }
    try await shop.touch(.pin(released))
    try await shop.touch(.abort)
    let dropOff = try await shop.pin(for: workOrder)
    try await shop.identify(dropOff)
    try await shop.touch(.contact("0201234567"))
    let agreements = try await shop.view().lower.appointment.agreements.map(\.agreementID)
    try await shop.touch(.validate(accepted: agreements, name: "Signatory", remark: "It squeaks"))
    try await openAndClose(shop, .present)
    try await shop.touch(.confirm)
    let box = try await shop.boxPin(try await shop.key(of: workOrder).compartment)
    try await shop.identify(box, for: .openBox)
    try await openAndClose(shop, .present)
    try await shop.handOver(workOrder)
    try await shop.handOver(workOrder, .putBack)
    let sealed = try await sealedPin(of: shop)
    let pickUp = try await shop.pin(for: workOrder, .pickUp)
    try await shop.identify(pickUp, for: .pickUp)
    try await openAndClose(shop, .absent)
    #expect(try await shop.key(of: workOrder).holder == .customer)
    return [released, wrong, dropOff, box, sealed, pickUp]
  }

  private func openAndClose(_ shop: Workshop, _ item: ProtoItemState) async throws {
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: item)
  }

  @Test func `S1 of PINs nothing is on disk but digests and sealed messages`() async throws {
    let (shop, directory) = try await open()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let pins = try await useAllKinds(of: try await shop.book(), at: shop)
    let disk = try bytes(in: directory)
    for pin in pins {
      for (name, bytes) in try spellings(of: pin) {
        #expect(disk.range(of: bytes) == nil, "\(pin) as \(name)")
      }
    }
    // What ought to be there is found, so that the search can find: a digest, a text, a name.
    let secrets = shop.world.environment.secrets
    let digest = PIN(digits: pins[0])?.digest(key: secrets.pins, location: shop.location.locationID)
    #expect(disk.range(of: Data(try #require(digest).bytes)) != nil)
    for text in ["It squeaks", "Signatory"] { #expect(disk.range(of: Data(text.utf8)) != nil) }
  }

  @Test func `S4 S1 of people and PINs nothing is in the log; texts stand beside it`() async throws {
    let shop = try await Workshop.open(itemSensors: true)
    let workOrder = try await shop.book()
    try await shop.addAgreement("Terms", isMandatory: true)
    let pins = try await useAllKinds(of: workOrder, at: shop)
    let log = try await shop.log()
    #expect(log.count > 40)
    let personal = [
      "Signatory", "Driver", "driver@example.org", "612345678", "201234567", "squeaks", "AB123C", "AB-123-C",
      "Terms", "mechanic", "4711", "Look inside",
    ]
    for event in log {
      let facts = String(decoding: event.canonicalBytes, as: UTF8.self) + event.reason
      for secret in personal + pins { #expect(!facts.contains(secret), "\(secret) in \(event.kind)") }
      #expect(event.reason.allSatisfy { $0.isUppercase || $0 == "_" }, "\(event.reason)")
    }
    let entries = try await shop.world.events.listTimeline(
      .with { $0.workOrderID = workOrder.workOrderID }, shop.world.operatorContext
    ).entries
    for text in ["Signatory", "It squeaks", "+31201234567", "Terms"] {
      let entry = entries.first { $0.text == text }
      #expect(entry?.event.commitment.isEmpty == false, "\(text)")
    }
    for pin in pins { #expect(!entries.contains { $0.text.contains(pin) }) }
  }

  /// The PIN that waits in the outbox for the customer (H5).
  private func sealedPin(of shop: Workshop) async throws -> String {
    let outbox = try await shop.world.store.read { [id = shop.locationID] in try $0.outbox(at: id) }
    let message = try #require(outbox.first { $0.kind == "PICK_UP_PIN" })
    #expect(outbox.count == 1)
    let opened = try Seal.unseal(
      message.sealedBody, context: "outbox/PICK_UP_PIN/\(message.workOrder)",
      key: shop.world.environment.secrets.outbox)
    let pin = String(decoding: opened, as: UTF8.self)
    #expect(try await shop.state(ofPin: pin) == .live)
    return pin
  }
}
