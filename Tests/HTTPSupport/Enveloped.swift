/// Messages in envelopes: a byte of flags, the length in four, the bytes.
package struct Enveloped: Sendable, Hashable {
  package let flags: UInt8
  package let bytes: [UInt8]

  package init(flags: UInt8 = 0, _ bytes: [UInt8]) {
    self.flags = flags
    self.bytes = bytes
  }

  /// - Parameter length: what the envelope says of itself; `nil`: the truth.
  package func encoded(announcing length: UInt32? = nil) -> [UInt8] {
    [flags] + HTTP2Frame.be32(length ?? UInt32(bytes.count)) + bytes
  }

  /// Those in a body that is complete.
  package static func all(in body: [UInt8]) throws -> [Enveloped] {
    var reader = Reader()
    reader.append(body)
    var all: [Enveloped] = []
    while let next = reader.next() { all.append(next) }
    guard reader.isEmpty else { throw Malformed(what: "an envelope is not complete") }
    return all
  }

  package struct Reader {
    private var bytes: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty }

    package mutating func append(_ piece: [UInt8]) { bytes += piece }

    package mutating func next() -> Enveloped? {
      guard bytes.count >= 5 else { return nil }
      let end = 5 + Int(HTTP2Frame.number(bytes[1...]))
      guard bytes.count >= end else { return nil }
      defer { bytes.removeFirst(end) }
      return Enveloped(flags: bytes[0], Array(bytes[5..<end]))
    }
  }
}
