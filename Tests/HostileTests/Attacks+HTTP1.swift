import Foundation
import TestSupport

/// What can be done to a server of HTTP/1.1.
extension ConnectionAttack {
  private static let head =
    "POST /latchkey.v1.AuthService/WhoAmI HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"

  /// Slowloris: heads that come a byte at a time.
  static let slowHeads = ConnectionAttack(
    name: "slowloris, heads", rate: "200 connections × 10 bytes/s of a head that does not end"
  ) { scene in
    drip(scene, begin: "", head + (0..<1000).map { "x-\($0): a\r\n" }.joined())
  }

  /// R.U.D.Y.: bodies that come a byte at a time.
  static let slowBodies = ConnectionAttack(
    name: "slowloris, bodies", rate: "200 connections × 10 bytes/s of a body that does not end"
  ) { scene in
    drip(scene, begin: head + "content-length: 100000\r\n\r\n", String(repeating: " ", count: 1000))
  }

  private static func drip(_ scene: AttackScene, begin: String, _ text: String) {
    let bytes = Array(text.utf8)
    var peers = [RawConnection?](repeating: nil, count: dripping)
    var positions = [Int](repeating: 0, count: dripping)
    scene.pace(dripping * 10) { number in
      let index = number % dripping
      if peers[index] == nil {
        peers[index] = scene.connectHTTP(number)
        positions[index] = 0
        guard peers[index]?.offer(Array(begin.utf8)) == true else { return scene.fault("no connection") }
      }
      guard let peer = peers[index] else { return }
      let isOpen = peer.offer([bytes[positions[index] % bytes.count]]) && peer.drain() != nil
      positions[index] += 1
      if !isOpen { peers[index] = nil }
    }
  }

  /// Requests sent ahead, of which no answer is read.
  static let deafPipelines = ConnectionAttack(
    name: "deaf pipelines", rate: "20 connections that never read, 4,000 requests/s"
  ) { scene in
    let request = Array((head + "content-length: 2\r\n\r\n{}").utf8)
    var peers = [RawConnection?](repeating: nil, count: deaf)
    scene.pace(4000) { number in
      let index = number % deaf
      if peers[index] == nil { peers[index] = scene.connectHTTP(number) }
      if peers[index]?.offer(request) != true { peers[index] = nil }
    }
  }

  /// Heads that are larger than any.
  static let giantHeads = ConnectionAttack(
    name: "giant heads", rate: "100 connections/s, each 256 KiB of a head"
  ) { scene in
    let bytes = Array((head + "x-long: " + String(repeating: "a", count: 256 << 10)).utf8)
    scene.pace(100) { number in
      guard let peer = scene.connectHTTP(number) else { return scene.fault("no connection") }
      _ = peer.offer(bytes)
      _ = peer.drain()
    }
  }
}
