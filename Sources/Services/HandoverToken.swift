import Core
import Domain

/// The QR of a hand-over (H2): PASETO v4.public, signed by the server; the tablet that asked is its
/// implicit assertion, so that for any other tablet it does not verify.
enum HandoverToken {
  /// The same hand-over always gives the same token: nothing has to be kept.
  static func make(_ handover: Handover, compartment: Int, _ key: SigningKey) throws -> String {
    guard let shownAt = handover.shownAt, let expiresAt = handover.expiresAt else {
      preconditionFailure("a hand-over that is not shown has no token")
    }
    let claims = HandoverClaims(
      handover: handover.id, locker: handover.locker, compartment: compartment, shownAt: shownAt,
      expiresAt: expiresAt)
    return try key.sign(
      message: claims.encoded, footer: footer(key.publicKey), assertion: assertion(of: handover.tablet))
  }

  /// What the token says, if this server signed it for this tablet.
  static func claims(in token: String, for tablet: Device.ID, _ key: PublicKey) -> HandoverClaims? {
    let message = try? key.verify(token: token, footer: footer(key), assertion: assertion(of: tablet))
    return message.flatMap(HandoverClaims.init(decoding:))
  }

  private static func footer(_ key: PublicKey) -> [UInt8] { Array(key.keyID.utf8) }

  private static func assertion(of tablet: Device.ID) -> [UInt8] {
    Array("latchkey hand-over for tablet \(tablet)".utf8)
  }
}
