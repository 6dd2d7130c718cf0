import NIOCore
import RPC
import Transport

/// The server's side of one ttrpc connection: bytes and time in, actions and the next wake-up out.
///
/// Pure: it reads no clock, owns no socket and runs no handler. Its shell feeds it, then takes `next` until
/// there is nothing left to do, and comes back at `wakeUp`.
struct ConnectionStateMachine {
  typealias Instant = MonotonicInstant

  enum Phase: Equatable {
    /// TLS is being agreed upon; no frame can come.
    case handshaking
    case open
    /// New calls are refused; ends when the last call in flight does.
    case draining
    /// No more calls; ends when the peer has taken what is queued.
    case finishing
    /// Our side is closed; what the peer still says is thrown away until it closes too.
    case lingering(since: Instant)
    case closed
  }

  enum Action: Equatable {
    /// A request to look at: answer it, or `admit` it and answer later.
    case request(Frame)
    /// Answer a stream id that has no call.
    case refuse(UInt32, Failure)
    /// Cancel the call's handler, and tell the peer why.
    case end(UInt32, Failure)
    /// Close our side after all that was written.
    case finish
    /// Close the connection now.
    case close
  }

  struct Call: Equatable {
    var kind: Procedure.Kind
    /// The peer has said that it may send more on this stream.
    var isRemoteOpen: Bool
    var deadline: Instant?
  }

  let limits: Limits
  private(set) var phase: Phase
  private(set) var calls: [UInt32: Call] = [:]
  private(set) var streamCount = 0
  /// Bytes written that the peer has not taken yet.
  private(set) var queuedBytes = 0
  /// Too much is queued: nothing is read and streams wait.
  private(set) var isBlocked = false
  /// The application knows who the peer is; until then it is held to the limits of strangers.
  var isPeerKnown = false
  /// What calls are told that come while it drains.
  private var refusal = Failure.serverDraining
  private var decoder = FrameDecoder()
  private var lastStreamID: UInt32 = 0
  private var lingeredBytes = 0
  private var pending = Queue<Action>()
  var times: Times

  init(limits: Limits, isSecured: Bool, at now: Instant) {
    self.limits = limits
    self.phase = isSecured ? .handshaking : .open
    self.times = Times(start: now)
  }

  /// Whether the shell should read from the socket.
  var wantsRead: Bool {
    switch phase {
    case .handshaking: true
    case .open, .draining: !isBlocked
    case .finishing: false
    case .lingering: lingeredBytes < limits.lingerBytes
    case .closed: false
    }
  }

  // MARK: Input

  mutating func handshakeCompleted(at now: Instant) {
    switch phase {
    case .handshaking:
      phase = .open
      times.start = now
    case .open, .draining, .finishing, .lingering, .closed: break
    }
  }

  mutating func receive(_ bytes: ByteBuffer, at now: Instant) {
    switch phase {
    case .handshaking, .open, .draining:
      times.firstByte = times.firstByte ?? now
      decoder.append(bytes)
    case .lingering:
      lingeredBytes += bytes.readableBytes
    case .finishing, .closed: break
    }
  }

  /// The next thing to do. Between two of these the shell does what it was told, which may change what
  /// comes next.
  mutating func next(at now: Instant) -> Action? {
    while true {
      if let action = pending.popFirst() { return action }
      switch phase {
      case .open, .draining:
        guard !isBlocked else {
          times.frameStart = nil
          return nil
        }
        guard let frame = nextFrame(at: now) else {
          // An oversized frame leaves actions behind instead of a frame.
          if pending.isEmpty { return nil }
          continue
        }
        if let action = action(for: frame, at: now) { return action }
      case .finishing:
        guard queuedBytes == 0 else { return nil }
        phase = .lingering(since: now)
        return .finish
      case .handshaking, .lingering, .closed:
        return nil
      }
    }
  }

  /// Why a further call of that kind is not taken on; `nil` when it is.
  func refusal(of kind: Procedure.Kind) -> Failure? {
    switch kind {
    case .unary where calls.count - streamCount >= limits.callsPerConnection:
      .tooManyCalls(limits.callsPerConnection)
    case .serverStreaming where streamCount >= limits.streamsPerConnection:
      .tooManyStreams(limits.streamsPerConnection)
    case .unary, .serverStreaming, .clientStreaming, .bidirectional: nil
    }
  }

  /// Takes on a call that was just given out by `request` and not refused.
  mutating func admit(_ frame: Frame, _ kind: Procedure.Kind, deadline: Instant?) {
    let isRemoteOpen = frame.flags.contains(.remoteOpen)
    calls[frame.streamID] = Call(kind: kind, isRemoteOpen: isRemoteOpen, deadline: deadline)
    if kind == .serverStreaming { streamCount += 1 }
    if let deadline { times.noteDeadline(deadline) }
  }

  /// A handler is done. False when its call has been ended meanwhile: its answer is dropped then.
  mutating func complete(_ streamID: UInt32, at now: Instant) -> Bool {
    guard remove(streamID) != nil else { return false }
    times.activity = now
    finishWhenDrained()
    return true
  }

  /// The shell has put bytes in the queue to the peer.
  mutating func queued(_ count: Int, at now: Instant) {
    if queuedBytes == 0 { times.taken = now }
    queuedBytes += count
    if queuedBytes > limits.queuedBytes { isBlocked = true }
  }

  /// The peer's side has taken bytes of the queue.
  mutating func taken(_ count: Int, at now: Instant) {
    queuedBytes -= count
    times.taken = now
    if queuedBytes <= limits.queuedBytes / 2 { isBlocked = false }
  }

  /// Takes no more calls: streams end with `failure`, unary calls in flight may finish, then the connection closes.
  mutating func drain(_ failure: Failure = .serverDraining) {
    switch phase {
    case .handshaking:
      phase = .closed
      pending.append(.close)
    case .open:
      phase = .draining
      refusal = failure
      for (streamID, call) in sortedCalls() where call.kind == .serverStreaming { end(streamID, failure) }
      finishWhenDrained()
    case .draining, .finishing, .lingering, .closed: break
    }
  }

  /// Ends the connection as the application asks.
  mutating func end(_ failure: Failure, _ ending: Connection.Ending) {
    switch ending {
    case .atOnce: close(failure)
    case .whenAnswered: drain(failure)
    }
  }

  /// Ends what is in flight with a failure, then the connection.
  mutating func close(_ failure: Failure) {
    switch phase {
    case .handshaking:
      phase = .closed
      pending.append(.close)
    case .open, .draining:
      for (streamID, _) in sortedCalls() { end(streamID, failure) }
      decoder.discard()
      phase = .finishing
    case .finishing, .lingering, .closed: break
    }
  }

  /// Closes without another word.
  mutating func abort() {
    switch phase {
    case .handshaking, .open, .draining, .finishing, .lingering:
      phase = .closed
      pending.removeAll()
      pending.append(.close)
    case .closed: break
    }
  }

  /// The transport is gone.
  mutating func disconnected() {
    phase = .closed
    pending.removeAll()
    calls = [:]
    streamCount = 0
    decoder.discard()
  }

  // MARK: Frames

  /// The largest frame that this peer may send now.
  private var frameLimit: Int {
    isPeerKnown ? limits.messageBytes : min(limits.strangerMessageBytes, limits.messageBytes)
  }

  private mutating func nextFrame(at now: Instant) -> Frame? {
    do {
      let frame = try decoder.next(maximumLength: frameLimit)
      if frame != nil {
        times.frameStart = nil
      } else if decoder.bufferedBytes > 0 {
        times.frameStart = times.frameStart ?? now
      }
      return frame
    } catch {
      let failure = Failure.frameTooLarge(error.header.length, frameLimit, isPeerKnown: isPeerKnown)
      pending.append(.refuse(error.header.streamID, failure))
      close(.connectionClosed)
      return nil
    }
  }

  private mutating func action(for frame: Frame, at now: Instant) -> Action? {
    switch frame.kind {
    case .request: return request(frame, at: now)
    case .data: return data(frame)
    // Types of later versions, and what only servers send, are skipped.
    case .response, nil: return nil
    }
  }

  private mutating func request(_ frame: Frame, at now: Instant) -> Action {
    let streamID = frame.streamID
    times.activity = now
    guard streamID % 2 == 1 else { return .refuse(streamID, .streamIDNotOdd(streamID)) }
    guard streamID > lastStreamID else {
      return .refuse(streamID, .streamIDNotIncreasing(streamID, after: lastStreamID))
    }
    lastStreamID = streamID
    return phase == .draining ? .refuse(streamID, refusal) : .request(frame)
  }

  /// A peer may close its side of a stream, which is a cancel when it had closed it before. A frame without
  /// data says nothing. No procedure takes messages after its request.
  private mutating func data(_ frame: Frame) -> Action? {
    let streamID = frame.streamID
    guard let call = calls[streamID] else {
      // Frames for a stream that has just ended cross its end on the way: they are no fault.
      guard streamID % 2 == 1 else { return .refuse(streamID, .streamIDNotOdd(streamID)) }
      return streamID > lastStreamID ? .refuse(streamID, .unknownStream(streamID)) : nil
    }
    guard frame.data.readableBytes == 0, !frame.flags.isDisjoint(with: [.noData, .remoteClosed]) else {
      end(streamID, .unexpectedData)
      return nil
    }
    guard frame.flags.contains(.remoteClosed) else { return nil }
    if call.isRemoteOpen {
      calls[streamID]?.isRemoteOpen = false
    } else {
      end(streamID, .cancelled)
    }
    return nil
  }

  // MARK: Calls

  mutating func end(_ streamID: UInt32, _ failure: Failure) {
    guard remove(streamID) != nil else { return }
    pending.append(.end(streamID, failure))
    finishWhenDrained()
  }

  private mutating func remove(_ streamID: UInt32) -> Call? {
    guard let call = calls.removeValue(forKey: streamID) else { return nil }
    if call.kind == .serverStreaming { streamCount -= 1 }
    return call
  }

  private mutating func finishWhenDrained() {
    guard phase == .draining, calls.isEmpty else { return }
    decoder.discard()
    phase = .finishing
  }

  /// In the order in which they were made: what ends together ends in the same order every time.
  func sortedCalls() -> [(key: UInt32, value: Call)] {
    calls.sorted { $0.key < $1.key }
  }
}
