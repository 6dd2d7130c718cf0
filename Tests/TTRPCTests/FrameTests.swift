import NIOCore
import Testing

@testable import TTRPC

@Suite struct FrameTests {
  private let wire =
    Bytes.frame(1, 1, [0xAA, 0xBB, 0xCC]) + Bytes.frame(3, 0x0102_0304, flags: 5)
    + Bytes.frame(9, 7, Array(repeating: 0x55, count: 300))

  private func decoded(_ chunks: [[UInt8]], maximum: Int = 1000) throws -> [Frame] {
    var decoder = FrameDecoder()
    var frames: [Frame] = []
    for chunk in chunks {
      decoder.append(ByteBuffer(bytes: chunk))
      frames += try decoder.all(maximum: maximum)
    }
    return frames
  }

  @Test func `A2 a header is ten bytes, big-endian`() throws {
    let frames = try decoded([[0, 0, 0, 2, 0, 0, 1, 3, 1, 2, 0xDE, 0xAD]])
    #expect(frames.count == 1)
    #expect(frames[0].streamID == 259)
    #expect(frames[0].kind == .request)
    #expect(frames[0].flags == .remoteOpen)
    #expect(frames[0].data.bytes == [0xDE, 0xAD])
  }

  @Test func `several frames in one read come out in order`() throws {
    let frames = try decoded([wire])
    #expect(frames.map(\.streamID) == [1, 0x0102_0304, 7])
    #expect(frames.map(\.kind) == [.request, .data, nil])
    #expect(frames[1].flags == [.remoteClosed, .noData])
    #expect(frames.map(\.data.readableBytes) == [3, 0, 300])
  }

  @Test func `frames split at every byte come out the same`() throws {
    let whole = try decoded([wire])
    for split in 0...wire.count {
      #expect(try decoded([Array(wire[..<split]), Array(wire[split...])]) == whole, "split at \(split)")
    }
    #expect(try decoded(wire.map { [$0] }) == whole)
  }

  @Test func `a frame of exactly the limit is whole, one byte more is oversized`() throws {
    let exact = Bytes.frame(1, 1, Array(repeating: 1, count: 1000))
    #expect(try decoded([exact]).count == 1)
    let above = Bytes.frame(1, 5, Array(repeating: 1, count: 1001))
    let oversized = #expect(throws: FrameDecoder.Oversized.self) { _ = try decoded([above]) }
    #expect(oversized?.header.streamID == 5)
    #expect(oversized?.header.length == 1001)
  }

  @Test func `an oversized frame is known by its header alone`() {
    #expect(throws: FrameDecoder.Oversized.self) { _ = try decoded([Bytes.header(.max, 1)]) }
    #expect(throws: Never.self) { _ = try decoded([Array(Bytes.header(.max, 1).dropLast())]) }
  }

  @Test func `frames before an oversized one are not lost`() throws {
    var decoder = FrameDecoder()
    decoder.append(ByteBuffer(bytes: Bytes.frame(1, 1) + Bytes.header(11, 3)))
    #expect(try decoder.next(maximumLength: 10)?.streamID == 1)
    #expect(throws: FrameDecoder.Oversized.self) { _ = try decoder.next(maximumLength: 10) }
  }

  @Test func `bytes that wait are counted`() throws {
    var decoder = FrameDecoder()
    #expect(decoder.bufferedBytes == 0)
    decoder.append(ByteBuffer(bytes: wire[..<16]))
    _ = try decoder.next(maximumLength: 10)
    #expect(decoder.bufferedBytes == 3)
    decoder.discard()
    #expect(decoder.bufferedBytes == 0)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `random frames in random pieces come out the same`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    var expected: [[UInt8]] = []
    for streamID in 0..<20 as Range<UInt32> {
      let data = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      expected.append(data)
      bytes += Bytes.frame(.random(in: 0...255, using: &generator), streamID, data)
    }
    var pieces: [[UInt8]] = []
    while !bytes.isEmpty {
      let count = Int.random(in: 1...90, using: &generator)
      pieces.append(Array(bytes.prefix(count)))
      bytes.removeFirst(min(count, bytes.count))
    }
    let frames = try decoded(pieces)
    #expect(frames.map(\.data.bytes) == expected, "seed \(seed)")
    #expect(frames.map(\.streamID) == Array(0..<20), "seed \(seed)")
  }

  @Test func `frames are written as they are read`() throws {
    var buffer = ByteBuffer()
    ([1, 2, 3] as [UInt8]).withUnsafeBytes { buffer.writeDataFrame($0, streamID: 9) }
    buffer.writeEndFrame(streamID: 9)
    buffer.writeFrameHeader(.request, streamID: 11, flags: .remoteClosed, length: 0)
    #expect(
      buffer.bytes == Bytes.frame(3, 9, [1, 2, 3]) + Bytes.frame(3, 9, flags: 5)
        + Bytes.frame(1, 11, flags: 1)
    )
  }
}
