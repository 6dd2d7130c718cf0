internal import Foundation

/// What a device signs to prove itself (S3): the message of a PASETO v4.public, as JSON.
public struct DeviceClaims: Codable, Hashable, Sendable {
  public static let longestLifetime: Duration = .seconds(60)
  /// How far a device's clock may be ahead of the server's.
  public static let leeway: Duration = .seconds(5)

  /// The server that it is meant for.
  public var aud: String
  /// The device's id.
  public var dev: Int64
  /// Unix seconds.
  public var iat: Int64
  /// Unix seconds.
  public var exp: Int64

  public init(audience: String, device: Device.ID, issuedAt: Instant, lifetime: Duration = longestLifetime) {
    aud = audience
    dev = device.rawValue
    iat = issuedAt.milliseconds / 1000
    exp = iat + lifetime.components.seconds
  }

  public init?(decoding bytes: [UInt8]) {
    guard let claims = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = claims
  }

  public var encoded: [UInt8] { encodedJSON(self) }

  /// Issued for this audience and device, not in the future, not too long, not over.
  public func holds(for audience: String, _ device: Device.ID, at now: Instant) -> Bool {
    let issued = Instant(milliseconds: iat &* 1000)
    let expires = Instant(milliseconds: exp &* 1000)
    return aud == audience && dev == device.rawValue
      && (0...Self.latestSecond).contains(iat) && (iat...Self.latestSecond).contains(exp)
      && issued <= now + Self.leeway && now < expires && expires - issued <= Self.longestLifetime
  }

  /// 9999-12-31T23:59:59Z: keeps milliseconds far from overflow.
  private static let latestSecond: Int64 = 253_402_300_799
}

/// What a hand-over's QR says (H2): the message of a PASETO v4.public, as JSON.
public struct HandoverClaims: Codable, Hashable, Sendable {
  public var handover: Int64
  public var locker: Int64
  /// The box's number.
  public var compartment: Int
  /// Unix milliseconds.
  public var iat: Int64
  /// Unix milliseconds.
  public var exp: Int64

  public init(
    handover: Handover.ID, locker: Locker.ID, compartment: Int, shownAt: Instant, expiresAt: Instant
  ) {
    self.handover = handover.rawValue
    self.locker = locker.rawValue
    self.compartment = compartment
    iat = shownAt.milliseconds
    exp = expiresAt.milliseconds
  }

  public init?(decoding bytes: [UInt8]) {
    guard let claims = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = claims
  }

  public var encoded: [UInt8] { encodedJSON(self) }
}

/// JSON with its keys in order, so that equal claims have equal bytes.
private func encodedJSON(_ claims: some Encodable) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  guard let data = try? encoder.encode(claims) else {
    preconditionFailure("claims are numbers and strings, which JSON can always hold")
  }
  return Array(data)
}

/// What is signed of a location's event chain (S4): the message of a PASETO v4.public, as JSON.
public struct HeadClaims: Codable, Hashable, Sendable {
  /// The implicit assertion: a signed head passes for nothing else.
  public static let assertion = Array("latchkey chain head".utf8)

  public var location: Int64
  public var number: Int64
  /// Lower-case hexadecimal.
  public var hash: String
  /// Unix milliseconds.
  public var iat: Int64

  public init(location: Location.ID, number: Int64, hash: [UInt8], signedAt: Instant) {
    self.location = location.rawValue
    self.number = number
    self.hash = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    iat = signedAt.milliseconds
  }

  public init?(decoding bytes: [UInt8]) {
    guard let claims = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = claims
  }

  public var encoded: [UInt8] { encodedJSON(self) }
}
