import API
import Core
import Domain
import RPC
import Services
import TestSupport

/// A program that calls the server: screen, tablet, lock controller, integration or operator. It connects,
/// proves itself, repeats what was not answered, and begins anew when the connection is lost.
final class Peer {
  enum Credential {
    case device(Device.ID, SigningKey)
    case apiKey(String)
    /// The Unix-domain socket.
    case local
    /// To enrol.
    case none
  }

  enum Ending {
    case answer([UInt8])
    case failure(Failure)
    /// The connection was lost, or time is over: perhaps it was done, perhaps not.
    case lost
  }

  private enum Waiting {
    case unary((Ending) -> Void)
    case stream(([UInt8]) -> Void, endsByItself: Bool)
  }

  static let patience: Int64 = 8_000

  unowned let simulation: Simulation
  let name: String
  var credential: Credential
  /// Called each time the connection is proved.
  var onReady: () -> Void = {}
  var onLost: () -> Void = {}
  /// The server knows the credential no more.
  private(set) var isRefused = false
  private(set) var isReady = false
  private var connection: Int?
  private var waiting: [Int: Waiting] = [:]
  private var lastCall = 0
  private var attempts = 0
  private var isOff = false
  /// What was acknowledged, to be asked for again.
  private(set) var acknowledged: [Acknowledged] = []

  init(_ simulation: Simulation, _ name: String, _ credential: Credential) {
    self.simulation = simulation
    self.name = name
    self.credential = credential
  }

  // MARK: Connection

  func connect() {
    guard connection == nil, !isOff, !isRefused else { return }
    guard let id = simulation.network.open(self) else { return retry() }
    connection = id
    prove()
  }

  /// Loses power, and with it the connection.
  func switchOff() {
    isOff = true
    lose()
  }

  func switchOn() {
    isOff = false
    attempts = 0
    connect()
  }

  /// Becomes another device: what was acknowledged belonged to the old one.
  func become(_ credential: Credential) {
    self.credential = credential
    acknowledged = []
    isRefused = false
    attempts = 0
    lose()
    connect()
  }

  /// The connection is of no more use.
  func lose() {
    if let connection { simulation.network.hangUp(connection) }
    connection = nil
    isReady = false
    let open = waiting.sorted { $0.key < $1.key }
    waiting = [:]
    onLost()
    for case (_, .unary(let then)) in open { then(.lost) }
    if !isOff { retry() }
  }

  private func retry() {
    attempts = min(attempts + 1, 6)
    simulation.after(Int64(simulation.dice.int(50...(200 << attempts))), "reconnect") { [unowned self] in
      guard connection == nil, !isOff, !isRefused else { return false }
      connect()
      return true
    }
  }

  private func prove() {
    switch credential {
    case .local, .none: ready()
    case .apiKey(let key): authenticate(.with { $0.apiKey = key })
    case .device(let id, let key):
      call("AuthService/Challenge", ProtoChallengeRequest()) { [unowned self] ending in
        guard case .answer(let bytes) = ending, let challenge = try? ProtoChallengeResponse(wireBytes: bytes)
        else { return lose() }
        let claims = DeviceClaims(audience: challenge.audience, device: id, issuedAt: simulation.clock.now)
        guard
          let assertion = try? key.sign(
            message: claims.encoded, footer: Array(key.keyID.utf8), assertion: Array(challenge.nonce))
        else { preconditionFailure("claims and key are well-formed") }
        authenticate(.with { $0.assertion = assertion })
      }
    }
  }

  private func authenticate(_ request: ProtoAuthenticateRequest) {
    call("AuthService/Authenticate", request) { [unowned self] ending in
      switch ending {
      case .answer: ready()
      case .failure(let failure):
        isRefused = failure.reason == "CREDENTIAL_REFUSED"
        lose()
      case .lost: break
      }
    }
  }

  private func ready() {
    isReady = true
    attempts = 0
    recheck(2)
    onReady()
  }

  // MARK: Calls

  /// Calls once; the answer may never come.
  func call(_ procedure: String, _ request: some WireMessage, _ then: @escaping (Ending) -> Void) {
    guard let connection else { return then(.lost) }
    lastCall += 1
    let call = lastCall
    waiting[call] = .unary(then)
    // A second challenge would put the first out, and no wire sends one twice.
    simulation.network.send(
      to: connection, call: call, procedure, Self.bytes(request),
      mayRepeat: procedure != "AuthService/Challenge")
    simulation.after(Self.patience, "no answer") { [unowned self] in
      guard self.connection == connection, waiting[call] != nil else { return false }
      lose()
      return true
    }
  }

  /// Watches until the connection is lost.
  ///
  /// - Parameter endsByItself: there is an end to what is watched.
  func watch<Item: WireMessage>(
    _ procedure: String, _ request: some WireMessage, endsByItself: Bool = false,
    _ take: @escaping (Item) -> Void
  ) {
    guard let connection else { return }
    lastCall += 1
    let takeBytes = { (bytes: [UInt8]) in
      guard let item = try? Item(wireBytes: bytes) else { preconditionFailure("no \(Item.protoMessageName)") }
      take(item)
    }
    waiting[lastCall] = .stream(takeBytes, endsByItself: endsByItself)
    simulation.network.send(to: connection, call: lastCall, procedure, Self.bytes(request), mayRepeat: false)
  }

  /// Calls with a request id, and repeats until there is an answer.
  ///
  /// - Parameter tries: after so many it is given up, with `lost`.
  func mutate<Request: WireMessage>(
    _ procedure: String, _ request: Request, tries: Int = 6, _ then: @escaping (Ending) -> Void = { _ in }
  ) {
    guard tries > 0 else { return then(.lost) }
    guard isReady else {
      simulation.after(700, "wait for connection") { [unowned self] in
        mutate(procedure, request, tries: tries - 1, then)
        return true
      }
      return
    }
    call(procedure, request) { [unowned self] ending in
      switch ending {
      case .answer(let bytes):
        acknowledged.append(Acknowledged(procedure: procedure, request: Self.bytes(request), answer: bytes))
        then(ending)
      case .failure(let failure):
        simulation.watchdog.heard(failure, of: procedure)
        then(ending)
      case .lost: mutate(procedure, request, tries: tries - 1, then)
      }
    }
  }

  /// Asks again for things that were acknowledged.
  func recheck(_ count: Int) {
    for _ in 0..<min(count, acknowledged.count) {
      guard let known = simulation.dice.pick(acknowledged) else { return }
      recheck(known)
    }
  }

  func recheckAll() {
    for known in acknowledged.suffix(80) { recheck(known) }
  }

  private func recheck(_ known: Acknowledged) {
    guard let connection else { return }
    lastCall += 1
    waiting[lastCall] = .unary { [unowned self] ending in simulation.watchdog.compare(known, ending, name) }
    simulation.network.send(to: connection, call: lastCall, known.procedure, known.request, mayRepeat: false)
  }

  // MARK: From the network

  func receive(_ id: Int, call: Int, _ content: Saying.Content) {
    guard id == connection else { return }
    switch content {
    case .hangUp(let failure):
      if failure.reason == "DEVICE_REVOKED" { isRefused = true }
      lose()
    case .answer(let bytes): finish(call, .answer(bytes))
    case .failure(let failure): finish(call, .failure(failure))
    case .end:
      guard case .stream(_, let endsByItself)? = waiting.removeValue(forKey: call) else { return }
      if !endsByItself { lose() }
    case .item(let bytes):
      guard case .stream(let take, _)? = waiting[call] else { return }
      take(bytes)
    }
  }

  private func finish(_ call: Int, _ ending: Ending) {
    switch waiting[call] {
    case .unary(let then):
      waiting[call] = nil
      then(ending)
    case .stream: lose()
    case nil: break
    }
  }

  private static func bytes(_ message: some WireMessage) -> [UInt8] {
    guard let bytes = try? message.wireBytes() else {
      preconditionFailure("a message of ours is well-formed")
    }
    return bytes
  }
}

/// A mutation that was answered: it must never be forgotten.
struct Acknowledged {
  let procedure: String
  let request: [UInt8]
  let answer: [UInt8]
}
