import RPC
import Testing
import TransportSupport

@testable import HTTPRPC

@Suite struct GzipTests {
  private func decompressed(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [UInt8] {
    try bytes.withUnsafeBytes { try Gzip.decompressed($0, limit: limit) }
  }

  @Test(arguments: [0, 1, 1000, 100_000])
  func `what is compressed comes back`(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
    #expect(try decompressed(Gzip.compressed(bytes)) == bytes)
  }

  @Test func `no bytes are an empty message`() throws {
    #expect(try decompressed([]) == [])
  }

  @Test func `what would be larger than a message may be is given up as soon as it is`() throws {
    let bomb = Gzip.compressed([UInt8](repeating: 0, count: 50_000_000))
    #expect(bomb.count < 300_000)
    #expect { try decompressed(bomb, limit: 1000) } throws: { ($0 as? Failure)?.code == .resourceExhausted }
    let exact = Gzip.compressed([UInt8](repeating: 1, count: 1000))
    #expect(try decompressed(exact, limit: 1000).count == 1000)
    #expect { try decompressed(exact, limit: 999) } throws: { ($0 as? Failure)?.reason == .requestTooLarge }
  }

  @Test func `what is cut off, changed or followed by something is refused`() throws {
    let whole = Gzip.compressed(Array("a message of some length".utf8))
    for broken in [Array(whole.dropLast()), whole + [0], Array(whole.dropFirst()), [1, 2, 3]] {
      #expect { try decompressed(broken) } throws: { ($0 as? Failure)?.code == .invalidArgument }
    }
    for position in whole.indices where position > 9 {
      var changed = whole
      changed[position] ^= 0x55
      let result = try? decompressed(changed)
      #expect(result == nil, "byte \(position)")
    }
  }
}
