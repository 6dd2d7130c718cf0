extension Event {
  /// The version of the form below; its first byte.
  public static let canonicalVersion: UInt8 = 1

  /// What the chain's hash is taken over (S4), besides the hash of the event before.
  ///
  /// The version, then each field in this fixed order as a big-endian 32-bit length and that many bytes:
  /// location, number, time in ms, kind, work order, key, locker, compartment, visit, hand-over, command
  /// sequence, staff, device, reason, commitment. Numbers are big-endian 64-bit, texts are UTF-8, and what
  /// is absent has length 0. The event's own `hash` is not part of it.
  public var canonicalBytes: [UInt8] {
    var bytes: [UInt8] = [Self.canonicalVersion]
    bytes.reserveCapacity(256)
    bytes.appendField(location.rawValue)
    bytes.appendField(number)
    bytes.appendField(time.milliseconds)
    bytes.appendField(kind.rawValue.utf8)
    bytes.appendField(workOrder?.rawValue)
    bytes.appendField(key?.rawValue)
    bytes.appendField(locker?.rawValue)
    bytes.appendField(compartment.map(Int64.init))
    bytes.appendField(visit?.rawValue)
    bytes.appendField(handover?.rawValue)
    bytes.appendField(commandSequence)
    bytes.appendField(staff?.rawValue)
    bytes.appendField(device?.rawValue)
    bytes.appendField(reason.utf8)
    bytes.appendField(commitment)
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func appendField(_ field: some Collection<UInt8>) {
    appendBigEndian(UInt32(field.count))
    append(contentsOf: field)
  }

  fileprivate mutating func appendField(_ number: Int64?) {
    guard let number else { return appendBigEndian(UInt32(0)) }
    appendBigEndian(UInt32(8))
    appendBigEndian(number)
  }

  private mutating func appendBigEndian(_ number: some FixedWidthInteger) {
    for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
