import Core
import Testing

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

private func signingKey(_ first: Int = 0) throws -> SigningKey {
  try #require(SigningKey(seed: counting(32, from: first)))
}

@Suite struct TokenTests {
  @Test func `H2 a token verifies with its key, footer and assertion, and gives its message`() throws {
    let key = try signingKey()
    let token = try key.sign(message: text("open 3"), footer: text(key.keyID), assertion: text("tablet 7"))
    #expect(token.hasPrefix("v4.public."))
    #expect(try Token.footer(of: token) == text(key.keyID))
    let message = try key.publicKey.verify(token: token, footer: text(key.keyID), assertion: text("tablet 7"))
    #expect(message == text("open 3"))
  }

  @Test func `H2 on another tablet a token does not verify`() throws {
    let key = try signingKey()
    let token = try key.sign(message: text("open 3"), assertion: text("tablet 7"))
    #expect(throws: TokenError.forged) { try key.publicKey.verify(token: token, assertion: text("tablet 8")) }
    #expect(throws: TokenError.forged) { try key.publicKey.verify(token: token) }
  }

  @Test func `H2 a token of another key, or with another footer, is refused with the reason`() throws {
    let key = try signingKey()
    let token = try key.sign(message: text("open 3"), footer: text("f"))
    let other = try signingKey(1).publicKey
    #expect(throws: TokenError.forged) { try other.verify(token: token, footer: text("f")) }
    #expect(throws: TokenError.wrongFooter) { try key.publicKey.verify(token: token, footer: text("g")) }
    #expect(throws: TokenError.wrongFooter) { try key.publicKey.verify(token: token) }
  }

  @Test func `H2 a token altered in any character is refused`() throws {
    let key = try signingKey()
    let token = text(try key.sign(message: text("open 3"), footer: text("f")))
    for index in token.indices {
      var altered = token
      altered[index] = altered[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      let spelled = String(decoding: altered, as: UTF8.self)
      #expect(throws: TokenError.self) { try key.publicKey.verify(token: spelled, footer: text("f")) }
    }
  }

  @Test(arguments: ["", "v4.public.", "v3.public.AAAA", "v4.local.AAAA", "v4.public.é", "v4.public.AA=="])
  func `H2 what is no token is malformed`(token: String) throws {
    #expect(throws: TokenError.malformed) { try signingKey().publicKey.verify(token: token) }
  }

  @Test func `H2 limits hold on both sides`() throws {
    let key = try signingKey()
    let message = counting(Token.maximumMessageBytes)
    let footer = counting(Token.maximumFooterBytes)
    let assertion = counting(Token.maximumAssertionBytes)
    let token = try key.sign(message: message, footer: footer, assertion: assertion)
    #expect(try key.publicKey.verify(token: token, footer: footer, assertion: assertion) == message)
    #expect(try Token.footer(of: token) == footer)
    #expect(throws: TokenError.tooLarge) { try key.sign(message: message + [0]) }
    #expect(throws: TokenError.tooLarge) { try key.sign(message: [], footer: footer + [0]) }
    #expect(throws: TokenError.tooLarge) { try key.sign(message: [], assertion: assertion + [0]) }
    #expect(throws: TokenError.tooLarge) {
      try key.publicKey.verify(token: token + String(repeating: "A", count: 10_000))
    }
    let empty = try key.sign(message: [])
    #expect(try key.publicKey.verify(token: empty) == [] && Token.footer(of: empty) == [])
  }

  /// Computed with pyca/cryptography (Ed25519, BLAKE2b) from the PASETO and PASERK specifications.
  @Test func `H2 token and key id are those that another program computes`() throws {
    let key = try signingKey()
    #expect(
      Digest(bytes: key.publicKey.bytes)?.description
        == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    #expect(key.keyID == "k4.pid.aFyPJn8JR0dpgdue6cBXcpbaztu3TwZXLnZuye0dXYtz")
    let token = try key.sign(message: text("{\"box\":3}"), footer: text("f"), assertion: text("tablet 7"))
    #expect(
      token == """
        v4.public.eyJib3giOjN9Ylp2R7X-gsNNPgn293EmBKRux7FH7SHu_mIV--QcbHE1J3y_-UqXeNYQURHsxX1bjL\
        yBoScgWjnZ86A2c7nfBA.Zg
        """)
  }

  @Test func `S3 a signing key has 32 bytes of seed and never prints; a public key has 32 bytes`() throws {
    for count in [0, 31, 33, 64] {
      #expect(SigningKey(seed: counting(count)) == nil)
      #expect(PublicKey(bytes: counting(count)) == nil)
    }
    var dumped = ""
    dump(try signingKey(65), to: &dumped)
    for text in ["\(try signingKey(65))", String(reflecting: try signingKey(65)), dumped] {
      #expect(text.contains("SigningKey(redacted)") && !text.contains("65"))
    }
  }

  @Test func `S3 bytes that are no point of the curve verify nothing`() throws {
    let token = try signingKey().sign(message: text("x"))
    for byte in [UInt8(0), 1, 2, 0xFF] {
      let key = try #require(PublicKey(bytes: [UInt8](repeating: byte, count: 32)))
      #expect(throws: TokenError.forged) { try key.verify(token: token) }
    }
  }
}
