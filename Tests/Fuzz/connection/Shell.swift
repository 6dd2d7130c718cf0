import NIOCore
import RPC
import Transport

/// A shell around the machine, as `ServerChannelHandler` is one: it reads when it is wanted, does what it is
/// told, and holds the machine to its promises on the way.
struct Shell {
  private static let statusBytes = 20

  private(set) var facts: [Fact] = []
  private var machine: ConnectionStateMachine
  private var expectation = Expectation()
  private var now: MonotonicInstant
  /// Sent by the peer and not read yet.
  private var arriving: [UInt8] = []
  /// How much is read at once.
  private let piece: Int
  private var inFlight: [UInt32: Procedure.Kind] = [:]
  private var queuedBytes = 0
  private var isFinished = false
  private var isGone = false

  static let limits: Limits = {
    var limits = Limits()
    limits.messageBytes = Envelopes.maximumLength
    limits.strangerMessageBytes = 60
    limits.metadataPairs = Envelopes.maximumPairs
    limits.streamsPerConnection = 2
    limits.callsPerConnection = 3
    limits.queuedBytes = 300
    limits.lingerBytes = 100
    return limits
  }()

  init(isSecured: Bool, piece: Int, at start: MonotonicInstant) {
    machine = ConnectionStateMachine(limits: Self.limits, isSecured: isSecured, at: start)
    now = start
    self.piece = piece
  }

  mutating func perform(_ step: Step) {
    guard !isGone else { return }
    switch step {
    case .bytes(let bytes): if machine.phase != .handshaking { arriving += bytes }
    case .complete(let index): complete(index)
    case .completeLate(let streamID):
      let isInFlight = inFlight.removeValue(forKey: streamID) != nil
      require(machine.complete(streamID, at: now) == isInFlight, "what has ended is not completed")
      if isInFlight { write(Self.statusBytes) }
    case .write(let count): if !machine.isBlocked, inFlight.values.contains(.serverStreaming) { write(count) }
    case .taken(let count): take(count)
    case .wait(let duration): pass(to: now + duration)
    case .wakeUp: pass(to: machine.wakeUp ?? now)
    case .handshake: machine.handshakeCompleted(at: now)
    case .peerKnown: machine.isPeerKnown = true
    case .drain: machine.drain()
    case .close: machine.close(.connectionClosed)
    case .abort: machine.abort()
    case .disconnected: disconnect()
    }
    settle()
  }

  /// However it went: everything in flight ends, what is queued is taken, and the connection goes.
  mutating func end() {
    guard !isGone else { return }
    perform(Step.close)
    perform(Step.taken(.max))
    require(inFlight.isEmpty && (isFinished || isGone), "a connection that is closed finishes")
    for _ in 0..<3 where !isGone { perform(Step.wakeUp) }
    require(isGone && machine.phase == .closed, "a connection that has finished goes")
  }

  // MARK: What a shell does

  private mutating func settle() {
    repeat {
      while let action = machine.next(at: now) { perform(action) }
    } while read()
    check()
  }

  /// True when there was something to read.
  private mutating func read() -> Bool {
    guard machine.wantsRead, !arriving.isEmpty, machine.phase != .handshaking else { return false }
    let bytes = Array(arriving.prefix(piece))
    arriving.removeFirst(bytes.count)
    if machine.phase == .open || machine.phase == .draining { expectation.read(bytes) }
    machine.receive(ByteBuffer(bytes: bytes), at: now)
    return true
  }

  private mutating func perform(_ action: ConnectionStateMachine.Action) {
    require(!isGone, "nothing follows on closing")
    switch action {
    case .request(let frame): handle(frame)
    case .refuse(let streamID, let failure):
      let fact = Fact.refuse(streamID, failure.reason.rawValue)
      expect(fact)
      facts.append(fact)
      write(Self.statusBytes)
    case .end(let streamID, let failure):
      require(inFlight.removeValue(forKey: streamID) != nil, "stream \(streamID) ends once")
      facts.append(.end(streamID, failure.reason.rawValue))
      write(Self.statusBytes)
    case .finish:
      require(!isFinished && inFlight.isEmpty && queuedBytes == 0, "finishing is the last word")
      isFinished = true
      facts.append(.finish)
    case .close:
      facts.append(.close)
      disconnect()
    }
  }

  private mutating func expect(_ fact: Fact) {
    let expected = expectation.next(maximumLength: frameLimit, isDraining: machine.phase == .draining)
    require(fact == expected, "\(fact) was to be \(String(describing: expected))")
  }

  private var frameLimit: Int {
    machine.isPeerKnown ? Self.limits.messageBytes : Self.limits.strangerMessageBytes
  }

  /// Answers, refuses or takes on a request; its first byte says which.
  private mutating func handle(_ frame: Frame) {
    let bytes = Array(frame.data.readableBytesView)
    let fact = Fact.request(frame.streamID, flags: frame.flags.rawValue, bytes)
    expect(fact)
    facts.append(fact)
    require(inFlight[frame.streamID] == nil, "a stream id is used once")
    let choice = bytes.first ?? 0
    let kind: Procedure.Kind = choice % 4 < 2 ? .unary : .serverStreaming
    let deadline: MonotonicInstant? = choice % 8 < 4 ? nil : now + .seconds(Int(choice >> 3) - 1)
    if choice % 16 == 15 || machine.refusal(of: kind) != nil {
      let count = inFlight.values.count { $0 == kind }
      let limit = kind == .unary ? Self.limits.callsPerConnection : Self.limits.streamsPerConnection
      require(choice % 16 == 15 || count == limit, "calls are refused at their limit")
      write(Self.statusBytes + bytes.count)
    } else {
      inFlight[frame.streamID] = kind
      machine.admit(frame, kind, deadline: deadline)
    }
  }

  private mutating func complete(_ index: Int) {
    let streamIDs = inFlight.keys.sorted()
    guard !streamIDs.isEmpty else { return }
    let streamID = streamIDs[index % streamIDs.count]
    inFlight[streamID] = nil
    require(machine.complete(streamID, at: now), "a call in flight can be completed")
    require(!machine.complete(streamID, at: now), "a call is completed once")
    write(Self.statusBytes)
  }

  private mutating func write(_ count: Int) {
    queuedBytes += count
    machine.queued(count, at: now)
  }

  private mutating func take(_ count: Int) {
    let taken = min(count, queuedBytes)
    guard taken > 0 else { return }
    queuedBytes -= taken
    machine.taken(taken, at: now)
  }

  private mutating func pass(to instant: MonotonicInstant) {
    now = max(now, instant)
    machine.timePassed(now)
    settle()
    if let wakeUp = machine.wakeUp { require(wakeUp > now, "what was due is done") }
  }

  private mutating func disconnect() {
    machine.disconnected()
    inFlight = [:]
    isGone = true
    require(
      machine.next(at: now) == nil && machine.wakeUp == nil && !machine.wantsRead, "what is gone is still")
  }

  // MARK: What must hold between two steps

  private mutating func check() {
    guard !isGone else { return }
    require(Set(machine.calls.keys) == Set(inFlight.keys), "calls in flight are those taken on")
    let streamCount = inFlight.values.count { $0 == .serverStreaming }
    require(machine.streamCount == streamCount, "streams are counted")
    require(streamCount <= Self.limits.streamsPerConnection, "streams are bounded")
    require(inFlight.count - streamCount <= Self.limits.callsPerConnection, "calls are bounded")
    require(machine.queuedBytes == queuedBytes, "what is queued is counted")
    if queuedBytes > Self.limits.queuedBytes { require(machine.isBlocked, "too much queued blocks") }
    if queuedBytes <= Self.limits.queuedBytes / 2 { require(!machine.isBlocked, "enough taken unblocks") }
    switch machine.phase {
    case .handshaking: require(facts.isEmpty, "nothing happens before the handshake")
    case .open, .draining:
      if machine.phase == .draining { require(!inFlight.isEmpty, "what has drained finishes") }
      guard !machine.isBlocked else { return }
      var rest = expectation
      let missing = rest.next(maximumLength: frameLimit, isDraining: machine.phase == .draining)
      require(missing == nil, "\(String(describing: missing)) is owed")
    case .finishing: require(inFlight.isEmpty && queuedBytes > 0, "finishing waits for the peer")
    case .lingering: require(inFlight.isEmpty && isFinished, "lingering follows on finishing")
    case .closed: require(false, "what is closed says so")
    }
  }
}
