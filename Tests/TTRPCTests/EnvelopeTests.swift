import NIOCore
import Testing

@testable import RPC
@testable import TTRPC

@Suite struct EnvelopeTests {
  private let golden =
    Bytes.field(1, "a.v1.S") + Bytes.field(2, "Do") + Bytes.field(3, [9, 8, 7])
    + [4 << 3] + Bytes.varint(1_500_000_000)
    + Bytes.field(5, Bytes.field(1, "k") + Bytes.field(2, "v"))
    + Bytes.field(5, Bytes.field(2, "é"))

  private func parsed(_ bytes: [UInt8], pairs: Int = 4) throws -> RequestEnvelope {
    try bytes.withUnsafeBytes { try RequestEnvelope($0, maximumPairs: pairs) }
  }

  private func malformed(_ bytes: [UInt8]) -> ProtobufReader.Malformed? {
    do {
      _ = try parsed(bytes)
      return nil
    } catch {
      return error as? ProtobufReader.Malformed
    }
  }

  @Test func `A2 a request has its five fields`() throws {
    let envelope = try parsed(golden)
    #expect(Array(golden[envelope.service]) == Array("a.v1.S".utf8))
    #expect(Array(golden[envelope.method]) == Array("Do".utf8))
    #expect(Array(golden[envelope.payload]) == [9, 8, 7])
    #expect(envelope.timeoutNano == 1_500_000_000)
    #expect(envelope.metadata == [("k", "v"), ("", "é")])
  }

  @Test func `an empty request is valid and empty`() throws {
    let envelope = try parsed([])
    #expect(envelope.service.isEmpty && envelope.method.isEmpty && envelope.payload.isEmpty)
    #expect(envelope.timeoutNano == 0)
  }

  @Test func `a time that is over is below zero`() throws {
    #expect(try parsed([4 << 3] + Bytes.varint(UInt64(bitPattern: -5))).timeoutNano == -5)
    #expect(try parsed([4 << 3] + Bytes.varint(UInt64(bitPattern: .min))).timeoutNano == .min)
  }

  @Test func `unknown fields of every wire type are skipped`() throws {
    let unknown =
      [15 << 3] + Bytes.varint(.max) + [15 << 3 | 1] + Array(repeating: 1, count: 8)
      + Bytes.field(400, "x") + [15 << 3 | 5, 1, 2, 3, 4]
    let bytes = unknown + golden + unknown
    let envelope = try parsed(bytes)
    #expect(Array(bytes[envelope.method]) == Array("Do".utf8))
    #expect(envelope.metadata.count == 2)
    #expect(try parsed(Bytes.field(5, unknown + Bytes.field(1, "k"))).metadata == [("k", "")])
  }

  @Test func `of a field that repeats the last counts`() throws {
    let bytes = Bytes.field(2, "First") + Bytes.field(2, "Last")
    #expect(Array(bytes[try parsed(bytes).method]) == Array("Last".utf8))
  }

  @Test func `a request cut off anywhere is malformed or a shorter request, never more`() throws {
    for length in 0..<golden.count {
      let cut = Array(golden[..<length])
      guard let envelope = try? parsed(cut) else { continue }
      for range in [envelope.service, envelope.method, envelope.payload] {
        #expect(range.upperBound <= length)
      }
    }
    #expect(malformed(Array(golden[..<5])) == .truncated)
    #expect(malformed([0x0A]) == .truncated)
    #expect(malformed([0x0A, 0x80]) == .truncated)
  }

  @Test func `a length beyond the frame is refused, however large`() {
    #expect(malformed([0x0A, 2, 0x41]) == .truncated)
    #expect(malformed([0x0A] + Bytes.varint(.max)) == .truncated)
    #expect(malformed([0x0A] + Bytes.varint(1 << 63)) == .truncated)
    #expect(malformed(Bytes.field(5, [0x0A, 2, 0x41])) == .truncated)
  }

  @Test func `varints have ten bytes and 64 bits at most`() throws {
    #expect(try parsed([4 << 3] + Array(repeating: 0xFF, count: 9) + [0x01]).timeoutNano == -1)
    #expect(malformed([4 << 3] + Array(repeating: 0xFF, count: 9) + [0x02]) == .overlongVarint)
    #expect(malformed([4 << 3] + Array(repeating: 0x80, count: 10) + [0x00]) == .overlongVarint)
    #expect(malformed(Array(repeating: 0xFF, count: 11)) == .overlongVarint)
  }

  @Test func `groups, unknown wire types and wrong ones are refused`() {
    #expect(malformed([15 << 3 | 3]) == .wireType)
    #expect(malformed([15 << 3 | 4]) == .wireType)
    #expect(malformed([15 << 3 | 6]) == .wireType)
    #expect(malformed([15 << 3 | 7]) == .wireType)
    #expect(malformed([1 << 3, 1]) == .wireType)
    #expect(malformed([2 << 3, 1]) == .wireType)
    #expect(malformed([3 << 3 | 5, 1, 2, 3, 4]) == .wireType)
    #expect(malformed(Bytes.field(4, [1])) == .wireType)
    #expect(malformed([5 << 3, 1]) == .wireType)
    #expect(malformed(Bytes.field(5, [1 << 3, 1])) == .wireType)
    #expect(malformed(Bytes.field(5, [2 << 3, 1])) == .wireType)
  }

  @Test func `field numbers are 1 to 2^29 - 1`() {
    #expect(malformed([0x00, 1]) == .fieldNumber)
    #expect(malformed(Bytes.varint(0x1FFF_FFFF << 3) + [1]) == nil)
    #expect(malformed(Bytes.varint(0x2000_0000 << 3) + [1]) == .fieldNumber)
  }

  @Test func `names and metadata must be UTF-8`() {
    for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x41, 0xE2, 0x82]] {
      #expect(malformed(Bytes.field(1, bad)) == .notUTF8)
      #expect(malformed(Bytes.field(2, bad)) == .notUTF8)
      #expect(malformed(Bytes.field(5, Bytes.field(1, bad))) == .notUTF8)
      #expect(malformed(Bytes.field(5, Bytes.field(2, bad))) == .notUTF8)
      #expect(malformed(Bytes.field(3, bad)) == nil, "a payload is any bytes")
    }
    #expect(malformed(Bytes.field(1, "Größe")) == nil)
  }

  @Test func `metadata has as many pairs as allowed and no more`() throws {
    let pair = Bytes.field(5, Bytes.field(1, "k"))
    #expect(try parsed(pair + pair + pair + pair).metadata.count == 4)
    #expect(malformed(pair + pair + pair + pair + pair) == .tooManyFields)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `random changes are refused or read within bounds`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var bytes = golden
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[position] = .random(in: 0...255, using: &generator)
      }
      if let envelope = try? parsed(bytes) {
        #expect(envelope.payload.upperBound <= bytes.count, "seed \(seed)")
      }
      _ = try? bytes.withUnsafeBytes { try ResponseEnvelope($0) }
    }
  }

  @Test func `a written request is the golden one, and as long as foretold`() {
    let name = ProcedureName("a.v1.S/Do")
    let metadata: Metadata = [("k", "v"), ("", "é")]
    var buffer = ByteBuffer()
    buffer.writeRequestEnvelope(name, payload: [9, 8, 7], timeoutNano: 1_500_000_000, metadata: metadata)
    #expect(buffer.bytes == golden)
    let size = ByteBuffer.requestBytes(
      name,
      payload: [9, 8, 7],
      timeoutNano: 1_500_000_000,
      metadata: metadata
    )
    #expect(size == golden.count)
  }

  @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
  func `responses of every length of varint are as long as their header says`(count: Int) throws {
    let payload = Array(repeating: UInt8(7), count: count)
    var buffer = ByteBuffer()
    buffer.writeResponseFrame(streamID: 3, payload: payload)
    let expected = count == 0 ? [] : Bytes.field(2, payload)
    #expect(buffer.bytes == Bytes.frame(2, 3, expected))
    let envelope = try expected.withUnsafeBytes { try ResponseEnvelope($0) }
    #expect(envelope.payload.count == count)
    #expect(envelope.status.isEmpty)
  }

  @Test func `a response with a status is read as one`() throws {
    var buffer = ByteBuffer()
    buffer.writeResponseFrame(streamID: 5, status: [0x08, 5])
    #expect(buffer.bytes == Bytes.frame(2, 5, [0x0A, 2, 0x08, 5]))
    let envelope = try Array(buffer.bytes[10...]).withUnsafeBytes { try ResponseEnvelope($0) }
    #expect(envelope.status == 2..<4)
    #expect(throws: ProtobufReader.Malformed.self) {
      try [0x08, 1].withUnsafeBytes { _ = try ResponseEnvelope($0) }
    }
    #expect(throws: ProtobufReader.Malformed.self) {
      try [0x10, 1].withUnsafeBytes { _ = try ResponseEnvelope($0) }
    }
  }
}
