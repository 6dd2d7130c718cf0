import Core
import Domain

/// What a device signs to prove itself: PASETO v4.public over `DeviceClaims`, its key id as footer, the
/// server's nonce as implicit assertion.
enum Assertion {
  /// Who the device is now, if everything about its assertion is right; `nil` whatever is wrong with it.
  static func check(
    _ token: String, nonce: [UInt8], audience: String, at now: Instant, in snapshot: any Snapshot
  ) throws -> Caller? {
    guard let footer = try? Token.footer(of: token),
      let device = try snapshot.device(keyID: String(decoding: footer, as: UTF8.self)),
      let key = PublicKey(bytes: device.publicKey),
      let message = try? key.verify(token: token, footer: footer, assertion: nonce),
      let claims = DeviceClaims(decoding: message), claims.holds(for: audience, device.id, at: now)
    else { return nil }
    return try Caller.current(device, at: now, in: snapshot)
  }
}
