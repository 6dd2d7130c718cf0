import RPC

/// Links between peers and the server. They lose, repeat, delay, reorder and cut.
final class Network {
  private struct Link {
    unowned let peer: Peer
  }

  unowned let simulation: Simulation
  private var links: [Int: Link] = [:]
  private var lastLink = 0

  init(_ simulation: Simulation) {
    self.simulation = simulation
  }

  /// Opens a link; `nil` when the server is down.
  func open(_ peer: Peer) -> Int? {
    guard let server = simulation.server else { return nil }
    lastLink += 1
    links[lastLink] = Link(peer: peer)
    var security = RPC.Connection.Security.loopback
    if case .local = peer.credential { security = .local }
    server.open(lastLink, security: security)
    return lastLink
  }

  /// The peer ends its link; the server hears of it a little later.
  func hangUp(_ link: Int) {
    guard links.removeValue(forKey: link) != nil else { return }
    simulation.after(latency(), "server loses link") { [unowned simulation] in
      simulation.server?.close(link)
      return true
    }
  }

  /// The server is gone: every link breaks, each peer hears of it in its own time.
  func breakAll() {
    for id in links.keys.sorted() { tell(id) }
  }

  /// From a peer to the server.
  func send(to link: Int, call: Int, _ procedure: String, _ payload: [UInt8], mayRepeat: Bool) {
    pass(link, "request", mayRepeat: mayRepeat) { [unowned simulation] in
      simulation.deliver(link, call, "latchkey.v1." + procedure, payload)
    }
  }

  /// From the server to a peer.
  func send(_ saying: Saying) {
    let id = saying.connection
    if case .hangUp = saying.content {
      simulation.server?.close(id)
      simulation.after(latency(), "hang up") { [unowned self] in
        links.removeValue(forKey: id)?.peer.receive(id, call: 0, saying.content)
        return true
      }
      return
    }
    pass(id, "answer", mayRepeat: true) { [unowned self] in
      links[id]?.peer.receive(id, call: saying.call, saying.content)
    }
  }

  private func pass(_ id: Int, _ label: StaticString, mayRepeat: Bool, _ arrive: @escaping () -> Void) {
    if simulation.occurs(.cut, perMille: 3) {
      simulation.after(latency(), "cut") { [unowned self] in
        guard links[id] != nil else { return false }
        simulation.server?.close(id)
        tell(id)
        return true
      }
      return
    }
    if simulation.occurs(.lose, perMille: 6) { return }
    var delay = latency()
    if simulation.occurs(.delay, perMille: 10) { delay += Int64(simulation.dice.int(500...9_000)) }
    if simulation.occurs(.reorder, perMille: 20) { delay += Int64(simulation.dice.int(40...200)) }
    let copies = mayRepeat && simulation.occurs(.repeat, perMille: 12) ? 2 : 1
    for copy in 0..<copies {
      let pause = copy == 0 ? 0 : Int64(simulation.dice.int(1...400))
      simulation.after(delay + pause, label) { [unowned self] in
        guard links[id] != nil else { return false }
        arrive()
        return true
      }
    }
  }

  private func tell(_ id: Int) {
    simulation.after(latency(), "peer loses link") { [unowned self] in
      guard let link = links.removeValue(forKey: id) else { return false }
      link.peer.receive(id, call: 0, .hangUp(.cancelled))
      return true
    }
  }

  private func latency() -> Int64 { Int64(simulation.dice.int(2...30)) }
}
