import Foundation
import Glibc
import TestSupport

/// What can be done to a server without a word of its language.
extension ConnectionAttack {
  static let dripping = 200
  static let idle = 4000
  static let halfOpen = 200
  static let deaf = 20

  /// A whole request, byte by byte: each connection holds an unfinished frame.
  static let slowDrip = ConnectionAttack(
    name: "slow drip", rate: "\(dripping) connections × 10 bytes/s of a header and its frame"
  ) { scene in
    let request = WireBytes.frame(
      1, 1, WireBytes.envelope(MethodName("AuthService/WhoAmI"), [UInt8](repeating: 8, count: 1000)))
    var peers = (0..<dripping).map { scene.connect($0) }
    var positions = [Int](repeating: 0, count: dripping)
    scene.pace(dripping * 10) { number in
      let peer = number % dripping
      let position = positions[peer]
      if peers[peer] == nil || peers[peer]?.write([request[position % request.count]]) != 1 {
        (peers[peer], positions[peer]) = (scene.connect(number), 0)
      } else {
        positions[peer] = position + 1
      }
    }
  }

  /// A header that promises 4 GiB. Refused at once, and nothing of it is waited for.
  static let giantAnnouncements = ConnectionAttack(
    name: "giant announcements", rate: "100 connections/s, each a header of 4 GiB and 64 KiB of it"
  ) { scene in
    let start = [UInt8](repeating: 0x41, count: 64 << 10)
    scene.pace(100) { number in
      guard let peer = scene.connect(number) else { return scene.fault("no connection") }
      peer.write(WireBytes.frame(1, 1, start, announcing: .max))
      guard let answer = peer.nextFrame() else { return }
      let text = String(decoding: answer.data, as: UTF8.self)
      if !text.contains("FRAME_TOO_LARGE") { scene.fault("4 GiB announced: \(text)") }
      if !peer.waitUntilClosed() { scene.fault("4 GiB announced, and the connection stays") }
    }
  }

  /// As many connections as the descriptors of this process allow, with and without a first word.
  static let thousandsIdle = ConnectionAttack(
    name: "thousands idle", rate: "up to \(idle) connections from 20 addresses, 2,000 opened/s"
  ) { scene in
    var peers: [RawConnection] = []
    let room = min(idle, Descriptors.free)
    let question = WireBytes.envelope(MethodName("AuthService/WhoAmI"), [])
    scene.pace(2000) { number in
      guard peers.count < room else { return Thread.sleep(forTimeInterval: 0.01) }
      // As many machines would: 200 from each.
      guard let peer = RawConnection(.tcp(port: scene.server.port, from: "127.9.0.\(1 + peers.count / 200)"))
      else { return scene.fault("connection \(peers.count + 1) is not accepted") }
      if number % 2 == 0 { peer.send(question) }
      peers.append(peer)
    }
  }

  /// Asks and does not listen. What waits for it is bounded, and then it is not listened to.
  static let deafPeers = ConnectionAttack(
    name: "deaf peers", rate: "\(deaf) connections that never read, 4,000 requests/s"
  ) { scene in
    let request = WireBytes.envelope(MethodName("AuthService/WhoAmI"), [])
    var peers = (0..<deaf).map { scene.connect($0) }
    scene.pace(4000) { number in
      let peer = number % deaf
      guard let connection = peers[peer] else {
        peers[peer] = scene.connect(number)
        return
      }
      let frame = WireBytes.frame(1, connection.takeStream(), request)
      if !connection.offer(frame) { peers[peer] = scene.connect(number) }
    }
  }

  /// Bytes of a seeded generator.
  static let randomBytes = ConnectionAttack(
    name: "random bytes", rate: "200 connections/s, each 512 random bytes"
  ) { scene in
    let entropy = SeededEntropy(seed: 1)
    scene.pace(200) { number in
      guard let peer = scene.connect(number) else { return scene.fault("no connection") }
      // Every second one begins as a frame does, so that the envelope is reached.
      let bytes = entropy.bytes(512)
      peer.write(number % 2 == 0 ? bytes : WireBytes.frame(1, 1, bytes))
      _ = peer.drain()
    }
  }

  /// The start of a TLS hello, and then nothing.
  static let halfOpenHandshakes = ConnectionAttack(
    name: "half-open TLS", rate: "200 handshakes/s begun and left, the last \(halfOpen) of them held"
  ) { scene in
    var held = [RawConnection?](repeating: nil, count: halfOpen)
    // A record of type handshake, TLS 1.0 as its version, 512 bytes long, of which the first few.
    let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]
    scene.pace(200) { number in
      guard let peer = scene.connect(number) else { return scene.fault("no connection") }
      peer.write(hello)
      held[number % halfOpen] = peer
    }
  }
}

/// What this process may still open.
enum Descriptors {
  /// Kept for everything else.
  private static let reserved = 256

  static var free: Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return reserved }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
    guard getrlimit(resource, &limit) == 0 else { return reserved }
    return max(0, Int(min(limit.rlim_cur, 1 << 20)) - reserved)
  }
}
