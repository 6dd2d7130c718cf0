import NIOCore
import RPC
import Transport

/// The client's side of one ttrpc connection: bytes and time in, what becomes of each call out. Pure.
struct ClientStateMachine {
  typealias Instant = MonotonicInstant

  enum Action: Equatable {
    /// A call is over. A stream's last message may have come just before.
    case ended(UInt32, Outcome)
    /// A message of a stream.
    case message(UInt32, [UInt8])
    /// The server is of no further use.
    case close(Failure)
  }

  enum Outcome: Equatable {
    /// The response's payload; of a stream, nothing.
    case success([UInt8])
    case failure(Failure)
  }

  private enum Phase: Equatable {
    case open
    case closed(Failure)
  }

  private struct Call {
    var isStream: Bool
    var deadline: Instant?
  }

  private var phase = Phase.open
  private var calls: [UInt32: Call] = [:]
  /// `nil` when all are used up.
  private var nextStreamID: UInt32?
  private let messageBytes: Int
  private var decoder = FrameDecoder()
  private var pending = Queue<Action>()
  /// Streams whose consumers are behind.
  private var pausedStreams: Set<UInt32> = []
  private(set) var earliestDeadline: Instant?

  /// - Parameter firstStreamID: odd; 1 but for tests.
  init(limits: Limits, firstStreamID: UInt32 = 1) {
    self.messageBytes = limits.messageBytes
    self.nextStreamID = firstStreamID
  }

  /// Reading stops when every open call is a stream whose consumer is behind. While anything else is waited
  /// for it goes on: a consumer may well wait for the answer to a call before it takes its next message.
  var wantsRead: Bool { phase == .open && (calls.isEmpty || pausedStreams.count < calls.count) }

  // MARK: Calls

  /// The stream id of a new call.
  mutating func open(isStream: Bool, deadline: Instant?) throws(Failure) -> UInt32 {
    if case .closed(let failure) = phase { throw failure }
    guard let streamID = nextStreamID else { throw .streamIDsExhausted }
    nextStreamID = streamID < .max - 1 ? streamID + 2 : nil
    calls[streamID] = Call(isStream: isStream, deadline: deadline)
    if let deadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
    return streamID
  }

  /// Nobody waits for that call any more; false when it is over already.
  mutating func forget(_ streamID: UInt32) -> Bool {
    pausedStreams.remove(streamID)
    return calls.removeValue(forKey: streamID) != nil
  }

  mutating func pause(_ streamID: UInt32) {
    if calls[streamID] != nil { pausedStreams.insert(streamID) }
  }

  mutating func resume(_ streamID: UInt32) { pausedStreams.remove(streamID) }

  /// Ends every call with a failure. No further one is taken.
  mutating func disconnected(_ failure: Failure) {
    guard phase == .open else { return }
    phase = .closed(failure)
    decoder.discard()
    pausedStreams = []
    for streamID in calls.keys.sorted() { pending.append(.ended(streamID, .failure(failure))) }
    calls = [:]
  }

  // MARK: Input

  mutating func receive(_ bytes: ByteBuffer) {
    if phase == .open { decoder.append(bytes) }
  }

  mutating func timePassed(_ now: Instant) {
    guard let earliest = earliestDeadline, earliest <= now else { return }
    earliestDeadline = nil
    for (streamID, call) in calls {
      guard let deadline = call.deadline else { continue }
      if deadline <= now {
        end(streamID, .failure(.deadlineExceeded))
      } else {
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
      }
    }
  }

  mutating func next() -> Action? {
    while true {
      if let action = pending.popFirst() { return action }
      guard wantsRead else { return nil }
      do {
        guard let frame = try decoder.next(maximumLength: messageBytes) else { return nil }
        accept(frame)
      } catch {
        let failure = Failure.serverMalformed("it announced a frame of \(error.header.length) bytes")
        disconnected(failure)
        pending.append(.close(failure))
      }
    }
  }

  // MARK: Frames

  private mutating func accept(_ frame: Frame) {
    // What comes for a call that is over has crossed its end on the way.
    guard let call = calls[frame.streamID] else { return }
    switch frame.kind {
    case .response: response(frame, call)
    case .data: data(frame, call)
    case .request, nil: break
    }
  }

  private mutating func response(_ frame: Frame, _ call: Call) {
    let outcome = Self.outcome(of: frame)
    if call.isStream, case .success(let payload) = outcome {
      if !payload.isEmpty { pending.append(.message(frame.streamID, payload)) }
      end(frame.streamID, .success([]))
    } else {
      end(frame.streamID, outcome)
    }
  }

  private mutating func data(_ frame: Frame, _ call: Call) {
    guard call.isStream else {
      end(frame.streamID, .failure(.serverMalformed("it answered a unary call with a stream")))
      return
    }
    if !frame.flags.contains(.noData) {
      pending.append(.message(frame.streamID, Array(frame.data.readableBytesView)))
    }
    if frame.flags.contains(.remoteClosed) { end(frame.streamID, .success([])) }
  }

  private mutating func end(_ streamID: UInt32, _ outcome: Outcome) {
    guard forget(streamID) else { return }
    pending.append(.ended(streamID, outcome))
  }

  private static func outcome(of frame: Frame) -> Outcome {
    frame.data.withUnsafeReadableBytes { bytes in
      do throws(ProtobufReader.Malformed) {
        let envelope = try ResponseEnvelope(bytes)
        if let failure = Failure(encodedStatus: Array(bytes[envelope.status])) { return .failure(failure) }
        return .success(Array(bytes[envelope.payload]))
      } catch {
        return .failure(.serverMalformed("its response is no valid ttrpc response"))
      }
    }
  }
}

extension Failure {
  static let streamIDsExhausted = Failure(
    .unavailable,
    reason: .streamIDsExhausted,
    "This connection has made as many calls as ttrpc can number; connect again."
  )

  static func consumerTooSlow(_ limit: Int) -> Failure {
    Failure(
      .resourceExhausted,
      reason: .consumerTooSlow,
      "\(limit) bytes of the stream wait to be taken; take them faster, or give it its own connection."
    )
  }

  static func serverMalformed(_ what: String) -> Failure {
    Failure(.internal, reason: .malformedResponse, "The server does not keep to the protocol: \(what).")
  }
}
