import API
import Domain
import Foundation
import RPC

/// What can be done to a server in its own language.
extension ConnectionAttack {
  /// Opens streams and gives them up, more than a connection may have. The attacker is authenticated: strangers
  /// open none.
  static let streamFlood = ConnectionAttack(
    name: "stream flood", rate: "1,000 streams/s opened, half of them cancelled, on one connection"
  ) { scene in
    let method = MethodName("KioskService/WatchKiosk")
    var peer = try scene.device.connect()
    scene.pace(1000) { number in
      let stream = peer.openStream(method)
      // The others stay until there are too many, and are given up in the end all the same.
      if number % 2 == 0 { peer.write(WireBytes.frame(3, stream, flags: 0x05, [])) }
      // A frame for a stream that nobody has opened.
      peer.write(WireBytes.frame(3, stream + 1000, [1, 2, 3]))
      if number % 100 == 99, peer.drain() == nil {
        scene.fault("the connection was closed")
        if let again = try? scene.device.connect() { peer = again }
      }
    }
  }

  /// Everything that a stranger may ask, and what it may not.
  static let requestFlood = ConnectionAttack(
    name: "request flood of a stranger", rate: "4,000 requests/s over 8 connections"
  ) { scene in
    let requests = [
      "AuthService/WhoAmI", "AuthService/Challenge", "AdminService/ListLocations", "NoService/NoMethod",
      "LockerService/Report", "KioskService/WatchKiosk", "AuthService/SignIn",
    ].map { WireBytes.envelope(MethodName($0), []) }
    var peers = (0..<8).map { scene.connect($0) }
    scene.pace(4000) { number in
      let peer = number % peers.count
      guard let connection = peers[peer] else {
        peers[peer] = scene.connect(number)
        return
      }
      connection.send(requests[number / peers.count % requests.count], flags: 0x01)
      if number % 256 < 8, connection.drain() == nil {
        scene.fault("the connection was closed")
        peers[peer] = scene.connect(number)
      }
    }
  }

  /// API keys that nobody has, from ever new addresses: each is counted on disk.
  static let guessedKeys = ConnectionAttack(
    name: "guessed API keys", rate: "100 keys/s, each from a new address"
  ) {
    scene in
    scene.pace(100) { number in
      guard let peer = scene.connect(number) else { return scene.fault("no connection") }
      let guess = ProtoAuthenticateRequest.with { $0.apiKey = String(repeating: "A", count: 40) }
      scene.expect(["CREDENTIAL_REFUSED", "TOO_MANY_ATTEMPTS"], "a guessed key") {
        let _: ProtoAuthenticateResponse = try peer.call("AuthService/Authenticate", guess)
      }
    }
  }

  /// An assertion that was used once, again: on its own connection, there after a new challenge, and elsewhere.
  static let replay = ConnectionAttack(
    name: "replayed authentication", rate: "50 captured assertions/s, each 3 times"
  ) {
    scene in
    scene.pace(50) { number in
      guard let first = scene.connect(number), let second = scene.connect(number) else {
        return scene.fault("no connection")
      }
      guard let challenge = try? scene.device.challenge(on: first),
        let captured = try? scene.device.assertion(for: challenge)
      else { return scene.fault("no challenge") }
      let request = ProtoAuthenticateRequest.with { $0.assertion = captured }
      func authenticate(_ connection: RawConnection) throws {
        let _: ProtoAuthenticateResponse = try connection.call("AuthService/Authenticate", request)
      }
      scene.expect([nil], "an assertion, first") { try authenticate(first) }
      scene.expect(["NO_CHALLENGE"], "an assertion, again") { try authenticate(first) }
      scene.expect(["CREDENTIAL_REFUSED"], "an assertion, again after a challenge") {
        _ = try scene.device.challenge(on: first)
        try authenticate(first)
      }
      scene.expect(["CREDENTIAL_REFUSED"], "an assertion, elsewhere") {
        _ = try scene.device.challenge(on: second)
        try authenticate(second)
      }
    }
  }

  /// Assertions of clocks that run wrong: beyond a minute's life, or the leeway ahead, none holds.
  static let clockSkew = ConnectionAttack(name: "clock skew", rate: "50 assertions/s from −1 year to +1 year")
  { scene in
    let year = Duration.seconds(365 * 86_400)
    let ahead = DeviceClaims.leeway
    let refused: [Duration] = [
      .zero - year, .seconds(-3600), .seconds(-1) - DeviceClaims.longestLifetime, ahead + .seconds(2),
      .seconds(61), year,
    ]
    let taken: [Duration] = [.zero, .seconds(-30), ahead - .seconds(2)]
    scene.pace(50) { number in
      let skews = refused + taken
      let skew = skews[number % skews.count]
      guard let peer = scene.connect(number), let challenge = try? scene.device.challenge(on: peer),
        let assertion = try? scene.device.assertion(for: challenge, skew: skew)
      else { return scene.fault("no challenge") }
      scene.expect(refused.contains(skew) ? ["CREDENTIAL_REFUSED"] : [nil], "a clock \(skew) ahead") {
        let _: ProtoAuthenticateResponse = try peer.call(
          "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.assertion = assertion })
      }
    }
  }
}

extension AttackScene {
  /// Notes what should not have happened.
  ///
  /// - Parameter reasons: of the failures that may come; `nil`: success.
  func expect(_ reasons: Set<Failure.Reason?>, _ what: String, _ call: () throws -> Void) {
    do {
      try call()
      if !reasons.contains(nil) { fault("\(what) was taken") }
    } catch let failure as Failure {
      if !reasons.contains(failure.reason) { fault("\(what): \(failure)") }
    } catch {
      fault("\(what): \(error)")
    }
  }
}
