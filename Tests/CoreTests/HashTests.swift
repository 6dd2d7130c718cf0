import Core
import Domain
import Testing

@Suite struct HashTests {
  @Test func `S1 Swift digests as the golden file says`() throws {
    let lines = try Golden.lines(of: "digest.txt")
    try #require(Set(lines.map { $0[0] }) == ["plain", "keyed"])
    for line in lines {
      let message = counting(try #require(Int(line[1])))
      #expect(Digest.of(message, key: line[0] == "keyed" ? try key() : nil).description == line[2])
    }
  }

  @Test func `a digest has 32 bytes and keeps them`() throws {
    #expect(Digest(bytes: counting(31)) == nil)
    #expect(Digest(bytes: counting(33)) == nil)
    let digest = try #require(Digest(bytes: counting(32)))
    #expect(digest.bytes == counting(32))
    #expect("\(digest)" == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
  }

  @Test func `digests are equal when every byte is`() throws {
    let digest = try #require(Digest(bytes: counting(32)))
    for index in 0..<32 {
      var bytes = counting(32)
      bytes[index] ^= 1
      let other = try #require(Digest(bytes: bytes))
      #expect(digest != other)
      #expect(Set([digest, other, digest]).count == 2)
    }
    #expect(digest == Digest(bytes: counting(32)))
  }

  @Test func `S4 the layout of canonical bytes never changes`() throws {
    var fields = CanonicalBytes(purpose: "p.v1")
    fields.append("é")
    fields.append(Int64(-2))
    fields.append([UInt8]())
    fields.append(String?.none)
    fields.append(Digest(bytes: counting(32)))
    #expect(
      fields.bytes
        == [0, 0, 0, 4] + Array("p.v1".utf8) + [0, 0, 0, 2, 0xC3, 0xA9] + [0, 0, 0, 8]
        + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE] + [0, 0, 0, 0] + [0xFF, 0xFF, 0xFF, 0xFF]
        + [0, 0, 0, 32] + counting(32))
  }

  @Test func `S4 different fields never give the same bytes`() {
    func bytes(_ purpose: String, _ fields: String?...) -> [UInt8] {
      var canonical = CanonicalBytes(purpose: purpose)
      for field in fields { canonical.append(field) }
      return canonical.bytes
    }
    let all = [
      bytes("p"), bytes("p", ""), bytes("p", nil), bytes("p", "", ""), bytes("p", "ab"), bytes("p", "a", "b"),
      bytes("p", "", "ab"), bytes("p", "ab", ""), bytes("p", "ab", nil), bytes("q", "ab"),
      bytes("", "p", "ab"),
    ]
    #expect(Set(all).count == all.count)
  }

  @Test func `random bytes come in the number asked for and do not repeat`() {
    let entropy = SystemEntropy()
    #expect(entropy.bytes(0) == [])
    #expect(entropy.bytes(1000).count == 1000)
    #expect(Set((0..<1000).map { _ in entropy.bytes(16) }).count == 1000)
    #expect(throws: Never.self) { try Crypto.start() }
  }

  @Test func `a key has 32 bytes and never prints`() throws {
    #expect(SecretKey(bytes: counting(31)) == nil)
    #expect(SecretKey(bytes: counting(33)) == nil)
    var dumped = ""
    dump(try key(65), to: &dumped)
    for text in ["\(try key(65))", String(reflecting: try key(65)), dumped] {
      #expect(text.contains("SecretKey(redacted)") && !text.contains("65"))
    }
  }
}
