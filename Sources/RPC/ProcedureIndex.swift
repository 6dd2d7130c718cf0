/// Finds a procedure by the raw bytes of its service and method, as they stand in a frame: no string is
/// made. An open-addressed table at most half full; it only ever grows.
struct ProcedureIndex: Sendable {
  private struct Name {
    let service: [UInt8]
    let method: [UInt8]
    let hash: UInt64
  }

  private var names: [Name] = []
  /// Positions in `names`; -1 is a free slot. The count is a power of two.
  private var slots: [Int32] = Array(repeating: -1, count: 16)

  /// Adds a name under the next number, starting at 0; false when it is there already.
  mutating func insert(service: String, method: String) -> Bool {
    let name = Name(
      service: Array(service.utf8),
      method: Array(method.utf8),
      hash: Self.hash(of: Array(service.utf8), Array(method.utf8))
    )
    let isKnown = name.service.withUnsafeBytes { service in
      name.method.withUnsafeBytes { method in find(service: service, method: method) != nil }
    }
    guard !isKnown else { return false }
    names.append(name)
    if names.count * 2 > slots.count { slots = Array(repeating: -1, count: slots.count * 2) }
    rebuild()
    return true
  }

  /// The number of the procedure with exactly these bytes.
  func find(service: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer) -> Int? {
    let hash = Self.hash(of: service, method)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if names[number].hash == hash, Self.isSame(names[number].service, service),
        Self.isSame(names[number].method, method)
      {
        return number
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func rebuild() {
    for slot in slots.indices { slots[slot] = -1 }
    for (number, name) in names.enumerated() {
      var slot = Int(truncatingIfNeeded: name.hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }

  private static func isSame(_ name: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard name.count == bytes.count else { return false }
    for position in 0..<name.count where name[position] != bytes[position] { return false }
    return true
  }

  private static func hash(of service: [UInt8], _ method: [UInt8]) -> UInt64 {
    service.withUnsafeBytes { service in method.withUnsafeBytes { method in hash(of: service, method) } }
  }

  /// FNV-1a. Nobody can flood it: the table holds our names only, and a strange one ends at a free slot.
  private static func hash(of service: UnsafeRawBufferPointer, _ method: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in service { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ UInt64(UInt8(ascii: "/"))) &* 0x100_0000_01b3
    for byte in method { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
