import Core
import Testing

@Suite struct SealTests {
  @Test(arguments: [0, 1, 6, 1000])
  func `S1 a sealed secret opens with its key and context`(count: Int) throws {
    let message = counting(count)
    let sealed = Seal.seal(message, context: "outbox/7", key: try key())
    #expect(sealed.count == count + Seal.overheadBytes)
    #expect(try Seal.unseal(sealed, context: "outbox/7", key: try key()) == message)
    #expect(sealed != Seal.seal(message, context: "outbox/7", key: try key()))
  }

  @Test func `S1 a sealed secret does not open with another key or in another place`() throws {
    let sealed = Seal.seal(Array("739140".utf8), context: "outbox/7", key: try key())
    #expect(throws: Seal.Broken.self) { try Seal.unseal(sealed, context: "outbox/8", key: try key()) }
    #expect(throws: Seal.Broken.self) { try Seal.unseal(sealed, context: "", key: try key()) }
    #expect(throws: Seal.Broken.self) { try Seal.unseal(sealed, context: "outbox/7", key: try key(1)) }
  }

  @Test func `S1 a sealed secret that was altered or cut off does not open`() throws {
    let sealed = Seal.seal(Array("739140".utf8), context: "outbox/7", key: try key())
    for bit in 0..<(sealed.count * 8) {
      var altered = sealed
      altered[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: Seal.Broken.self) { try Seal.unseal(altered, context: "outbox/7", key: try key()) }
    }
    for count in 0..<sealed.count {
      let cut = Array(sealed.prefix(count))
      #expect(throws: Seal.Broken.self) { try Seal.unseal(cut, context: "outbox/7", key: try key()) }
    }
    #expect(throws: Seal.Broken.self) { try Seal.unseal(sealed + [0], context: "outbox/7", key: try key()) }
  }

  @Test func `S1 a sealed secret does not show what is in it`() throws {
    let sealed = Seal.seal(Array("739140".utf8), context: "outbox/7", key: try key())
    #expect(!String(decoding: sealed, as: UTF8.self).contains("739140"))
  }
}

@Suite struct PasswordTests {
  @Test func `a password matches its own hash only`() throws {
    let hash = try Password.hash("correct horse é🔑")
    #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    #expect(Password.matches("correct horse é🔑", hash: hash))
    for other in ["correct horse é", "Correct horse é🔑", "correct horse é🔑 ", ""] {
      #expect(!Password.matches(other, hash: hash))
    }
    #expect(try Password.hash("correct horse é🔑") != hash)
  }

  @Test func `a password is never cut off`() throws {
    let long = String(repeating: "x", count: Password.maximumBytes)
    let hash = try Password.hash(long)
    #expect(Password.matches(long, hash: hash))
    #expect(!Password.matches(String(long.dropLast()), hash: hash))
    #expect(!Password.matches(long + "x", hash: hash))
    #expect(throws: Password.Refusal.tooLong) { try Password.hash(long + "x") }
    #expect(throws: Password.Refusal.empty) { try Password.hash("") }
    let withZero = try Password.hash("a\u{0}b")
    #expect(Password.matches("a\u{0}b", hash: withZero))
    #expect(!Password.matches("a\u{0}c", hash: withZero) && !Password.matches("a", hash: withZero))
  }

  @Test(arguments: [
    "", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuv",
    "$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
      + String(repeating: "A", count: 43),
    String(repeating: "x", count: 5000),
  ])
  func `what is no hash matches nothing`(hash: String) {
    #expect(!Password.matches("x", hash: hash))
    #expect(!Password.matches("", hash: hash))
  }
}
